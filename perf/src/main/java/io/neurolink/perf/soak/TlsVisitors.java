package io.neurolink.perf.soak;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;

/** The JDK's own WebSocket client over TLS: a visitor sends some messages, one at a time, takes the echoes and leaves; some just vanish. */
final class TlsVisitors {
    private static final int MAX_LENGTH = 20_000;
    private static final int MESSAGES = 20;
    private static final int VANISH_ONE_IN = 5;

    private final Log log;
    private final URI target;
    private final BooleanSupplier isStopping;
    private final HttpClient client;
    private final AtomicInteger present = new AtomicInteger();

    TlsVisitors(Log log, InetSocketAddress target, SSLContext tls, BooleanSupplier isStopping) {
        this.log = log;
        this.target = URI.create("wss://" + target.getAddress().getHostAddress() + ":" + target.getPort() + "/echo");
        this.isStopping = isStopping;
        this.client = HttpClient.newBuilder().sslContext(tls).build();
    }

    /** Visitors there are now, or on their way. */
    int present() {
        return present.get();
    }

    void invite() {
        present.incrementAndGet();
        client.newWebSocketBuilder().buildAsync(target, new Visit()).whenComplete((socket, failure) -> {
            if (failure != null) {
                present.decrementAndGet();
                Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
                log.fault("a visitor over TLS was not let in: " + cause);
            }
        });
    }

    private final class Visit implements WebSocket.Listener {
        private int left = MESSAGES;
        private int expectedLength;
        private int length;
        private boolean isLeaving;

        @Override
        public void onOpen(WebSocket socket) {
            log.count("tls opened");
            send(socket);
            socket.request(1);
        }

        private void send(WebSocket socket) {
            if (left-- <= 0 || isStopping.getAsBoolean()) {
                leave(socket);
                return;
            }
            expectedLength = 1 + ThreadLocalRandom.current().nextInt(MAX_LENGTH);
            socket.sendBinary(ByteBuffer.allocate(expectedLength), true);
        }

        private void leave(WebSocket socket) {
            isLeaving = true;
            if (ThreadLocalRandom.current().nextInt(VANISH_ONE_IN) == 0) {
                log.count("tls vanished");
                socket.abort();
                present.decrementAndGet();
            } else {
                socket.sendClose(1000, "bye");
            }
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            length += data.remaining();
            if (last) {
                if (length != expectedLength) {
                    log.fault("an echo over TLS of " + length + " bytes, not " + expectedLength);
                }
                log.count("tls echoes");
                length = 0;
                send(socket);
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            present.decrementAndGet();
            if (!isLeaving || code != 1000) {
                log.fault("a visitor over TLS was closed with " + code + " " + reason);
            }
            log.count("tls closed");
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            present.decrementAndGet();
            log.fault("a visitor over TLS got " + error);
        }
    }
}
