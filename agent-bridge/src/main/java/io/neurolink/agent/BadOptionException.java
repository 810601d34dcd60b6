package io.neurolink.agent;

/** The command line, the environment or the configuration file is no good; the message is one line that says where and why. */
final class BadOptionException extends Exception {
    private static final long serialVersionUID = 1L;

    BadOptionException(String message) {
        super(message, null, false, false);
    }
}
