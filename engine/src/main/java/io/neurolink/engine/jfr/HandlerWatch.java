package io.neurolink.engine.jfr;

/**
 * Finds the slow handlers of one thread. To look at the clock before and after each call costs as much as an engine's own work for a small
 * message, so calls for one connection that follow each other at once are measured together, up to {@link #MAX_CALLS}: none of them was
 * slow if all of them were not. After a slow group calls are measured alone again, and then more and more of them together. Belongs to
 * that thread.
 */
public final class HandlerWatch {
    /** How many calls are measured together at most. */
    static final int MAX_CALLS = 16;

    /** A {@link SlowHandlerEvent}, whose class must not be loaded before it is wanted; used again until it is written. */
    private Object event;

    private String connectionId;
    private String path;
    private int calls;
    private boolean isCalling;
    private int limit = MAX_CALLS;

    /**
     * A handler is going to be called for a message; {@link #end} follows. To be asked first with {@link JfrEvents#watchesHandlers}.
     *
     * @param ofConnection id of the connection.
     * @param ofPath       its path.
     */
    public void begin(String ofConnection, String ofPath) {
        if (calls > 0 && !ofConnection.equals(connectionId)) {
            endTurn();
        }
        if (calls == 0) {
            connectionId = ofConnection;
            path = ofPath;
            event = SlowHandlerEvent.begin(event);
        }
        isCalling = true;
    }

    /** The handler has returned. */
    public void end() {
        isCalling = false;
        calls++;
        if (calls >= limit) {
            endTurn();
        }
    }

    /** What this thread does next is no call of a handler for another message of the same connection; nothing to do during a call. */
    public void endTurn() {
        if (calls == 0 || isCalling) {
            return;
        }
        boolean wasSlow = SlowHandlerEvent.end(event, connectionId, path, calls);
        if (wasSlow) {
            event = null;
        }
        limit = wasSlow ? 1 : Math.min(MAX_CALLS, 2 * limit);
        connectionId = null;
        path = null;
        calls = 0;
    }
}
