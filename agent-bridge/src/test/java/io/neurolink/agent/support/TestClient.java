package io.neurolink.agent.support;

import io.neurolink.agent.envelope.EnvelopeReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** The JDK's WebSocket client, speaking JSON. Waits as long as it takes, up to a minute. Every message is held to the schema. */
public final class TestClient implements AutoCloseable, WebSocket.Listener {
    private static final long TIMEOUT_SECONDS = 60;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final BlockingQueue<Map<String, Object>> inbox = new LinkedBlockingQueue<>();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final StringBuilder text = new StringBuilder();
    private final EnvelopeReader reader = new EnvelopeReader(64 * 1024 * 1024, 64, 1_000_000);
    private final Semaphore reading = new Semaphore(1);
    private final WebSocket socket;

    public TestClient(int port, String path) {
        socket = HTTP.newWebSocketBuilder().buildAsync(URI.create("ws://localhost:" + port + path), this).join();
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        reading.acquireUninterruptibly();
        reading.release();
        text.append(data);
        if (last) {
            @SuppressWarnings("unchecked")
            Map<String, Object> message =
                    (Map<String, Object>) reader.readValue(ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8)));
            text.setLength(0);
            ServerMessages.check(message);
            inbox.add(message);
        }
        from.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        closed.complete(code);
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        closed.completeExceptionally(error);
    }

    public void send(String json) {
        socket.sendText(json, true).orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
    }

    /** Stops reading from the socket, so that it fills up, until {@link #resumeReading}. */
    public void stopReading() {
        reading.acquireUninterruptibly();
    }

    public void resumeReading() {
        reading.release();
    }

    /** @return the next message, whatever it is. */
    public Map<String, Object> next() throws InterruptedException {
        Map<String, Object> message = inbox.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        if (message == null) {
            throw new AssertionError("no message within " + TIMEOUT_SECONDS + " s");
        }
        return message;
    }

    /** @return the next messages up to and including the first of one of these types. */
    public List<Map<String, Object>> until(String... types) throws InterruptedException {
        List<Map<String, Object>> messages = new ArrayList<>();
        Map<String, Object> message;
        do {
            message = next();
            messages.add(message);
        } while (!List.of(types).contains(message.get("type")));
        return messages;
    }

    /** @return the close code, once the connection is closed. */
    public int closeCode() {
        return closed.orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
    }

    @Override
    public void close() {
        socket.abort();
    }
}
