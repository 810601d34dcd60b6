package io.neurolink.engine.duty;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CompletableFuture;

/**
 * The fields of a connection that several threads look at, each behind a name that says its memory order. The loop that owns the
 * connection is the only writer of {@code queuedBytes}, {@code lastActivityNs} and the counts of traffic; any thread adds to {@code
 * bufferedBytes} and raises flags.
 */
public abstract class ConnectionCells {
    /** Flag: somebody saw the connection not writable and waits to be told when it is again. */
    protected static final int WRITABLE_WANTED = 1;

    /** Flag: a send was refused because a hand-off queue was full; the loop has been asked to call {@code onWritable}. */
    protected static final int PRESSURED = 2;

    /** Flag: no more sends are taken: the connection is closing or closed. */
    protected static final int SHUT = 4;

    /** Flag: the connection is gone, for good. */
    protected static final int GONE = 8;

    /** Flag: the loop has been asked to tell the listener that the peer reads too slowly. */
    protected static final int SLOWNESS_REPORTED = 16;

    /** Flag: the handler gets no more messages, because the application has closed the connection, or it was closed for want of memory. */
    protected static final int NO_MESSAGES = 32;

    /** Flag: the handler was told that the server is about to end. */
    private static final int NOTICED = 64;

    /** Flag: a message is being sent in parts. */
    protected static final int STREAMING = 128;

    private static final VarHandle FLAGS;
    private static final VarHandle BUFFERED_BYTES;
    private static final VarHandle QUEUED_BYTES;
    private static final VarHandle BEHIND_BYTES;
    private static final VarHandle COMMANDED_SENDS;
    private static final VarHandle LAST_ACTIVITY_NS;
    private static final VarHandle ROUND_TRIP_NS;
    private static final VarHandle MESSAGES_IN;
    private static final VarHandle MESSAGES_OUT;
    private static final VarHandle BYTES_IN;
    private static final VarHandle BYTES_OUT;
    private static final VarHandle USER;
    private static final VarHandle TOPICS;
    private static final VarHandle METADATA;
    private static final VarHandle CLOSED_FUTURE;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            FLAGS = lookup.findVarHandle(ConnectionCells.class, "flags", int.class);
            BUFFERED_BYTES = lookup.findVarHandle(ConnectionCells.class, "bufferedBytes", long.class);
            QUEUED_BYTES = lookup.findVarHandle(ConnectionCells.class, "queuedBytes", long.class);
            BEHIND_BYTES = lookup.findVarHandle(ConnectionCells.class, "behindBytes", long.class);
            COMMANDED_SENDS = lookup.findVarHandle(ConnectionCells.class, "commandedSends", int.class);
            LAST_ACTIVITY_NS = lookup.findVarHandle(ConnectionCells.class, "lastActivityNs", long.class);
            ROUND_TRIP_NS = lookup.findVarHandle(ConnectionCells.class, "roundTripNs", long.class);
            MESSAGES_IN = lookup.findVarHandle(ConnectionCells.class, "messagesIn", long.class);
            MESSAGES_OUT = lookup.findVarHandle(ConnectionCells.class, "messagesOut", long.class);
            BYTES_IN = lookup.findVarHandle(ConnectionCells.class, "bytesIn", long.class);
            BYTES_OUT = lookup.findVarHandle(ConnectionCells.class, "bytesOut", long.class);
            USER = lookup.findVarHandle(ConnectionCells.class, "user", Object.class);
            TOPICS = lookup.findVarHandle(ConnectionCells.class, "topics", Object.class);
            METADATA = lookup.findVarHandle(ConnectionCells.class, "metadata", Object.class);
            CLOSED_FUTURE = lookup.findVarHandle(ConnectionCells.class, "closedFuture", CompletableFuture.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private int flags;
    private long bufferedBytes;
    private long queuedBytes;
    private long behindBytes;
    private int commandedSends;
    private long lastActivityNs;
    private long roundTripNs = -1;
    private long messagesIn;
    private long messagesOut;
    private long bytesIn;
    private long bytesOut;
    private Object user;
    private Object topics;
    private Object metadata;
    private CompletableFuture<Void> closedFuture;

    /** A connection whose cells are all at their start values. */
    protected ConnectionCells() {
    }

    /**
     * Raises a flag; a full fence.
     *
     * @return true if it was down before.
     */
    protected final boolean raiseFlagVolatile(int flag) {
        return ((int) FLAGS.getAndBitwiseOr(this, flag) & flag) == 0;
    }

    /**
     * Lowers a flag; a full fence.
     *
     * @return true if it was up before.
     */
    protected final boolean lowerFlagVolatile(int flag) {
        return ((int) FLAGS.getAndBitwiseAnd(this, ~flag) & flag) != 0;
    }

    /** Whether a flag is up; ordered after what came before. */
    protected final boolean isFlagUpVolatile(int flag) {
        return ((int) FLAGS.getVolatile(this) & flag) != 0;
    }

    /** Whether a flag is up, as far as this thread knows. */
    protected final boolean isFlagUpOpaque(int flag) {
        return ((int) FLAGS.getOpaque(this) & flag) != 0;
    }

    /** The handler has been told that the server is about to end. */
    public final void noticedVolatile() {
        raiseFlagVolatile(NOTICED);
    }

    /** Whether the handler has been told that the server is about to end. */
    public final boolean isNoticedVolatile() {
        return isFlagUpVolatile(NOTICED);
    }

    /** Bytes on their way to the loop and in its queue for this connection, together. */
    protected final long bufferedBytesOpaque() {
        return (long) BUFFERED_BYTES.getOpaque(this);
    }

    /** The same; ordered after what came before. */
    protected final long bufferedBytesVolatile() {
        return (long) BUFFERED_BYTES.getVolatile(this);
    }

    /**
     * Adds to the buffered bytes; a full fence. Senders add what they hand over, the loop adds and takes the rest: since both use one cell,
     * nobody ever sees less than what is there.
     *
     * @return the sum after adding.
     */
    public final long addBufferedBytesVolatile(long delta) {
        return (long) BUFFERED_BYTES.getAndAdd(this, delta) + delta;
    }

    /** How many of the buffered bytes are in the loop's queue; the others are on their way there. */
    public final long queuedBytesOpaque() {
        return (long) QUEUED_BYTES.getOpaque(this);
    }

    /** Loop only. */
    public final void queuedBytesOpaque(long value) {
        QUEUED_BYTES.setOpaque(this, value);
    }

    /** How many of the queued bytes wait for the end of a message that is sent in parts. */
    public final long behindBytesOpaque() {
        return (long) BEHIND_BYTES.getOpaque(this);
    }

    /** Loop only. */
    public final void behindBytesOpaque(long value) {
        BEHIND_BYTES.setOpaque(this, value);
    }

    /** Adds to the messages on their way through the command queue; a full fence. */
    public final void addCommandedSendsVolatile(int delta) {
        COMMANDED_SENDS.getAndAdd(this, delta);
    }

    /** Messages on their way through the command queue; at least those whose send happened before this. */
    public final int commandedSendsAcquire() {
        return (int) COMMANDED_SENDS.getAcquire(this);
    }

    /** When the last byte came in or the last message was sent. */
    public final long lastActivityNsOpaque() {
        return (long) LAST_ACTIVITY_NS.getOpaque(this);
    }

    /** Loop only. */
    public final void lastActivityNsOpaque(long nowNs) {
        LAST_ACTIVITY_NS.setOpaque(this, nowNs);
    }

    /** Time between the last ping and its pong; -1 before the first. */
    protected final long roundTripNsOpaque() {
        return (long) ROUND_TRIP_NS.getOpaque(this);
    }

    /** Loop only. */
    public final void roundTripNsOpaque(long value) {
        ROUND_TRIP_NS.setOpaque(this, value);
    }

    /** A message came in. Loop only. */
    protected final void countMessageInOpaque() {
        MESSAGES_IN.setOpaque(this, messagesIn + 1);
    }

    /** Messages were written. Loop only. */
    public final void countMessagesOutOpaque(int count) {
        MESSAGES_OUT.setOpaque(this, messagesOut + count);
    }

    /** Bytes came in. Loop only. */
    protected final void countBytesInOpaque(int count) {
        BYTES_IN.setOpaque(this, bytesIn + count);
    }

    /** Bytes were written. Loop only. */
    public final void countBytesOutOpaque(int count) {
        BYTES_OUT.setOpaque(this, bytesOut + count);
    }

    /** Messages that came in. */
    protected final long messagesInOpaque() {
        return (long) MESSAGES_IN.getOpaque(this);
    }

    /** Messages that were written. */
    protected final long messagesOutOpaque() {
        return (long) MESSAGES_OUT.getOpaque(this);
    }

    /** Bytes that came in. */
    protected final long bytesInOpaque() {
        return (long) BYTES_IN.getOpaque(this);
    }

    /** Bytes that were written. */
    protected final long bytesOutOpaque() {
        return (long) BYTES_OUT.getOpaque(this);
    }

    /** The authenticated user, or null. */
    protected final Object userAcquire() {
        return USER.getAcquire(this);
    }

    /** Loop only. */
    protected final void userRelease(Object value) {
        USER.setRelease(this, value);
    }

    /** The immutable set of topics, or null. */
    protected final Object topicsAcquire() {
        return TOPICS.getAcquire(this);
    }

    /** Loop only. */
    public final void topicsRelease(Object value) {
        TOPICS.setRelease(this, value);
    }

    /** The metadata map, or null as long as nobody asked for it. */
    protected final Object metadataAcquire() {
        return METADATA.getAcquire(this);
    }

    /** Puts the metadata map in place unless somebody was faster, and answers the one that is in place. */
    protected final Object metadataCompareAndSet(Object value) {
        Object witness = METADATA.compareAndExchange(this, null, value);
        return witness == null ? value : witness;
    }

    /** The future of the connection's end, or null as long as nobody asked for it. */
    @SuppressWarnings("unchecked")
    protected final CompletableFuture<Void> closedFutureVolatile() {
        return (CompletableFuture<Void>) CLOSED_FUTURE.getVolatile(this);
    }

    /** Puts the future in place unless somebody was faster, and answers the one that is in place. */
    @SuppressWarnings("unchecked")
    protected final CompletableFuture<Void> closedFutureCompareAndSet(CompletableFuture<Void> value) {
        var witness = (CompletableFuture<Void>) CLOSED_FUTURE.compareAndExchange(this, null, value);
        return witness == null ? value : witness;
    }
}
