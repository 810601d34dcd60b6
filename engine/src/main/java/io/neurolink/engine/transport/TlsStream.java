package io.neurolink.engine.transport;

import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * Either end of a TLS connection (RFC 8446, RFC 5246) over any non-blocking channel; its engine's mode says which. The loop's thread only.
 *
 * <pre>
 *   NEW ──a client's first byte; a client's first read──▶ HANDSHAKE ──▶ OPEN ──▶ CLOSED
 *    │                                                        └──▶ FAILED ◀──┘
 *    └──a letter from a client──▶ PLAIN_HTTP
 *
 *   channel ─▶ [netRest | borrowed net-in] ─unwrap─▶ caller's buffer, or if a record does not fit it: plainRest
 * </pre>
 */
final class TlsStream {
    private static final byte[] PLAIN_HTTP_ANSWER = plainHttpAnswer();

    /** Encrypted bytes taken from the socket in one read at least: a record with everything that may stand around it. */
    private static final int MIN_RECEIVE_LENGTH = 17 * 1024;

    private enum State { NEW, HANDSHAKE, OPEN, PLAIN_HTTP, FAILED, CLOSED }

    /** Why unwrapping stopped. */
    private enum Stop { NEEDS_INPUT, IS_FULL, IS_COMPUTING, IS_BLOCKED, AT_END }

    private final TlsLoop loop;
    private final TlsBuffers buffers;
    private final CounterSet counters;
    private final ByteChannel channel;
    private final Sockets.Ending halfClose;
    private final Runnable onResumed;
    private final SSLEngine engine;
    private final TlsProgress progress;
    private final TlsOutput output;

    private State state = State.NEW;
    private ByteBuffer netRest;
    private ByteBuffer plainRest;

    /** A cold thread has the engine; nobody else touches it meanwhile, since it would have to wait. */
    private boolean isComputing;

    /** The engine has to write before it can go on reading, and the socket is full. */
    private boolean isBlocked;

    /** There may be a whole record in {@link #netRest}. */
    private boolean mayHoldRecords;
    private boolean isAtEnd;
    private boolean isEndReported;
    private boolean isOutputShut;
    private boolean isCloseNotifySent;
    private IOException failure;

    /**
     * @param loop      what all streams of the loop share.
     * @param engine    of this connection alone.
     * @param channel   to the peer.
     * @param halfClose ends the outgoing direction of the channel.
     * @param onResumed called when the stream can go on after a cold thread has computed for it; the owner reads then.
     */
    TlsStream(TlsLoop loop, SSLEngine engine, ByteChannel channel, Sockets.Ending halfClose, Runnable onResumed) {
        this.loop = loop;
        this.buffers = loop.buffers();
        this.counters = loop.counters();
        this.channel = channel;
        this.halfClose = halfClose;
        this.onResumed = onResumed;
        this.engine = engine;
        this.progress = new TlsProgress(counters);
        this.output = new TlsOutput(engine, channel, buffers, progress);
    }

    private static byte[] plainHttpAnswer() {
        String body = "This port speaks TLS: use https:// or wss://\n";
        return ("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " + body.length()
                + "\r\nConnection: close\r\n\r\n" + body).getBytes(StandardCharsets.ISO_8859_1);
    }

    SSLEngine engine() {
        return engine;
    }

    List<X509Certificate> peerCertificates() {
        try {
            return Arrays.stream(engine.getSession().getPeerCertificates()).map(X509Certificate.class::cast).toList();
        } catch (SSLPeerUnverifiedException peerShowedNone) {
            return List.of();
        }
    }

    boolean isHandshaking() {
        return state == State.NEW || state == State.HANDSHAKE;
    }

    boolean isClosed() {
        return state == State.CLOSED;
    }

    boolean isBlocked() {
        return isBlocked;
    }

    /** @return whether the readiness of the channel to be read means anything now. */
    boolean isReceiving() {
        return !isComputing && !isBlocked;
    }

    /** @return whether the channel has taken everything, or never will. */
    boolean isFlushed() {
        return output.isFlushed() || failure != null;
    }

    /** @return whether a read may bring something though the channel is empty. */
    boolean hasPending() {
        return !isClosed() && !isComputing && !isBlocked
                && (plainRest != null || mayHoldRecords || (failure != null || isAtEnd) && !isEndReported);
    }

    // ------------------------------------------------------------------ reading

    /** As {@link Transport#read}. */
    int read(ByteBuffer dst) throws IOException {
        int from = dst.position();
        takePlainRest(dst);
        if (state == State.PLAIN_HTTP) {
            discard();
        } else if (failure == null && !isAtEnd && isReceiving() && dst.hasRemaining()) {
            receive(dst);
        }
        if (dst.position() > from) {
            return dst.position() - from;
        }
        if (plainRest != null || !dst.hasRemaining()) {
            return 0;
        }
        return nothingRead();
    }

    private int nothingRead() throws IOException {
        if (failure != null) {
            isEndReported = true;
            throw failure;
        }
        isEndReported = isAtEnd;
        return isAtEnd ? -1 : 0;
    }

    private void takePlainRest(ByteBuffer dst) {
        if (plainRest != null) {
            moveInto(dst, plainRest);
            if (!plainRest.hasRemaining()) {
                buffers.drop(plainRest);
                plainRest = null;
            }
        }
    }

    private static void moveInto(ByteBuffer dst, ByteBuffer src) {
        int count = Math.min(dst.remaining(), src.remaining());
        dst.put(dst.position(), src, src.position(), count);
        dst.position(dst.position() + count);
        src.position(src.position() + count);
    }

    private void receive(ByteBuffer dst) {
        ByteBuffer in = buffers.borrowNetIn();
        try {
            if (netRest != null) {
                in.put(netRest);
                buffers.drop(netRest);
                netRest = null;
            }
            receive(in, dst);
        } catch (IOException | RuntimeException e) {
            in.clear().flip();
            fail(e);
        } finally {
            netRest = buffers.keep(in);
            mayHoldRecords &= netRest != null;
            buffers.giveBack();
        }
    }

    /** Takes from the socket what the caller has room for, about, and no more: the rest is still there in the next turn. */
    private void receive(ByteBuffer in, ByteBuffer dst) throws IOException {
        int left = Math.max(MIN_RECEIVE_LENGTH, dst.remaining());
        boolean isDrained = false;
        if (state == State.NEW && engine.getUseClientMode()) {
            beginHandshake();
        }
        Stop stop = unwrapAll(in.flip(), dst);
        while (stop == Stop.NEEDS_INPUT && left > 0 && !isDrained) {
            in.compact();
            int room = Math.min(in.remaining(), Math.max(MIN_RECEIVE_LENGTH, left));
            int count = channel.read(in.limit(in.position() + room));
            in.flip();
            if (count < 0) {
                onEndOfChannel();
                return;
            }
            isDrained = count < room;
            left -= count;
            if (count > 0 && state == State.NEW && !begin(in)) {
                return;
            }
            stop = unwrapAll(in, dst);
        }
        mayHoldRecords = stop != Stop.NEEDS_INPUT;
    }

    private void onEndOfChannel() {
        isAtEnd = true;
        if (state == State.OPEN && !isOutputShut) {
            counters.increment(EngineCounter.TLS_TRUNCATIONS);
        }
    }

    /** @return whether this looks like TLS; every method of HTTP begins with a capital letter, no TLS record does. */
    private boolean begin(ByteBuffer in) throws IOException {
        byte first = in.get(in.position());
        if (first >= 'A' && first <= 'Z') {
            state = State.PLAIN_HTTP;
            counters.increment(EngineCounter.TLS_PLAIN_HTTP);
            in.position(in.limit());
            output.writePlain(PLAIN_HTTP_ANSWER);
            shutdownOutput();
            return false;
        }
        beginHandshake();
        return true;
    }

    private void beginHandshake() throws IOException {
        state = State.HANDSHAKE;
        counters.increment(EngineCounter.TLS_HANDSHAKES_STARTED);
        engine.beginHandshake();
    }

    /** Closing at once would answer what the peer still sends with a reset, and the answer would be lost to it. */
    private void discard() {
        try {
            isAtEnd |= channel.read(buffers.borrowNetIn()) < 0;
        } catch (IOException e) {
            isAtEnd = true;
        } finally {
            buffers.giveBack();
        }
    }

    private Stop unwrapAll(ByteBuffer in, ByteBuffer dst) throws IOException {
        HandshakeStatus status = state == State.HANDSHAKE ? engine.getHandshakeStatus() : HandshakeStatus.NOT_HANDSHAKING;
        while (true) {
            if (status == HandshakeStatus.NEED_TASK) {
                compute();
                return Stop.IS_COMPUTING;
            }
            if (status == HandshakeStatus.NEED_WRAP) {
                if (!output.flush()) {
                    isBlocked = true;
                    return Stop.IS_BLOCKED;
                }
                status = afterStep(output.writeOwn());
                continue;
            }
            if (state == State.OPEN && !dst.hasRemaining()) {
                return Stop.IS_FULL;
            }
            if (!in.hasRemaining()) {
                return Stop.NEEDS_INPUT;
            }
            SSLEngineResult result = unwrap(in, dst);
            switch (result.getStatus()) {
                case BUFFER_UNDERFLOW -> {
                    requireRoom(in);
                    return Stop.NEEDS_INPUT;
                }
                case BUFFER_OVERFLOW -> throw new SSLException("a TLS record is larger than it may be");
                case CLOSED -> {
                    isAtEnd = true;
                    in.position(in.limit());
                    return Stop.AT_END;
                }
                default -> status = afterStep(result.getHandshakeStatus());
            }
        }
    }

    private static void requireRoom(ByteBuffer in) throws SSLException {
        if (in.remaining() == in.capacity()) {
            throw new SSLException("a TLS record is larger than it may be");
        }
    }

    private SSLEngineResult unwrap(ByteBuffer in, ByteBuffer dst) throws SSLException {
        SSLEngineResult result = engine.unwrap(in, dst);
        if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
            result = unwrapBeside(in, dst);
        }
        if (result.getStatus() == SSLEngineResult.Status.OK) {
            int count = state == State.OPEN ? result.bytesProduced() : result.bytesConsumed() + result.bytesProduced();
            if (count > 0) {
                progress.onProgress();
            } else {
                progress.onIdleRound();
            }
        }
        return result;
    }

    /** The record is larger than the caller's room. */
    private SSLEngineResult unwrapBeside(ByteBuffer in, ByteBuffer dst) throws SSLException {
        ByteBuffer app = buffers.borrowAppOut();
        try {
            SSLEngineResult result = engine.unwrap(in, app);
            moveInto(dst, app.flip());
            plainRest = buffers.keep(app);
            return result;
        } finally {
            buffers.giveBack();
        }
    }

    /** @return the status to go on with. */
    private HandshakeStatus afterStep(HandshakeStatus status) throws SSLException {
        if (state == State.HANDSHAKE && (status == HandshakeStatus.FINISHED || status == HandshakeStatus.NOT_HANDSHAKING)) {
            state = State.OPEN;
            counters.increment(EngineCounter.TLS_HANDSHAKES_COMPLETED);
            return engine.getHandshakeStatus();
        }
        if (state == State.OPEN && status == HandshakeStatus.NEED_TASK) {
            counters.increment(EngineCounter.TLS_RENEGOTIATIONS_REFUSED);
            throw new SSLException("renegotiation is refused");
        }
        return status;
    }

    // ------------------------------------------------------------------ computing

    private void compute() {
        isComputing = true;
        loop.compute(this);
    }

    void onComputed() {
        isComputing = false;
        if (!isClosed()) {
            onResumed.run();
        }
    }

    void onComputeRefused() {
        isComputing = false;
        if (!isClosed()) {
            fail(new SSLException("too many TLS handshakes wait to be computed"));
            onResumed.run();
        }
    }

    // ------------------------------------------------------------------ writing

    /** As {@link Transport#write}; of what was taken, up to one batch of records may still wait here in encrypted form. */
    int write(ByteBuffer src) throws IOException {
        if (failure != null) {
            throw failure;
        }
        if (state != State.OPEN || isOutputShut || !output.flush()) {
            return 0;
        }
        try {
            return output.write(src);
        } catch (SSLException e) {
            fail(e);
            throw e;
        }
    }

    /** Writes what waits. What goes wrong is told by the next read or write. */
    void flush() {
        try {
            if (output.flush()) {
                isBlocked = false;
                if (isOutputShut) {
                    shutdownOutput();
                }
            }
        } catch (IOException e) {
            fail(e);
        }
    }

    // ------------------------------------------------------------------ ending

    private void fail(Exception cause) {
        failure = cause instanceof IOException io ? io : new SSLException("TLS failed", cause);
        isBlocked = false;
        mayHoldRecords = false;
        if (state == State.HANDSHAKE) {
            counters.increment(EngineCounter.TLS_HANDSHAKES_FAILED);
        } else if (state == State.OPEN && failure instanceof SSLException) {
            counters.increment(EngineCounter.TLS_ERRORS);
        }
        if (failure instanceof SSLException && output.isFlushed()) {
            sendAlert();
        }
        output.dropRest();
        state = State.FAILED;
    }

    /** Tells the peer what went wrong, if the line takes it. */
    private void sendAlert() {
        Sockets.quietly(() -> {
            engine.closeOutbound();
            output.writeOwn();
        });
    }

    /** Says close_notify and ends the outgoing direction as soon as everything before is written. */
    void shutdownOutput() {
        isOutputShut = true;
        if (failure != null || isComputing || !output.isFlushed()) {
            return;
        }
        Sockets.quietly(this::sendCloseNotify);
        if (output.isFlushed()) {
            Sockets.quietly(halfClose);
        }
    }

    private void sendCloseNotify() throws IOException {
        if ((state == State.OPEN || state == State.HANDSHAKE) && !isCloseNotifySent) {
            isCloseNotifySent = true;
            engine.closeOutbound();
            output.writeOwn();
        }
    }

    /** Says close_notify, if the line takes it, and closes the channel. */
    void close() {
        if (isClosed()) {
            return;
        }
        if (failure == null && !isComputing && output.isFlushed()) {
            Sockets.quietly(this::sendCloseNotify);
        }
        if (state == State.HANDSHAKE) {
            counters.increment(EngineCounter.TLS_HANDSHAKES_FAILED);
        }
        state = State.CLOSED;
        output.dropRest();
        buffers.drop(netRest);
        buffers.drop(plainRest);
        netRest = null;
        plainRest = null;
        Sockets.quietly(channel::close);
    }
}
