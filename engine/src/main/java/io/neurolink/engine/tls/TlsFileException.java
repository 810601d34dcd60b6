package io.neurolink.engine.tls;

import java.io.IOException;

/** A certificate or key file cannot be used. The message begins with the file's name. */
final class TlsFileException extends IOException {
    private static final long serialVersionUID = 1;

    TlsFileException(String message, Exception cause) {
        super(message, cause);
    }
}
