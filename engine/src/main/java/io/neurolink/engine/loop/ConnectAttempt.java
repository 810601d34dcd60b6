package io.neurolink.engine.loop;

import io.neurolink.engine.duty.TimerOwner;
import io.neurolink.engine.duty.Timers;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketConnectionError;
import io.neurolink.engine.spi.WebSocketError;
import io.neurolink.engine.spi.WebSocketHandshakeError;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.transport.ConnectHandle;
import io.neurolink.engine.transport.ConnectListener;
import io.neurolink.engine.transport.Transport;
import io.neurolink.engine.transport.TransportOwner;
import io.neurolink.protocol.CloseCode;
import io.neurolink.protocol.Role;
import io.neurolink.protocol.deflate.DeflateNegotiation;
import io.neurolink.protocol.deflate.DeflateParameters;
import io.neurolink.protocol.handshake.ClientHandshake;
import io.neurolink.protocol.handshake.DecodeStatus;
import io.neurolink.protocol.handshake.HandshakeViolation;
import io.neurolink.protocol.handshake.HttpResponseHead;
import io.neurolink.protocol.handshake.ResponseBody;
import io.neurolink.protocol.handshake.ResponseDecoder;
import io.neurolink.protocol.handshake.UpgradeAgreement;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/**
 * A client's connection up to its upgrade (RFC 6455 section 4.1), or to the reason why there is none. One deadline for all of it. The
 * loop's thread only, except that names are looked up on a cold one.
 *
 * <pre>
 *   RESOLVING ─▶ CONNECTING ─▶ ASKING (TLS, request) ─▶ READING ──101──▶ OVER: a LoopConnection has the transport
 *       │         │  │          ▲   │                      │ other status
 *       │    proxy│  │       2xx│   │                      │
 *       │         ▼  │          │   │                      │
 *       │  ASKING_PROXY ─▶ READING_PROXY ── other status ──┤
 *       └────────────┴──────────────┴──── fault ───────────┴─▶ READING_BODY ─▶ OVER: the future has the error
 * </pre>
 *
 * With a proxy it is the proxy that is looked up and connected to; the server is looked up by the proxy.
 */
public final class ConnectAttempt implements ConnectListener, TransportOwner, TimerOwner {
    /** Bytes of a refusal's body that are kept for the application. */
    static final int MAX_BODY_LENGTH = 16 * 1024;

    /** Answers with 1xx that a server may send before the one that counts. */
    static final int MAX_INTERIM_ANSWERS = 8;

    private enum State { RESOLVING, CONNECTING, ASKING_PROXY, READING_PROXY, ASKING, READING, READING_BODY, OVER }

    private final EventLoop loop;
    private final ConnectRequest request;
    private final CompletableFuture<WebSocketConnection> result;
    private final ResponseDecoder decoder;

    private State state = State.RESOLVING;
    private InetAddress[] addresses;
    private int nextAddress;
    private ConnectHandle connecting;
    private Transport transport;
    private ByteBuffer unsent;
    private int interimAnswers;
    private HttpResponseHead refusal;
    private boolean isProxyRefusal;
    private ResponseBody body;
    private long timerId = Timers.NO_TIMER;

    /**
     * @param loop    will have the connection.
     * @param request what is wanted.
     * @param result  gets the connection, or the error. If it is completed before, by cancelling for instance, the attempt is for nothing.
     */
    public ConnectAttempt(EventLoop loop, ConnectRequest request, CompletableFuture<WebSocketConnection> result) {
        this.loop = loop;
        this.request = request;
        this.result = result;
        this.decoder = new ResponseDecoder(loop.wiring().settings().httpLimits());
    }

    /** Begins, unless that was cancelled already. */
    public void start() {
        count(EngineCounter.CLIENT_CONNECTS);
        if (state == State.OVER) {
            return;
        }
        loop.add(this);
        timerId = loop.timers().schedule(loop.nowNs() + request.timeoutNs(), this, 0);
        if (!loop.runCold(this::resolve)) {
            fail(EngineCounter.CLIENT_CONNECTS_FAILED, new WebSocketConnectionError("too many name look-ups at once", null));
        }
    }

    Endpoint endpoint() {
        return request.endpoint();
    }

    /** Nobody wants the connection any more. Nothing happens if the attempt is over. */
    public void cancel() {
        fail(EngineCounter.CLIENT_CONNECTS_CANCELLED, new WebSocketConnectionError("the client was closed", null));
    }

    // ------------------------------------------------------------------ reaching the host

    /** On a cold thread. */
    private void resolve() {
        try {
            InetAddress[] found = request.resolver().resolve(request.nextHost());
            loop.proxy().executeUrgently(() -> onResolved(found));
        } catch (IOException | RuntimeException e) {
            loop.proxy().executeUrgently(() -> onUnknownHost(e));
        }
    }

    private void onUnknownHost(Exception cause) {
        if (state == State.RESOLVING) {
            fail(EngineCounter.CLIENT_CONNECTS_FAILED,
                    new WebSocketConnectionError("cannot find the address of " + request.nextHost(), null, cause));
        }
    }

    private void onResolved(InetAddress[] found) {
        if (state == State.RESOLVING) {
            addresses = found;
            state = State.CONNECTING;
            connectNext();
        }
    }

    private void connectNext() {
        InetSocketAddress address = new InetSocketAddress(addresses[nextAddress++], request.nextPort());
        ConnectHandle handle = loop.wiring().poller().connect(address, request.proxy() == null ? request.tls() : null, this);
        if (state == State.CONNECTING) {
            connecting = handle;
        }
    }

    @Override
    public void onConnectFailed(IOException cause) {
        if (state != State.CONNECTING) {
            return;
        }
        if (nextAddress < addresses.length) {
            // By a command of its own: a long list of addresses that fail at once must not become a deep stack.
            loop.proxy().executeUrgently(() -> {
                if (state == State.CONNECTING) {
                    connectNext();
                }
            });
        } else {
            fail(EngineCounter.CLIENT_CONNECTS_FAILED,
                    new WebSocketConnectionError("cannot connect to " + request.target() + ": " + cause.getMessage(), null, cause));
        }
    }

    // ------------------------------------------------------------------ asking

    @Override
    public void onConnected(Transport newTransport) {
        if (state != State.CONNECTING) {
            newTransport.close();
            return;
        }
        loop.onSocketConnected();
        transport = newTransport;
        connecting = null;
        transport.owner(this);
        if (request.proxy() == null) {
            ask(State.ASKING, request.handshake().request());
        } else {
            ask(State.ASKING_PROXY, request.proxy().request());
        }
    }

    private void ask(State next, byte[] question) {
        state = next;
        unsent = ByteBuffer.wrap(question);
        transport.wantWritable(true);
    }

    private boolean isAsking() {
        return state == State.ASKING || state == State.ASKING_PROXY;
    }

    @Override
    public void onWritable() {
        if (!isAsking()) {
            return;
        }
        ByteBuffer scratch = loop.cork.buffer();
        try {
            int count = Math.min(unsent.remaining(), scratch.capacity());
            scratch.clear().put(0, unsent, unsent.position(), count).limit(count);
            int written = transport.write(scratch);
            loop.counters.add(EngineCounter.BYTES_OUT, written);
            unsent.position(unsent.position() + written);
        } catch (IOException e) {
            lost(e);
            return;
        } finally {
            scratch.clear();
        }
        if (!unsent.hasRemaining()) {
            unsent = null;
            state = state == State.ASKING ? State.READING : State.READING_PROXY;
            transport.wantWritable(false);
        }
    }

    /** The proxy has made the tunnel: from now on it is the server who listens. */
    private void onTunnel(int bytesBehind) {
        if (bytesBehind > 0) {
            fail(EngineCounter.CLIENT_CONNECTS_VIOLATED, new WebSocketConnectionError(
                    "the proxy " + request.proxyAddress() + " sent more than an answer before anything was asked of the server", null));
            return;
        }
        transport.remoteAddress(InetSocketAddress.createUnresolved(request.host(), request.port()));
        transport.wantReadable(false);
        interimAnswers = 0;
        // By a command of its own: this is called out of a read, and TLS begins with one.
        loop.proxy().executeUrgently(this::askThroughTunnel);
    }

    private void askThroughTunnel() {
        if (state != State.READING_PROXY) {
            return;
        }
        transport.wantReadable(true);
        try {
            if (request.tls() != null) {
                transport = loop.wiring().poller().secured(transport, request.tls());
            }
            ask(State.ASKING, request.handshake().request());
            onReadable();
        } catch (IOException | RuntimeException e) {
            lost(e instanceof IOException io ? io : new IOException(e.toString(), e));
        }
    }

    // ------------------------------------------------------------------ the answer

    @Override
    public void onReadable() {
        ByteBuffer bytes = loop.readSide().receiveBytes().clear();
        try {
            int count = transport.read(bytes);
            bytes.clear();
            if (count < 0) {
                onEndOfStream();
            } else if (count > 0) {
                loop.counters.add(EngineCounter.BYTES_IN, count);
                process(bytes, 0, count);
            }
        } catch (IOException e) {
            lost(e);
        }
    }

    private void process(ByteBuffer bytes, int from, int limit) {
        int position = from;
        while (refusal == null && state != State.OVER) {
            boolean isProxy = state == State.ASKING_PROXY || state == State.READING_PROXY;
            position = decoder.decode(bytes, position, limit);
            if (decoder.status() == DecodeStatus.NEED_INPUT) {
                return;
            }
            if (decoder.status() == DecodeStatus.VIOLATION) {
                violated(0, "", Map.of(), decoder.violation());
            } else {
                onHead(decoder.head(), isProxy, bytes, position, limit);
                decoder.reset();
            }
        }
        if (state == State.READING_BODY) {
            body.decode(bytes, position, limit);
            if (body.isComplete()) {
                refused();
            }
        }
    }

    private void onHead(HttpResponseHead head, boolean isProxy, ByteBuffer bytes, int position, int limit) {
        if (head.isInterim()) {
            if (++interimAnswers > MAX_INTERIM_ANSWERS) {
                fail(EngineCounter.CLIENT_CONNECTS_VIOLATED, handshakeError("the server sent more than " + MAX_INTERIM_ANSWERS
                        + " interim answers", head, new byte[0]));
            }
        } else if (isProxy ? head.statusCode() / 100 == 2 : head.statusCode() == 101) {
            onConsent(head, isProxy, bytes, position, limit);
        } else {
            isProxyRefusal = isProxy;
            refusal = head;
            body = new ResponseBody(head, MAX_BODY_LENGTH);
            state = State.READING_BODY;
        }
    }

    private void onConsent(HttpResponseHead head, boolean isProxy, ByteBuffer bytes, int position, int limit) {
        if (isAsking()) {
            fail(EngineCounter.CLIENT_CONNECTS_VIOLATED,
                    handshakeError("the " + (isProxy ? "proxy" : "server") + " answered before it was asked", head, new byte[0]));
        } else if (isProxy) {
            onTunnel(limit - position);
        } else {
            onSwitching(head, bytes, position, limit);
        }
    }

    private void onSwitching(HttpResponseHead head, ByteBuffer bytes, int position, int limit) {
        ClientHandshake.Outcome outcome = request.handshake().validate(head);
        if (outcome instanceof HandshakeViolation violation) {
            violated(head.statusCode(), head.reason(), fields(head), violation);
        } else {
            onAgreement(head, (UpgradeAgreement) outcome, bytes, position, limit);
        }
    }

    /** Only what was offered can be among the extensions, and only compression is offered. */
    private void onAgreement(HttpResponseHead head, UpgradeAgreement agreement, ByteBuffer bytes, int position, int limit) {
        if (agreement.extensions().isEmpty()) {
            open(agreement, null, bytes, position, limit);
            return;
        }
        DeflateParameters agreed = DeflateNegotiation.check(agreement.extensions().get(0), request.deflate());
        if (agreed == null) {
            fail(EngineCounter.CLIENT_CONNECTS_VIOLATED, handshakeError(
                    "bad answer to the upgrade: the parameters of permessage-deflate are not what was offered", head, new byte[0]));
            return;
        }
        EndpointDeflate shared = request.endpoint().settings().deflate();
        shared.onAgreed(agreed);
        open(agreement, new ConnectionDeflate(agreed, Role.CLIENT, shared, loop), bytes, position, limit);
    }

    private void open(UpgradeAgreement agreement, ConnectionDeflate deflate, ByteBuffer bytes, int position, int limit) {
        over();
        count(EngineCounter.CLIENT_CONNECTS_OPENED);
        LoopConnection connection = new LoopConnection(loop.ids.next(), new Established(Role.CLIENT, request.path(),
                agreement.subprotocol(), null, request.handler(), null, deflate), request.endpoint(), loop, transport);
        loop.opened(connection);
        connection.onEstablished(false);
        if (!loop.runCold(() -> complete(connection))) {
            complete(connection);
        }
        if (position < limit) {
            ByteBuffer ahead = ByteBuffer.allocate(limit - position).put(0, bytes, position, limit - position);
            loop.readSide().process(connection, ahead);
        }
    }

    /** On a cold thread. */
    private void complete(WebSocketConnection connection) {
        if (!result.complete(connection)) {
            connection.close(CloseCode.GOING_AWAY, "");
        }
    }

    // ------------------------------------------------------------------ no connection

    private void onEndOfStream() {
        if (state == State.READING_BODY) {
            refused();
        } else {
            lost(null);
        }
    }

    /** The line has ended or broken, or TLS did not come about. */
    private void lost(IOException cause) {
        if (state == State.READING_BODY) {
            refused();
            return;
        }
        boolean isTunnel = state == State.ASKING_PROXY || state == State.READING_PROXY;
        String what = cause == null ? "the " + (isTunnel ? "proxy" : "server") + " closed the connection" : cause.getMessage();
        fail(EngineCounter.CLIENT_CONNECTS_FAILED,
                new WebSocketConnectionError("no answer from " + request.target() + ": " + what, null, cause));
    }

    private void refused() {
        String answered = " answered " + (refusal.statusCode() + " " + refusal.reason()).trim();
        String text = isProxyRefusal ? "the proxy " + request.proxyAddress() + answered + " to CONNECT" : "the server" + answered
                + " instead of 101";
        fail(EngineCounter.CLIENT_CONNECTS_REFUSED, handshakeError(text, refusal, body.bytes()));
    }

    private void violated(int status, String reason, Map<String, List<String>> headers, HandshakeViolation violation) {
        fail(EngineCounter.CLIENT_CONNECTS_VIOLATED,
                new WebSocketHandshakeError("bad answer to the upgrade: " + violation.message(), status, reason, headers, new byte[0]));
    }

    private static WebSocketHandshakeError handshakeError(String message, HttpResponseHead head, byte[] body) {
        return new WebSocketHandshakeError(message, head.statusCode(), head.reason(), fields(head), body);
    }

    private static Map<String, List<String>> fields(HttpResponseHead head) {
        Map<String, List<String>> fields = new HashMap<>();
        head.headerNames().forEach(name -> fields.put(name.toLowerCase(Locale.ROOT), head.headers(name)));
        return fields;
    }

    private void fail(EngineCounter counter, WebSocketError error) {
        if (state == State.OVER) {
            return;
        }
        over();
        count(counter);
        if (connecting != null) {
            connecting.abandon();
        }
        if (transport != null) {
            transport.close();
            loop.onSocketClosed();
        }
        request.endpoint().withdraw(null);
        if (!loop.runCold(() -> result.completeExceptionally(error))) {
            result.completeExceptionally(error);
        }
    }

    private void over() {
        state = State.OVER;
        loop.timers().cancel(timerId);
        timerId = Timers.NO_TIMER;
        loop.remove(this);
    }

    @Override
    public void onTransportError(Throwable error) {
        loop.errorHandler().onError(error);
        fail(EngineCounter.CLIENT_CONNECTS_FAILED, new WebSocketConnectionError("connecting failed: " + error, null, error));
    }

    @Override
    public void onTimer(long firedId, int kind, long nowNs) {
        timerId = Timers.NO_TIMER;
        if (state == State.READING_BODY) {
            refused();
            return;
        }
        String waited = switch (state) {
            case RESOLVING -> "its address was not found";
            case CONNECTING -> "it did not take the connection";
            case ASKING, ASKING_PROXY -> "the request could not be written";
            case READING_PROXY -> "the proxy did not answer";
            default -> "it did not answer";
        };
        String text = request.target() + ": " + waited + " within " + request.timeoutNs() / 1_000_000 + " ms";
        fail(EngineCounter.CLIENT_CONNECTS_TIMED_OUT, new WebSocketConnectionError(text, null, new TimeoutException(text)));
    }

    private void count(EngineCounter counter) {
        loop.counters.increment(counter);
    }
}
