package io.neurolink.agent.client;

import io.neurolink.agent.spi.AgentException;
import io.neurolink.engine.spi.SendResult;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * One connection of a client, from its opening to its end. What it is told by the wire, on the wire's thread, it hands to the client's; all
 * other methods are for that one.
 */
final class Link implements Wire.Target {
    private static final int CLOSED_BY_CLIENT = 4000;
    /** Messages that may wait for the client's thread; above that no more is read from the socket. */
    private static final int MAX_INBOUND = 256;
    /** Messages that may wait for the socket. */
    private static final int MAX_OUTBOUND = 8192;

    private final ClientCore core;
    private final Connector connector;
    private final Semaphore inbound = new Semaphore(MAX_INBOUND);
    private final ArrayDeque<byte[]> outbound = new ArrayDeque<>();
    private Wire wire;
    private String token;

    Link(ClientCore core, Connector connector) {
        this.core = core;
        this.connector = connector;
    }

    /** @param firstToken what to authenticate with by the first message, or null. */
    void open(Wire.Opener opener, Map<String, String> headers, String firstToken) {
        token = firstToken;
        wire = opener.open(headers, this);
    }

    /** Sends the credential, if it is to be sent in a message. */
    boolean authenticate() {
        if (token == null) {
            return false;
        }
        send(Requests.auth(token));
        token = null;
        return true;
    }

    void send(byte[] message) {
        outbound.addLast(message);
        flush();
    }

    private void flush() {
        while (!outbound.isEmpty()) {
            SendResult result = wire.send(outbound.peekFirst());
            if (result == SendResult.ACCEPTED) {
                outbound.removeFirst();
            } else if (result == SendResult.BACK_PRESSURED && outbound.size() <= MAX_OUTBOUND) {
                return;
            } else {
                outbound.clear();
                abandon("cannot send");
            }
        }
    }

    /** Gives the connection up, as if it had broken. */
    void abandon(String reason) {
        if (core.isCurrent(this)) {
            wire.close(CLOSED_BY_CLIENT, reason);
            connector.onClosed(this, 1006, reason, null);
        }
    }

    void close(int code, String reason) {
        if (wire != null) {
            wire.close(code, reason);
        }
    }

    @Override
    public void onOpen() {
        // The first message of the server says that it is ready.
    }

    @Override
    public void onText(byte[] utf8) {
        inbound.acquireUninterruptibly();
        boolean isTaken = core.execute(() -> {
            inbound.release();
            core.onText(this, utf8);
        });
        if (!isTaken) {
            inbound.release();
        }
    }

    @Override
    public void onWritable() {
        core.execute(() -> {
            if (core.isCurrent(this)) {
                flush();
            }
        });
    }

    @Override
    public void onClosed(int code, String reason, Throwable error) {
        core.execute(() -> connector.onClosed(this, code, reason, error));
    }

    /** @return what an end of a connection is to those who depended on it. */
    static AgentException lost(int code, String reason, Throwable error) {
        if (error != null) {
            return new AgentException("CONNECT_FAILED", "Cannot connect: " + error.getMessage(), true, AgentException.NO_HINT, error);
        }
        return new AgentException("CONNECTION_LOST", "The connection was closed with " + code + (reason.isEmpty() ? "" : ", " + reason), true,
                AgentException.NO_HINT);
    }
}
