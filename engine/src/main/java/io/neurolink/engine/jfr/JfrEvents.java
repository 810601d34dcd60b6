package io.neurolink.engine.jfr;

import java.net.InetSocketAddress;

/**
 * Events for Java Flight Recorder. While nobody records, and in a runtime image without {@code jdk.jfr}, each method costs a look at a
 * field or two and allocates nothing. Any thread.
 */
public final class JfrEvents {
    private static final boolean IS_AVAILABLE = isAvailable();

    /** Length of messages from which on they are worth a question; {@link MinimumSize} moves it. Any thread may see an old value. */
    private static int largeLength = Integer.MAX_VALUE;

    static {
        if (IS_AVAILABLE) {
            RecorderStart.await();
        }
    }

    private JfrEvents() {
    }

    private static boolean isAvailable() {
        try {
            Class.forName("jdk.jfr.Event", false, JfrEvents.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    /** @return whether events may be wanted: the classes of events must not be loaded before. */
    private static boolean mayBeOn() {
        return IS_AVAILABLE && RecorderStart.hasCome();
    }

    static void largeLength(int bytes) {
        largeLength = bytes;
    }

    /**
     * A WebSocket connection was opened.
     *
     * @param connectionId  its id.
     * @param path          its path.
     * @param remoteAddress its peer.
     */
    public static void connectionOpened(String connectionId, String path, InetSocketAddress remoteAddress) {
        if (mayBeOn() && ConnectionOpenedEvent.isOn()) {
            ConnectionOpenedEvent.emit(connectionId, path, remoteAddress);
        }
    }

    /** @return whether {@link #connectionClosed} is wanted. */
    public static boolean watchesCloses() {
        return mayBeOn() && ConnectionClosedEvent.isOn();
    }

    /**
     * A WebSocket connection is gone; to be asked first with {@link #watchesCloses}.
     *
     * @param connectionId its id.
     * @param path         its path.
     * @param code         close code.
     * @param ageMs        since it was opened, in milliseconds.
     * @param counts       messages in, messages out, bytes in, bytes out.
     */
    public static void connectionClosed(String connectionId, String path, int code, long ageMs, long... counts) {
        ConnectionClosedEvent.emit(connectionId, path, code, ageMs, counts);
    }

    /**
     * A message came in or goes out; recorded if it is large.
     *
     * @param connectionId whose.
     * @param path         path of the connection.
     * @param isIncoming   whether it came in.
     * @param length       bytes of payload.
     */
    public static void message(String connectionId, String path, boolean isIncoming, int length) {
        if (length >= largeLength && LargeMessageEvent.isOn()) {
            LargeMessageEvent.emit(connectionId, path, isIncoming, length);
        }
    }

    /**
     * The slow-consumer policy was applied.
     *
     * @param connectionId  to whom.
     * @param path          path of the connection.
     * @param policy        what was done.
     * @param bufferedBytes what waited for the peer.
     */
    public static void slowConsumer(String connectionId, String path, String policy, long bufferedBytes) {
        if (mayBeOn() && SlowConsumerEvent.isOn()) {
            SlowConsumerEvent.emit(connectionId, path, policy, bufferedBytes);
        }
    }

    /**
     * Messages were dropped.
     *
     * @param connectionId  whose.
     * @param path          path of the connection.
     * @param count         how many.
     * @param areOldest     whether they were taken out of the queue, not kept out of it.
     */
    public static void messagesDropped(String connectionId, String path, int count, boolean areOldest) {
        if (count > 0 && mayBeOn() && MessagesDroppedEvent.isOn()) {
            MessagesDroppedEvent.emit(connectionId, path, count, areOldest);
        }
    }

    /** @return whether a {@link HandlerWatch} is wanted. */
    public static boolean watchesHandlers() {
        return mayBeOn() && SlowHandlerEvent.isOn();
    }

    /**
     * A thread of the engine made no progress for too long.
     *
     * @param thread       which.
     * @param durationNs   for how long, in nanoseconds.
     * @param connectionId whom it worked for, or null.
     * @param isOver       whether it goes on by now.
     */
    public static void stall(String thread, long durationNs, String connectionId, boolean isOver) {
        if (mayBeOn() && StallEvent.isOn()) {
            StallEvent.emit(thread, durationNs, connectionId, isOver);
        }
    }
}
