package io.neurolink.engine.loop;

import io.neurolink.engine.duty.TimerOwner;
import io.neurolink.engine.duty.Timers;
import io.neurolink.engine.spi.HttpResponse;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.transport.Transport;
import io.neurolink.protocol.handshake.DecodeStatus;
import io.neurolink.protocol.handshake.HandshakeViolation;
import io.neurolink.protocol.handshake.HttpDate;
import io.neurolink.protocol.handshake.HttpField;
import io.neurolink.protocol.handshake.HttpRequestHead;
import io.neurolink.protocol.handshake.HttpResponseEncoder;
import io.neurolink.protocol.handshake.RequestDecoder;
import io.neurolink.protocol.handshake.ServerHandshake;
import io.neurolink.protocol.proxy.ProxyHeader;
import io.neurolink.protocol.proxy.ProxyHeaderDecoder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A connection that speaks HTTP: from its first byte to its upgrade, or, for plain requests, to its end. One request at a time; what a
 * client sends ahead
 * waits. The loop's thread only.
 *
 * <pre>
 *   READING ──head, body──▶ WAITING (authenticator, route handler) ──▶ WRITING ──▶ READING | LINGERING
 *                              └── 101: a LoopConnection takes the transport over
 * </pre>
 */
final class HttpConnection implements Backlog.Waiting, TimerOwner {
    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);
    private static final EngineCounter[] RESPONSES_BY_CLASS = {
        EngineCounter.HTTP_RESPONSES_2XX, EngineCounter.HTTP_RESPONSES_3XX,
        EngineCounter.HTTP_RESPONSES_4XX, EngineCounter.HTTP_RESPONSES_5XX
    };
    static final int SWITCHING_PROTOCOLS = 101;

    private static final HandshakeViolation SHORT_OF_MEMORY =
            new HandshakeViolation(503, null, "the server is short of memory", List.of(new HttpField("Retry-After", "1")));
    private static final byte[] NO_BODY = new byte[0];
    private static final long LINGER_NS = 2_000_000_000L;

    /** Most requests are shorter; of a body, or of what is not listened to any more, not more than that is taken in a turn. */
    private static final int READ_LENGTH = 16 * 1024;

    private enum State { READING, WAITING, WRITING, LINGERING, HANDED_OVER, CLOSED }

    private final EventLoop loop;
    private Transport transport;
    private final RequestDecoder decoder;

    private State state = State.READING;
    /** Reads what a proxy says before anything else; null where none does, and when it has. */
    private ProxyHeaderDecoder greeting;

    private HttpRequestHead head;

    /** Whose request it is. */
    private InetSocketAddress client;
    private byte[] body;
    private int bodyLength;
    private int expectedLength;

    /** Bytes that came behind the request that is being answered. */
    private ByteBuffer ahead;
    private ByteBuffer response;
    private long countedBytes;
    private boolean isKeptAlive;
    private long timerId = Timers.NO_TIMER;

    private boolean isInLine;
    private long requestStartNs;

    /** No request has begun since the last answer: what comes next has time from its first byte on. */
    private boolean isResting;

    HttpConnection(EventLoop loop, Transport transport) {
        this.loop = loop;
        this.transport = transport;
        this.decoder = new RequestDecoder(loop.httpConnections().headScratch());
        this.greeting = loop.wiring().frontDoor().settings().proxyProtocol() ? new ProxyHeaderDecoder() : null;
    }

    void start() {
        transport.owner(this);
        deadline(loop.wiring().settings().handshakeTimeoutNs());
    }

    Transport transport() {
        return transport;
    }

    /** Whose request it is: the transport's peer, or whom trusted proxies name. */
    InetSocketAddress client() {
        return client;
    }

    /** @return how long ago the first byte of the request came, as far as the loop has looked at the clock. */
    long requestDurationNs() {
        return loop.nowNs() - requestStartNs;
    }

    boolean isUpgrade() {
        return head != null && ServerHandshake.isUpgradeRequest(head);
    }

    /** @return null if it has not come, or what came was no request. */
    String method() {
        return decoder.method();
    }

    /** @return null if it has not come, or what came was no request. */
    String path() {
        return decoder.path();
    }

    int bodyLength() {
        return bodyLength;
    }

    boolean isWaiting() {
        return state == State.WAITING;
    }

    // ------------------------------------------------------------------ reading

    /** Those who are in go before those who want to come in. From now on it waits for the server, and gives way to nobody. */
    @Override
    public void onReadable() {
        loop.httpConnections().dequeue(this);
        loop.backlog().add(this);
    }

    @Override
    public boolean enterLine() {
        boolean wasOutside = !isInLine;
        isInLine = true;
        return wasOutside;
    }

    @Override
    public void onTurn() {
        isInLine = false;
        if (isListening()) {
            read();
        }
        if (isListening()) {
            loop.httpConnections().enqueue(this);
        }
        countHeld();
    }

    private boolean isListening() {
        return state == State.READING || state == State.LINGERING;
    }

    private void read() {
        if (greeting != null) {
            readGreeting();
            return;
        }
        ByteBuffer bytes = loop.readSide().receiveBytes().clear();
        int count = read(bytes.limit(Math.min(bytes.capacity(), READ_LENGTH)));
        bytes.clear();
        loop.backlog().didRead(Math.max(0, count));
        loop.backlog().didRequest();
        if (count < 0) {
            close();
        } else if (count > 0) {
            loop.counters.add(EngineCounter.BYTES_IN, count);
            if (state == State.READING) {
                process(bytes, 0, count);
            }
        }
    }

    /** Takes no byte that belongs to what comes behind the greeting: that may be TLS. */
    private void readGreeting() {
        ByteBuffer bytes = loop.readSide().receiveBytes();
        int wanted;
        int count;
        do {
            wanted = greeting.needed();
            count = read(bytes.clear().limit(wanted));
            greeting.decode(bytes.clear(), 0, Math.max(0, count));
        } while (count == wanted && greeting.status() == DecodeStatus.NEED_INPUT);
        if (greeting.status() == DecodeStatus.COMPLETE) {
            onGreeting(greeting.header());
        } else if (greeting.status() == DecodeStatus.VIOLATION) {
            loop.counters.increment(EngineCounter.PROXY_HEADERS_REFUSED);
            close();
        } else if (count < 0) {
            close();
        }
    }

    private void onGreeting(ProxyHeader header) {
        greeting = null;
        loop.counters.increment(EngineCounter.PROXY_HEADERS);
        if (header.source() != null) {
            if (!loop.wiring().frontDoor().admit(header.source().getAddress())) {
                loop.counters.increment(EngineCounter.SOCKETS_REFUSED_ADDRESS_LIMIT);
                close();
                return;
            }
            transport.remoteAddress(header.source());
        }
        try {
            transport = loop.wiring().poller().secured(transport);
            transport.owner(this);
        } catch (IOException lineIsBroken) {
            close();
        }
    }

    private int read(ByteBuffer bytes) {
        try {
            return transport.read(bytes);
        } catch (IOException lineIsBroken) {
            return -1;
        }
    }

    private void process(ByteBuffer bytes, int from, int limit) {
        int position = from;
        if (head == null) {
            if (isResting) {
                isResting = false;
                deadline(loop.wiring().settings().handshakeTimeoutNs());
            }
            if (decoder.isIdle()) {
                requestStartNs = loop.nowNs();
                bodyLength = 0;
            }
            position = decoder.decode(bytes, position, limit);
            if (decoder.status() == DecodeStatus.VIOLATION) {
                refuse(decoder.violation());
                return;
            }
            if (decoder.status() == DecodeStatus.NEED_INPUT) {
                return;
            }
            onHead();
        }
        if (state == State.READING) {
            position = takeBody(bytes, position, limit);
        }
        if (position < limit && state != State.LINGERING && state != State.CLOSED) {
            keepAhead(bytes, position, limit);
        }
        if (state == State.WAITING) {
            loop.upgrades().decide(this, head);
        } else if (state == State.READING && bodyLength == expectedLength) {
            answer();
        }
    }

    private void onHead() {
        head = decoder.head();
        isKeptAlive = head.keepAlive();
        client = loop.wiring().frontDoor().clientOf(transport.remoteAddress(), head);
        if (client == null) {
            loop.counters.increment(EngineCounter.PROXY_CONTRADICTIONS);
            refuse(new HandshakeViolation(400, "Forwarded", "Forwarded and X-Forwarded-For name different clients", List.of()));
            return;
        }
        if (ServerHandshake.isUpgradeRequest(head)) {
            waitForAnswer();
            return;
        }
        long length = head.contentLength();
        if (head.hasTransferEncoding()) {
            refuse(new HandshakeViolation(501, "Transfer-Encoding", "Transfer-Encoding is not supported: send Content-Length", List.of()));
        } else if (length > loop.wiring().settings().maxRequestBody()) {
            refuse(new HandshakeViolation(413, "Content-Length",
                    "the body must not have more than " + loop.wiring().settings().maxRequestBody() + " bytes", List.of()));
        } else if (length >= LoadShedder.MIN_BYTES && loop.memory().isTight()) {
            refuse(SHORT_OF_MEMORY);
        } else {
            expectedLength = (int) Math.max(0, length);
            body = NO_BODY;
            bodyLength = 0;
            if (head.expectsContinue() && expectedLength > 0) {
                writeContinue();
            }
        }
    }

    private int takeBody(ByteBuffer bytes, int position, int limit) {
        int count = Math.min(limit - position, expectedLength - bodyLength);
        if (bodyLength + count > body.length) {
            // What a peer declares costs nothing: the array grows with what really came.
            body = Arrays.copyOf(body, Math.min(expectedLength, Math.max(bodyLength + count, 2 * body.length)));
        }
        bytes.get(position, body, bodyLength, count);
        bodyLength += count;
        return position + count;
    }

    private void keepAhead(ByteBuffer bytes, int position, int limit) {
        ahead = ByteBuffer.allocate(limit - position);
        ahead.put(0, bytes, position, limit - position);
    }

    // ------------------------------------------------------------------ answering

    private void waitForAnswer() {
        state = State.WAITING;
        transport.wantReadable(false);
        loop.httpConnections().dequeue(this);
    }

    private void answer() {
        waitForAnswer();
        deadline(loop.wiring().frontDoor().settings().routeTimeoutNs());
        loop.counters.increment(EngineCounter.HTTP_REQUESTS);
        if (!isSafe(head.method()) && !OriginRule.allows(head, loop.wiring().frontDoor().settings().routeOrigins())) {
            loop.counters.increment(EngineCounter.HTTP_REFUSED_ORIGIN);
            respond(error(403, "a page of this Origin may not send this"));
            return;
        }
        PlainRequest request = new PlainRequest(head, body, client, transport.peerAddress());
        if (!loop.runCold(() -> ask(request))) {
            respond(error(503, "the server is busy"));
        }
    }

    /** Methods that change nothing (RFC 9110 section 9.2.1): a page may send these anywhere, and browsers keep the answer from it. */
    private static boolean isSafe(String method) {
        return method.equals("GET") || method.equals("HEAD") || method.equals("OPTIONS");
    }

    /** On a cold thread. */
    private void ask(PlainRequest request) {
        try {
            loop.wiring().requestHandler().handle(request)
                    .whenComplete((answer, failure) -> loop.proxy().executeUrgently(() -> onAnswer(answer, failure)));
        } catch (Throwable t) {
            loop.proxy().executeUrgently(() -> onAnswer(null, t));
        }
    }

    private void onAnswer(HttpResponse answer, Throwable failure) {
        if (state != State.WAITING) {
            return;
        }
        if (answer == null) {
            loop.handlerErrors().onError(failure != null ? failure : new NullPointerException("a route answered null to " + head.method()));
            respond(error(500, "the handler of this route failed"));
        } else {
            respond(answer);
        }
    }

    private static HttpResponse error(int status, String message) {
        byte[] body = HttpResponseEncoder.errorBody(status, HttpResponseEncoder.reasonPhrase(status), message, null);
        return HttpResponse.of(status, "application/json", body);
    }

    private void respond(HttpResponse answer) {
        List<HttpField> fields = new ArrayList<>(answer.headers().size());
        try {
            answer.headers().forEach(header -> fields.add(new HttpField(header.getKey(), header.getValue())));
            String date = HttpDate.format(loop.nowMs());
            boolean isHead = head.method().equals("HEAD");
            write(answer.status(), null, isHead
                    ? HttpResponseEncoder.encodeHead(answer.status(), fields, answer.body().length, isKeptAlive, date)
                    : HttpResponseEncoder.encode(answer.status(), fields, answer.body(), isKeptAlive, date));
        } catch (IllegalArgumentException badHeader) {
            loop.handlerErrors().onError(badHeader);
            refuse(new HandshakeViolation(500, null, "the handler of this route gave an unusable answer", List.of()));
        }
    }

    /** The request cannot be served, and nothing that follows it can be understood. */
    void refuse(HandshakeViolation violation) {
        isKeptAlive = false;
        write(violation.statusCode(), violation.message(), HttpResponseEncoder.encodeRefusal(violation, HttpDate.format(loop.nowMs())));
    }

    /** The upgrade is refused; the connection ends. */
    void refuse(int status, String error, String message, HttpField... fields) {
        isKeptAlive = false;
        HttpField[] all = Arrays.copyOf(fields, fields.length + 1);
        all[fields.length] = new HttpField("Content-Type", "application/json");
        byte[] json = HttpResponseEncoder.errorBody(status, error, message, null);
        write(status, message, HttpResponseEncoder.encode(status, List.of(all), json, false, HttpDate.format(loop.nowMs())));
    }

    private void writeContinue() {
        response = ByteBuffer.wrap(CONTINUE);
        writeResponse();
    }

    /** @param refusal why the request was refused; null if a route has answered it. */
    private void write(int status, String refusal, byte[] bytes) {
        loop.witness().answered(this, status, bytes.length, refusal);
        loop.counters.increment(RESPONSES_BY_CLASS[status / 100 - 2]);
        state = State.WRITING;
        transport.wantReadable(false);
        loop.httpConnections().enqueue(this);
        deadline(loop.wiring().settings().handshakeTimeoutNs());
        ByteBuffer all = response == null ? ByteBuffer.wrap(bytes)
                : ByteBuffer.allocate(response.remaining() + bytes.length).put(response).put(bytes).flip();
        response = all;
        if (writeResponse()) {
            onWritten();
        }
        countHeld();
    }

    /** @return whether everything is written. */
    private boolean writeResponse() {
        ByteBuffer scratch = loop.cork.buffer();
        try {
            while (response.hasRemaining()) {
                int count = Math.min(response.remaining(), scratch.capacity());
                scratch.clear().put(0, response, response.position(), count).limit(count);
                int written = transport.write(scratch);
                loop.counters.add(EngineCounter.BYTES_OUT, written);
                response.position(response.position() + written);
                if (written < count) {
                    transport.wantWritable(true);
                    return false;
                }
            }
        } catch (IOException lineIsBroken) {
            close();
            return false;
        } finally {
            scratch.clear();
        }
        if (!transport.isFlushed()) {
            return false;
        }
        response = null;
        transport.wantWritable(false);
        return true;
    }

    /** A peer that reads slowly has time as long as it reads at all. */
    @Override
    public void onWritable() {
        if (response == null) {
            return;
        }
        int before = response.remaining();
        boolean isWritten = writeResponse();
        if (state != State.WRITING) {
            return;
        }
        if (isWritten) {
            onWritten();
        } else if (response.remaining() < before) {
            deadline(loop.wiring().settings().handshakeTimeoutNs());
        }
        countHeld();
    }

    private void onWritten() {
        if (!isKeptAlive) {
            state = State.LINGERING;
            forgetRequest();
            transport.shutdownOutput();
            transport.wantReadable(true);
            deadline(LINGER_NS);
            return;
        }
        state = State.READING;
        isResting = true;
        head = null;
        body = null;
        decoder.reset();
        loop.httpConnections().dequeue(this);
        loop.httpConnections().enqueue(this);
        deadline(loop.wiring().settings().keepAliveTimeoutNs());
        if (ahead == null) {
            transport.wantReadable(true);
        } else {
            loop.proxy().executeUrgently(this::processAhead);
        }
    }

    /**
     * By a command of its own, so that a long pipeline of requests does not become a deep stack. What the socket holds comes later and is
     * not read before.
     */
    private void processAhead() {
        if (state == State.READING) {
            ByteBuffer bytes = ahead;
            ahead = null;
            process(bytes, 0, bytes.limit());
        }
        if (state == State.READING) {
            transport.wantReadable(true);
        }
        countHeld();
    }

    // ------------------------------------------------------------------ memory

    /** What its request, or the answer to it, takes of memory; nothing once it is gone. */
    long heldBytes() {
        if (state == State.CLOSED || state == State.HANDED_OVER) {
            return 0;
        }
        return decoder.heldBytes() + (head == null ? 0 : head.heldBytes()) + (body == null ? 0 : body.length)
                + (ahead == null ? 0 : ahead.capacity()) + (response == null ? 0 : response.capacity());
    }

    private void countHeld() {
        long now = heldBytes();
        loop.httpConnections().addHeldBytes(now - countedBytes);
        countedBytes = now;
    }

    /** The engine takes too much memory, and this connection much of it. What the server works on stays: ending it would free nothing. */
    void shed() {
        if (state == State.READING) {
            loop.counters.increment(EngineCounter.SHED_CONNECTIONS);
            refuse(SHORT_OF_MEMORY);
            decoder.reset();
            forgetRequest();
            countHeld();
        } else if (state == State.WRITING) {
            loop.counters.increment(EngineCounter.SHED_CONNECTIONS);
            close();
        }
    }

    private void forgetRequest() {
        head = null;
        body = null;
        ahead = null;
    }

    // ------------------------------------------------------------------ upgrade

    /** Another owner has the transport from now on. @return bytes that came behind the request, or null. */
    ByteBuffer handOver() {
        state = State.HANDED_OVER;
        cancelTimer();
        countHeld();
        loop.httpConnections().remove(this);
        return ahead;
    }

    // ------------------------------------------------------------------ time and end

    private void deadline(long timeoutNs) {
        cancelTimer();
        timerId = loop.timers().schedule(loop.nowNs() + timeoutNs, this, 0);
    }

    void cancelTimer() {
        loop.timers().cancel(timerId);
        timerId = Timers.NO_TIMER;
    }

    @Override
    public void onTimer(long firedId, int kind, long nowNs) {
        timerId = Timers.NO_TIMER;
        boolean isHalfRead = state == State.READING && (head != null || !decoder.isIdle());
        if (isHalfRead) {
            loop.counters.increment(EngineCounter.UPGRADES_REFUSED_TIMEOUT);
            refuse(new HandshakeViolation(408, null, "the request took too long to arrive", List.of()));
        } else if (state == State.WAITING) {
            onRouteTimeout();
        } else {
            if (state == State.READING && !isResting) {
                loop.counters.increment(EngineCounter.HANDSHAKES_TIMED_OUT);
            }
            close();
        }
    }

    /** Its answer may still come, and must not be taken for that to a later request: there is none on this connection. */
    private void onRouteTimeout() {
        loop.counters.increment(EngineCounter.ROUTE_TIMEOUTS);
        isKeptAlive = false;
        respond(error(503, "the handler of this route took too long"));
    }

    @Override
    public void onTransportError(Throwable error) {
        loop.errorHandler().onError(error);
        close();
    }

    void close() {
        if (state != State.CLOSED && state != State.HANDED_OVER) {
            state = State.CLOSED;
            cancelTimer();
            countHeld();
            transport.close();
            loop.httpConnections().remove(this);
            loop.onSocketClosed(transport);
        }
    }
}
