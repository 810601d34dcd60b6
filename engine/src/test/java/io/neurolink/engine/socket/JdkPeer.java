package io.neurolink.engine.socket;

import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The JDK's WebSocket client, with what it receives in a queue: whole messages, pongs, the close and errors, in order. */
final class JdkPeer implements WebSocket.Listener {
    static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final BlockingQueue<Object> received = new LinkedBlockingQueue<>();
    private final StringBuilder text = new StringBuilder();
    private final ByteArrayOutputStream binary = new ByteArrayOutputStream();
    private WebSocket webSocket;

    /** What the peer said when it closed. */
    record Closed(int code, String reason) {
    }

    /** A pong. */
    record Pong(List<Byte> payload) {
        static Pong of(byte... payload) {
            List<Byte> bytes = new ArrayList<>();
            for (byte each : payload) {
                bytes.add(each);
            }
            return new Pong(bytes);
        }
    }

    static CompletableFuture<JdkPeer> connect(InetSocketAddress address, String target, WebSocket.Builder builder) {
        JdkPeer peer = new JdkPeer();
        URI uri = URI.create("ws://" + address.getAddress().getHostAddress() + ":" + address.getPort() + target);
        return builder.buildAsync(uri, peer).thenApply(webSocket -> {
            peer.webSocket = webSocket;
            return peer;
        });
    }

    static JdkPeer open(InetSocketAddress address, String target) {
        return Await.done(connect(address, target, CLIENT.newWebSocketBuilder()));
    }

    WebSocket webSocket() {
        return webSocket;
    }

    /** The next thing received: a String, a ByteBuffer, a Pong, a Closed or a Throwable. */
    Object next() {
        try {
            Object next = received.poll(Await.TIMEOUT_S, TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("nothing was received");
            }
            return next;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public CompletionStage<?> onText(WebSocket source, CharSequence data, boolean last) {
        text.append(data);
        if (last) {
            received.add(text.toString());
            text.setLength(0);
        }
        source.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket source, ByteBuffer data, boolean last) {
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        binary.writeBytes(bytes);
        if (last) {
            received.add(ByteBuffer.wrap(binary.toByteArray()));
            binary.reset();
        }
        source.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onPong(WebSocket source, ByteBuffer message) {
        byte[] bytes = new byte[message.remaining()];
        message.get(bytes);
        received.add(Pong.of(bytes));
        source.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket source, int code, String reason) {
        received.add(new Closed(code, reason));
        return null;
    }

    @Override
    public void onError(WebSocket source, Throwable error) {
        received.add(error);
    }
}
