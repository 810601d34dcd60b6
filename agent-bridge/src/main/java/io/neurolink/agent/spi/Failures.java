package io.neurolink.agent.spi;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Finds out what was really thrown. */
final class Failures {
    private Failures() {
    }

    static Throwable unwrap(Throwable error) {
        Throwable current = error;
        while ((current instanceof CompletionException || current instanceof ExecutionException) && current.getCause() != null) {
            current = current.getCause();
        }
        return current;
    }

    static String describe(Throwable error) {
        if (error == null) {
            return "no error was given";
        }
        String message = error.getMessage();
        return message == null || message.isBlank() ? error.getClass().getSimpleName() : message;
    }
}
