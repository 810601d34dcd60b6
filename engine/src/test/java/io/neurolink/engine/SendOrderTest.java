package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Messages of several threads that take turns, each after the other's send returned, arrive in that order. */
class SendOrderTest {
    private static final int TURNS = 2000;

    @ParameterizedTest
    @EnumSource(value = HandlerThreading.class, names = {"WORKER", "INLINE"})
    void shouldKeepTheOrderInWhichSendsHappenedAcrossThreads(HandlerThreading threading) throws Exception {
        ExecutorService other = Executors.newSingleThreadExecutor();
        WebSocketConnectionManager manager = new WebSocketConnectionManager(
                WebSocketConfig.builder().handlerThreading(threading).build());
        manager.registerHandler(new WebSocketHandler() {
            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                for (int i = 0; i < TURNS; i++) {
                    int number = i;
                    if (i % 3 == 1) {
                        await(other.submit(() -> send(connection, number)));
                    } else {
                        send(connection, number);
                    }
                }
            }
        });
        try (NeuroLinkServer server = NeuroLinkServer.builder().port(0).webSocket(manager).eventLoops(1).workers(1).build().start()) {
            List<Integer> received = receive(server.port());
            for (int i = 0; i < TURNS; i++) {
                assertEquals(i, received.get(i));
            }
        } finally {
            other.shutdownNow();
        }
    }

    private static void send(WebSocketConnection connection, int number) {
        while (connection.send(Integer.toString(number)) != SendResult.ACCEPTED) {
            Thread.onSpinWait();
        }
    }

    private static void await(Future<?> sent) {
        try {
            sent.get();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Integer> receive(int port) throws IOException {
        List<Integer> numbers = new ArrayList<>();
        CompletableFuture<List<Integer>> all = new CompletableFuture<>();
        WebSocket client = HttpClient.newHttpClient().newWebSocketBuilder()
                .buildAsync(URI.create("ws://localhost:" + port + "/ws"), new WebSocket.Listener() {
                    private final StringBuilder text = new StringBuilder();

                    @Override
                    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
                        text.append(data);
                        if (last) {
                            numbers.add(Integer.parseInt(text.toString()));
                            text.setLength(0);
                        }
                        if (numbers.size() == TURNS) {
                            all.complete(numbers);
                        }
                        socket.request(1);
                        return null;
                    }

                    @Override
                    public void onError(WebSocket socket, Throwable error) {
                        all.completeExceptionally(error);
                    }
                }).join();
        client.sendText("go", true);
        List<Integer> received = all.orTimeout(60, TimeUnit.SECONDS).join();
        client.abort();
        return received;
    }
}
