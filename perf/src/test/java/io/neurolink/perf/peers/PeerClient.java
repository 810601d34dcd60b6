package io.neurolink.perf.peers;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The JDK's client; what comes in is kept as text, binary messages in hexadecimal. */
public final class PeerClient implements WebSocket.Listener {
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private final StringBuilder parts = new StringBuilder();
    private final WebSocket socket;

    public PeerClient(HttpClient client, String url) {
        socket = client.newWebSocketBuilder().buildAsync(URI.create(url), this).orTimeout(60, TimeUnit.SECONDS).join();
    }

    public PeerClient sendText(String text) {
        socket.sendText(text, true).join();
        return this;
    }

    public PeerClient sendBinary(byte... bytes) {
        socket.sendBinary(ByteBuffer.wrap(bytes), true).join();
        return this;
    }

    public String next() throws InterruptedException {
        return received.poll(60, TimeUnit.SECONDS);
    }

    public void close() {
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").orTimeout(60, TimeUnit.SECONDS).join();
    }

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
        parts.append(data);
        return partTaken(webSocket, last);
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        parts.append(HexFormat.of().formatHex(bytes));
        return partTaken(webSocket, last);
    }

    private CompletionStage<?> partTaken(WebSocket webSocket, boolean last) {
        if (last) {
            received.add(parts.toString());
            parts.setLength(0);
        }
        webSocket.request(1);
        return null;
    }
}
