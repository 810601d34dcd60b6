package io.neurolink.agent.session;

/**
 * What is kept of a run that a client of the dialect has started: where its events belong, and its text so far, as the last message has
 * to have all of it. Used by whoever sends the run's events, one at a time.
 */
final class DialectRun {
    private final String channel;
    private StringBuilder text = new StringBuilder();

    /** @param channel name that every event carries, or null. */
    DialectRun(String channel) {
        this.channel = channel;
    }

    String channel() {
        return channel;
    }

    /** Adds a part. Beyond the limit nothing is kept, so that the text is all of it or none. */
    void append(String part, int maxChars) {
        if (text != null) {
            text = text.length() + part.length() > maxChars ? null : text.append(part);
        }
    }

    /** @return the text, or null if it is too long to be kept. */
    String text() {
        return text == null ? null : text.toString();
    }
}
