package io.neurolink.samples;

import io.neurolink.engine.DrainOptions;
import io.neurolink.engine.DrainReport;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.spi.DrainNotice;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/** The samples of docs/operations/deploy.md. */
final class DrainSamples {
    private DrainSamples() {
    }

    static CompletableFuture<DrainReport> drain(NeuroLinkServer server) {
        return server.drain(DrainOptions.builder()
                .delay(Duration.ofSeconds(5))       // not ready, but everything goes on: load balancers notice
                .timeout(Duration.ofSeconds(30))    // for those that are busy
                .closesPerSecond(200)               // of those that are not
                .build());
    }

    static final class Downloads implements WebSocketHandler {
        private final Set<WebSocketConnection> busy = ConcurrentHashMap.newKeySet();
        private final Executor executor;

        Downloads(Executor executor) {
            this.executor = executor;
        }

        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            String name = message.text();
            busy.add(connection);
            executor.execute(() -> {
                connection.send("all of " + name);
                busy.remove(connection);
            });
        }

        @Override
        public void onDrain(WebSocketConnection connection, DrainNotice notice) {
            connection.send(notice.isLast() ? "too late, ask again elsewhere"
                    : "about to stop, come back in " + notice.reconnectAfter().toMillis() + " ms");
        }

        @Override
        public boolean isBusy(WebSocketConnection connection) {
            return busy.contains(connection);
        }

        @Override
        public void onClose(WebSocketConnection connection, int code, String reason) {
            busy.remove(connection);
        }
    }
}
