package io.neurolink.engine.socket.stress;

import io.neurolink.engine.socket.Frames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * One place of the swarm, which lives many lives: connects, exchanges messages, listens a while, ends in one of many ways. What comes
 * goes through a {@link Ledger}. The swarm's thread only.
 */
final class SwarmClient {
    private static final int WINDOW = 4;
    private static final int MAX_EXCHANGES = 20;
    private static final long MAX_REST_NS = TimeUnit.SECONDS.toNanos(6);
    private static final long DEAF_NS = TimeUnit.SECONDS.toNanos(4);
    private static final int SLOW_CONSUMER = 1013;
    private static final int GOING_AWAY = 1001;

    /** What the client is doing. */
    enum State { NEW, CONNECTING, UPGRADING, TALKING, RESTING, STAYING, ENDING, DEAF, ENDED }

    private final Swarm swarm;
    private final int slot;
    private final SplittableRandom random;

    private State state = State.NEW;
    private Ending ending;
    private int tag;
    private Line line;
    private Ledger ledger;
    private FrameFeed feed;
    private byte[] head = new byte[0];
    private int exchanges;
    private int sent;
    private long untilNs;
    private boolean isCloseReceived;

    SwarmClient(Swarm swarm, int slot) {
        this.swarm = swarm;
        this.slot = slot;
        this.random = new SplittableRandom(slot);
    }

    State state() {
        return state;
    }

    boolean isGone() {
        return state == State.NEW || state == State.ENDED;
    }

    void start() throws IOException {
        tag = swarm.nextTag();
        ending = Ending.next(random);
        ledger = new Ledger(tag, tag % StressHandler.TOPICS, Swarm.THREADS);
        feed = new FrameFeed(this::onFrame);
        head = new byte[0];
        exchanges = random.nextInt(MAX_EXCHANGES);
        sent = 0;
        isCloseReceived = false;
        state = State.CONNECTING;
        line = Line.connect(swarm.address(), swarm.selector(), this, ending == Ending.DEAF);
    }

    private void end() throws IOException {
        state = State.ENDED;
        line.close();
    }

    private void fault(String what) {
        swarm.faults().add("client " + tag + " in " + state + ", to end by " + ending + ": " + what);
    }

    // ------------------------------------------------------------------ what the selector says

    void onConnectable() throws IOException {
        line.finishConnect();
        byte[] request = ("GET " + (ending == Ending.REFUSED ? "/nowhere" : "/ws") + "?slot=" + slot + "&tag=" + tag + " HTTP/1.1\r\n"
                + "Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
        state = State.UPGRADING;
        if (ending == Ending.UNFINISHED_REQUEST) {
            line.write(Arrays.copyOf(request, random.nextInt(request.length)));
            if (random.nextBoolean()) {
                line.reset();
            }
            end();
        } else {
            line.write(request);
            if (ending == Ending.EARLY_RESET) {
                line.reset();
                end();
            }
        }
    }

    void onWritable() throws IOException {
        line.writeMore();
    }

    void onReadable(ByteBuffer buffer) throws IOException {
        int count = read(buffer.clear());
        if (count < 0) {
            onEnd();
        } else if (state == State.UPGRADING) {
            takeHead(buffer.flip());
        } else {
            feed.take(buffer.flip());
        }
    }

    /** Who was deaf may find the line cut. */
    private int read(ByteBuffer buffer) throws IOException {
        try {
            return line.read(buffer);
        } catch (IOException e) {
            if (ending == Ending.DEAF && state == State.ENDING) {
                return -1;
            }
            throw e;
        }
    }

    void onFailure(Exception failure) {
        StackTraceElement[] stack = failure.getStackTrace();
        fault(failure + (stack.length == 0 ? "" : " at " + stack[0]));
        try {
            end();
        } catch (IOException e) {
            fault("and cannot be closed: " + e);
        }
    }

    private void onEnd() throws IOException {
        boolean isExpected = isCloseReceived || ending == Ending.REFUSED
                || state == State.ENDING && (ending == Ending.HALF_CLOSE || ending == Ending.DEAF);
        if (!isExpected) {
            fault("end of stream without a close frame, after " + ledger.echoes() + " echoes");
        }
        end();
    }

    // ------------------------------------------------------------------ upgrade

    private void takeHead(ByteBuffer bytes) throws IOException {
        byte[] more = new byte[bytes.remaining()];
        bytes.get(more);
        head = Frames.join(head, more);
        String text = new String(head, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            return;
        }
        String expected = ending == Ending.REFUSED ? "HTTP/1.1 404 " : "HTTP/1.1 101 ";
        if (!text.startsWith(expected)) {
            throw new IOException("expected " + expected + "and got " + text);
        }
        if (ending != Ending.REFUSED) {
            state = State.TALKING;
            swarm.countUpgrade();
            for (int i = 0; i < WINDOW; i++) {
                say();
            }
            feed.take(ByteBuffer.wrap(head, end + 4, head.length - end - 4));
        }
    }

    // ------------------------------------------------------------------ talking

    private void say() throws IOException {
        if (state == State.TALKING && sent < exchanges) {
            if (random.nextInt(20) == 0) {
                write(Stamp.text(Stamp.THROW, 0, tag));
            }
            int dice = random.nextInt(200);
            write(Stamp.text(Stamp.MESSAGE, dice == 0 ? 40_000 : dice < 5 ? 5000 : dice, tag, sent++));
        } else if (state == State.TALKING && ledger.echoes() == exchanges) {
            state = State.RESTING;
            untilNs = System.nanoTime() + random.nextLong(MAX_REST_NS);
        }
    }

    private void write(String text) throws IOException {
        line.write(random.nextBoolean() ? Frames.text(text) : Frames.binary(text.getBytes(StandardCharsets.US_ASCII)));
    }

    private void onFrame(int opcode, byte[] payload) {
        try {
            switch (opcode) {
                case Frames.TEXT, Frames.BINARY -> onMessage(Stamp.parse(payload));
                case Frames.PING -> answer(Frames.pong(payload));
                case Frames.CLOSE -> onClose(payload);
                default -> fault("opcode " + opcode);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void onMessage(Stamp stamp) throws IOException {
        if (isCloseReceived) {
            fault(stamp + " after the close frame");
        }
        swarm.countMessage();
        ledger.take(stamp);
        if (stamp.kind() == Stamp.ECHO) {
            say();
        }
    }

    private void onClose(byte[] body) throws IOException {
        int code = body.length < 2 ? 0 : (body[0] & 0xFF) << 8 | body[1] & 0xFF;
        String reason = new String(body, Math.min(2, body.length), Math.max(0, body.length - 2), StandardCharsets.UTF_8);
        boolean isAnswer = state == State.ENDING && ending == Ending.CLOSE && code == 1000 && reason.equals("bye " + tag);
        boolean isWished = state == State.ENDING && ending == Ending.SERVER_CLOSE && code == 4000 + tag % 1000
                && reason.equals("as " + tag + " wished");
        boolean isRefusal = state == State.ENDING && ending == Ending.VIOLATION && code == 1002;
        boolean isSlow = code == SLOW_CONSUMER && reason.equals("slow consumer");
        boolean isShutdown = code == GOING_AWAY && state == State.STAYING;
        if (!isAnswer && !isWished && !isRefusal && !isSlow && !isShutdown) {
            fault("close frame " + code + " " + reason);
        }
        swarm.countClose(code);
        isCloseReceived = true;
        answer(Frames.close(body));
    }

    /** After its own close frame, or its half of the line, a client says nothing any more. */
    private void answer(byte[] frame) throws IOException {
        if (!(state == State.ENDING && (ending == Ending.CLOSE || ending == Ending.HALF_CLOSE))) {
            line.write(frame);
        }
    }

    // ------------------------------------------------------------------ ending

    /** @param isOver whether no life may go on, unless it is one that stays for the server's own end. */
    void tick(long nowNs, boolean isOver) throws IOException {
        boolean isDue = nowNs - untilNs >= 0;
        if (state == State.RESTING && (isDue || isOver) && !isCloseReceived) {
            if (isOver && slot % 10 == 0) {
                state = State.STAYING;
            } else {
                beginEnding(nowNs);
            }
        } else if (state == State.DEAF && isDue) {
            state = State.ENDING;
            line.listen(true);
        }
    }

    private void beginEnding(long nowNs) throws IOException {
        state = State.ENDING;
        swarm.countEnding(ending);
        switch (ending) {
            case CLOSE -> line.write(Frames.close(1000, "bye " + tag));
            case SERVER_CLOSE -> write(Stamp.text(Stamp.CLOSE, 0, tag));
            case RESET -> {
                line.reset();
                end();
            }
            case HALF_CLOSE -> line.shutdownOutput();
            case VANISH -> {
                byte[] frame = Frames.binary(Frames.payload(random.nextInt(1, 100_000)));
                line.write(Arrays.copyOf(frame, random.nextInt(1, Math.min(frame.length, 20_000))));
                end();
            }
            case VIOLATION -> line.write(Frames.of(0xC0 | Frames.TEXT, new byte[10]));
            case DEAF -> {
                write(Stamp.text(Stamp.FLOOD, 0, tag));
                line.listen(false);
                state = State.DEAF;
                untilNs = nowNs + DEAF_NS;
            }
            default -> throw new IllegalStateException(ending + " comes before the upgrade");
        }
    }
}
