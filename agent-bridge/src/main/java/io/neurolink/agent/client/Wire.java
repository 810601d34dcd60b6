package io.neurolink.agent.client;

import io.neurolink.engine.spi.SendResult;
import java.util.Map;

/** One connection, being opened or open. Any thread may call it; none of its methods blocks. */
interface Wire {
    /** Opens connections. */
    @FunctionalInterface
    interface Opener {
        /**
         * Begins to open a connection.
         *
         * @param headers header fields of the request.
         * @param target  is told what happens; {@code onClosed} is the last call, and the only one if the connection cannot be opened.
         * @return the connection.
         */
        Wire open(Map<String, String> headers, Target target);
    }

    /** Is told what happens, one call at a time, in order. */
    interface Target {
        /** It is open. */
        void onOpen();

        /** A text message came in. May be held up for a while: then no more is read. */
        void onText(byte[] utf8);

        /** A message that was not taken may be sent again. */
        void onWritable();

        /**
         * It is gone, or was never there.
         *
         * @param code   the close code, 1006 without a closing handshake, 0 if it could not be opened.
         * @param reason its reason, possibly empty.
         * @param error  why it could not be opened, or null.
         */
        void onClosed(int code, String reason, Throwable error);
    }

    /** Sends a text message. */
    SendResult send(byte[] utf8);

    /** Closes it, or gives up opening it. */
    void close(int code, String reason);
}
