package io.neurolink.engine.loop;

import io.neurolink.engine.spi.WebSocketConnectionError;
import io.neurolink.engine.spi.WebSocketError;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.CloseCode;
import io.neurolink.protocol.FrameLimits;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.ProtocolViolation;
import io.neurolink.protocol.Role;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/**
 * How a connection ends: the closing handshake from either side, violations, broken lines, and what the handler is told of it. All of its
 * paths lead to {@link #terminate()}. Belongs to the loop's thread.
 */
final class Ending {
    private static final String SHORT_OF_MEMORY = "the server is short of memory";

    private final LoopConnection connection;
    private final EventLoop loop;

    private int code = CloseCode.ABNORMAL;
    private String reason = "";
    private boolean isReadToTheEnd;
    private boolean isCloseDelivered;

    Ending(LoopConnection connection, EventLoop loop) {
        this.connection = connection;
        this.loop = loop;
    }

    /** @return the close code for {@code onClose}. */
    int code() {
        return code;
    }

    /** @return the reason for {@code onClose}. */
    String reason() {
        return reason;
    }

    // ------------------------------------------------------------------ what makes it end

    /** Closes as the application or the engine wishes. */
    void close(int newCode, String newReason) {
        connection.shutVolatile();
        if (connection.isSending()) {
            connection.writeSide().enqueueClose(newCode, newReason);
            changeTo(connection.state() == ConnectionState.OPEN ? ConnectionState.CLOSING : ConnectionState.FLUSHING);
        }
        completeIfGone();
    }

    void onPeerClose(ByteBuffer bytes, int position, int length) {
        code = connection.decoder.closeCode();
        reason = connection.decoder.closeReason();
        // The server ends the TCP connection first (RFC 6455 section 7.1.1), a client waits for that. A peer that sends on behind its close
        // frame is waited for too: ending the line over bytes that nobody has read would reset it, and the answer might be lost.
        isReadToTheEnd = connection.role() == Role.SERVER && loop.readSide().isLastOfAll();
        connection.deliverControl(Opcode.CLOSE, bytes, position, length);
        settle();
    }

    /** The peer's last frame is here. If our close frame is not under way, it goes behind what the handler says to the messages before. */
    private void settle() {
        if (connection.state() == ConnectionState.OPEN) {
            changeTo(ConnectionState.SETTLING);
            connection.delivery().settle();
        } else {
            changeTo(ConnectionState.FLUSHING);
        }
    }

    /** The handler has handled everything. */
    void onSettled() {
        if (connection.state() == ConnectionState.SETTLING && !connection.isBroken()) {
            connection.shutVolatile();
            connection.writeSide().enqueueClose(code, reason);
            changeTo(ConnectionState.FLUSHING);
        }
    }

    void onViolation(ProtocolViolation violation) {
        String text = violation == ProtocolViolation.MESSAGE_TOO_BIG
                ? "Message exceeds max size (" + maxMessageSize() + " bytes)"
                : violation.reason();
        if (violation == ProtocolViolation.TOO_MANY_FRAGMENTS) {
            loop.counters.increment(EngineCounter.FRAGMENT_FLOODS);
        }
        fail(violation.closeCode(), text);
    }

    private long maxMessageSize() {
        FrameLimits limits = connection.endpoint().settings().frameLimits();
        return connection.parts == null ? limits.maxMessageSize() : limits.maxStreamedMessageSize();
    }

    /** Ends the connection for a fault of the peer: it is told, and gets time to read that. */
    void fail(int newCode, String newReason) {
        connection.delivery().error(new WebSocketError(newReason, connection.id()));
        code = newCode;
        reason = newReason;
        settle();
    }

    /** What waits would never be read in time: it is dropped and reported, and a close frame takes its place. */
    void closeSlowConsumer() {
        if (!connection.isSending()) {
            return;
        }
        loop.sendGate().reportSlowConsumer(connection);
        reportUnsent(connection.writeSide().dropUnwritten(), "the peer reads too slowly");
        code = CloseCode.TRY_AGAIN_LATER;
        reason = "slow consumer";
        close(code, reason);
    }

    /** The engine takes too much memory, and this connection much of it: what waits is dropped and reported. */
    void shed() {
        if (connection.state() == ConnectionState.CLOSED) {
            return;
        }
        loop.counters.increment(EngineCounter.SHED_CONNECTIONS);
        connection.takesNoMessages();
        connection.delivery().dropHeld();
        loop.readSide().release(connection);
        if (!connection.isSending()) {
            terminate();
            return;
        }
        reportUnsent(connection.writeSide().dropUnwritten(), SHORT_OF_MEMORY);
        connection.delivery().error(new WebSocketError(SHORT_OF_MEMORY, connection.id()));
        code = CloseCode.TRY_AGAIN_LATER;
        reason = SHORT_OF_MEMORY;
        connection.shutVolatile();
        connection.writeSide().enqueueClose(code, reason);
        changeTo(ConnectionState.FLUSHING);
    }

    /** Most likely nobody is there any more: the close frame gets one chance, nothing is waited for. */
    void onPeerSilent() {
        reason = "pong timeout";
        connection.writeSide().enqueueClose(CloseCode.GOING_AWAY, reason);
        connection.writeSide().flush();
        terminate();
    }

    /** Its time is over: the close frame gets one chance, nothing is waited for. */
    void cut(int newCode, String newReason) {
        close(newCode, newReason);
        try {
            connection.writeSide().flush();
        } catch (RuntimeException e) {
            connection.onTransportError(e);
        }
        terminate();
    }

    /** The line is dead: nothing is sent any more, and the connection ends with this cycle. */
    void onBroken() {
        if (!connection.isBroken() && connection.state() != ConnectionState.CLOSED) {
            connection.breakOff();
            connection.shutVolatile();
            loop.addDoomed(connection);
        }
    }

    void onEndOfStream() {
        if (connection.state() == ConnectionState.FLUSHING || connection.state() == ConnectionState.SETTLING) {
            isReadToTheEnd = true;
            connection.transport().wantReadable(false);
            connection.afterWrite();
        } else {
            onBroken();
        }
    }

    /** A refused peer may still be sending: closing now would answer that with a reset, and the close frame would be lost to it. */
    void onFlushed() {
        if (isReadToTheEnd) {
            terminate();
        } else {
            if (connection.role() == Role.SERVER) {
                connection.transport().shutdownOutput();
            }
            connection.transport().wantReadable(true);
        }
    }

    private void changeTo(ConnectionState next) {
        connection.state(next);
        connection.heartbeat().onClosing();
        connection.delivery().endPause();
        connection.writeSide().markDirty();
    }

    // ------------------------------------------------------------------ the end

    /** The end, on whatever path: everything goes back where it came from, and the handler is told once. */
    void terminate() {
        if (connection.state() == ConnectionState.CLOSED) {
            return;
        }
        connection.state(ConnectionState.CLOSED);
        connection.goneVolatile();
        connection.heartbeat().stop();
        connection.delivery().endPause();
        int unsent = connection.writeSide().release();
        loop.readSide().release(connection);
        if (connection.deflate() != null) {
            connection.deflate().release();
        }
        loop.remove(connection);
        connection.transport().close();
        Endpoint endpoint = connection.endpoint();
        connection.releaseRates();
        endpoint.onClosed(connection);
        reportUnsent(unsent, "the connection ended");
        CloseCounters.count(loop.counters, code);
        loop.witness().closed(connection, code, reason);
        isCloseDelivered = true;
        connection.delivery().close();
        completeIfGone();
    }

    void reportUnsent(int count, String cause) {
        if (count > 0) {
            loop.counters.add(EngineCounter.MESSAGES_REPORTED, count);
            if (connection.state() != ConnectionState.CLOSED || !isCloseDelivered) {
                String text = count + " accepted message(s) were not sent: " + cause;
                connection.delivery().error(new WebSocketConnectionError(text, connection.id()));
            }
        }
    }

    private void completeIfGone() {
        CompletableFuture<Void> gone = connection.closedFuture();
        if (connection.state() == ConnectionState.CLOSED && gone != null && !loop.runCold(() -> gone.complete(null))) {
            gone.complete(null);
        }
    }
}
