package io.neurolink.agent.support;

import io.neurolink.agent.envelope.EnvelopeReader;
import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.engine.spi.WebSocketMessageType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A connection without a socket: what is sent is kept as messages in order, and the test decides whether the peer reads. While it does not,
 * sent bytes are buffered; above the high mark the connection is not writable, above the limit it drops. Every message is held to the
 * schema of the agent protocol.
 */
public final class FakeConnection extends StubConnection {
    private final List<Map<String, Object>> messages = new ArrayList<>();
    private final EnvelopeReader reader = new EnvelopeReader(64 * 1024 * 1024, 128, 10_000_000);
    private WebSocketHandler handler;
    private AuthenticatedUser user;
    private Function<String, CompletionStage<AuthDecision>> authenticator =
            credential -> CompletableFuture.completedStage(AuthDecision.rejected(null, "wrong"));
    private String fault = "";
    private boolean isAgentProtocol = true;
    private boolean isOpen = true;
    private boolean isReading = true;
    private boolean isLaneFull;
    private boolean owesWritable;
    private long buffered;
    private long highMark = 1000;
    private long limit = 1_000_000;
    private long refusedAbove = Long.MAX_VALUE;
    private long peakBuffered;
    private int closeCode;
    private Runnable onBackPressure = () -> { };
    private Consumer<Map<String, Object>> onSent = message -> { };

    /** What is sent need not keep to the schema of the agent protocol: the application has messages of its own. */
    public FakeConnection ownMessages() {
        isAgentProtocol = false;
        return this;
    }

    /** Lets a handler serve this connection: its {@code onOpen} is called. */
    public FakeConnection open(WebSocketHandler newHandler) {
        handler = newHandler;
        handler.onOpen(this);
        return this;
    }

    public FakeConnection marks(long newHighMark, long newLimit) {
        highMark = newHighMark;
        limit = newLimit;
        return this;
    }

    /** Longer messages than this, but for errors, are refused with an exception, as what exceeds the limit of a real connection is. */
    public void refuseAbove(long length) {
        refusedAbove = length;
    }

    public FakeConnection user(AuthenticatedUser newUser) {
        user = newUser;
        return this;
    }

    public FakeConnection authenticator(Function<String, CompletionStage<AuthDecision>> newAuthenticator) {
        authenticator = newAuthenticator;
        return this;
    }

    /** Does something in the middle of a send that the lane does not take, as another thread might. */
    public void onBackPressure(Runnable action) {
        onBackPressure = action;
    }

    /** Does something before a send returns, as a fast client might. */
    public void onSent(Consumer<Map<String, Object>> action) {
        onSent = action;
    }

    /** A text message comes in. */
    public void receive(String text) {
        handler.onMessage(this, new FakeMessage(WebSocketMessageType.TEXT, text.getBytes(StandardCharsets.UTF_8)));
    }

    /** A text message comes in that the engine found to be one too many. */
    public void receiveLimited(String text, long retryAfterMs) {
        handler.onRateLimited(this, new FakeMessage(WebSocketMessageType.TEXT, text.getBytes(StandardCharsets.UTF_8)), retryAfterMs);
    }

    /** A message of any kind comes in. */
    public void receive(WebSocketMessageType type, byte[] bytes) {
        handler.onMessage(this, new FakeMessage(type, bytes));
    }

    /** The peer stops reading: what is sent is buffered. */
    public synchronized void stopReading() {
        isReading = false;
    }

    /** The hand-off to the loop is full, or not any more. */
    public void laneFull(boolean isFull) {
        synchronized (this) {
            isLaneFull = isFull;
        }
        tellWritable();
    }

    /** The peer reads everything there is, and goes on reading. */
    public void readAll() {
        synchronized (this) {
            isReading = true;
            buffered = 0;
        }
        tellWritable();
    }

    /** The peer reads what there is, and stops again. */
    public void readOnce() {
        synchronized (this) {
            buffered = 0;
        }
        tellWritable();
    }

    private void tellWritable() {
        boolean isDue;
        synchronized (this) {
            isDue = owesWritable && isOpen && !isLaneFull && buffered <= highMark;
            owesWritable = owesWritable && !isDue;
        }
        if (isDue) {
            handler.onWritable(this);
        }
    }

    /** The line breaks. */
    public void disconnect() {
        end(1006);
    }

    /** The client closes the connection. */
    public void leave() {
        end(1000);
    }

    private void end(int code) {
        synchronized (this) {
            isOpen = false;
        }
        handler.onClose(this, code, "");
    }

    /** @return every message sent so far, in order. */
    public synchronized List<Map<String, Object>> messages() {
        checkForFaults();
        return List.copyOf(messages);
    }

    /** @return the messages sent since the last call of this. */
    public synchronized List<Map<String, Object>> take() {
        checkForFaults();
        List<Map<String, Object>> taken = List.copyOf(messages);
        messages.clear();
        return taken;
    }

    /** @return the messages of one run. */
    public synchronized List<Map<String, Object>> ofRun(String requestId) {
        checkForFaults();
        return messages.stream().filter(message -> requestId.equals(message.get("requestId"))).toList();
    }

    /** For tests that are not Jupiter's. */
    private void checkForFaults() {
        if (!fault.isEmpty()) {
            throw new AssertionError(fault);
        }
    }

    public synchronized long peakBuffered() {
        return peakBuffered;
    }

    public int closeCode() {
        return closeCode;
    }

    @Override
    public synchronized SendResult sendText(ByteBuffer utf8) {
        if (!isOpen) {
            return SendResult.CLOSED;
        }
        if (utf8.remaining() > refusedAbove && !StandardCharsets.UTF_8.decode(utf8.duplicate()).toString().contains("\"error\"")) {
            throw new IllegalArgumentException("a message of " + utf8.remaining() + " bytes cannot be sent");
        }
        if (isLaneFull) {
            owesWritable = true;
            Runnable action = onBackPressure;
            onBackPressure = () -> { };
            action.run();
            return SendResult.BACK_PRESSURED;
        }
        if (buffered + utf8.remaining() > limit) {
            return SendResult.DROPPED;
        }
        if (!isReading) {
            buffered += utf8.remaining();
            peakBuffered = Math.max(peakBuffered, buffered);
            owesWritable = owesWritable || buffered > highMark;
        }
        @SuppressWarnings("unchecked")
        Map<String, Object> message = (Map<String, Object>) reader.readValue(utf8);
        if (isAgentProtocol && fault.isEmpty()) {
            fault = ServerMessages.check(message);
        }
        messages.add(message);
        onSent.accept(message);
        return SendResult.ACCEPTED;
    }

    @Override
    public AuthenticatedUser user() {
        return user;
    }

    @Override
    public synchronized boolean isOpen() {
        return isOpen;
    }

    @Override
    public CompletableFuture<Void> close(int code, String reason) {
        closeCode = code;
        disconnect();
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public synchronized long bufferedAmount() {
        return buffered;
    }

    @Override
    public synchronized boolean isWritable() {
        return isOpen && buffered <= highMark;
    }

    @Override
    public CompletionStage<AuthDecision> authenticate(String credential) {
        return authenticator.apply(credential).thenApply(decision -> {
            if (decision.isAccepted()) {
                user = decision.user();
            }
            return decision;
        });
    }

    private record FakeMessage(WebSocketMessageType type, byte[] payload) implements WebSocketMessage {
        @Override
        public int length() {
            return payload.length;
        }

        @Override
        public String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }

        @Override
        public ByteBuffer bytes() {
            return ByteBuffer.wrap(payload).asReadOnlyBuffer();
        }

        @Override
        public byte[] toByteArray() {
            return payload.clone();
        }

        @Override
        public long timestamp() {
            return 0;
        }
    }
}
