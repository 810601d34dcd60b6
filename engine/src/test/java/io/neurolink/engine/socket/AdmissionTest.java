package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.AuthConfig;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.EngineListener;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is let in: numbers of connections, origins, and upgrades that are none. */
class AdmissionTest {
    private static final int CROWD = 40;
    private static final int ROOM = 7;

    @Test
    void shouldRefuseOneConnectionTooManyUntilAnotherHasGone() throws IOException {
        Queue<String> refused = new ConcurrentLinkedQueue<>();
        EngineListener listener = new EngineListener() {
            @Override
            public void onUpgradeRefused(SocketAddress remoteAddress, String path, int status, String message) {
                refused.add(path + " " + status + " " + message);
            }
        };
        WebSocketConfig config = WebSocketConfig.builder().maxConnections(2).listener(listener).build();
        try (TestServer server = TestServer.start(config, TestServer.ECHO, builder -> builder.eventLoops(1));
                RawClient first = server.open();
                RawClient second = server.open();
                RawClient third = RawClient.connect(server.address())) {
            HttpAnswer answer = third.upgrade("/ws");
            assertEquals(503, answer.status());
            assertEquals("{\"error\":\"WebSocketConnectionError\",\"message\":\"Maximum connections (2) reached\",\"status\":503}",
                    answer.text());
            assertTrue(Integer.parseInt(answer.header("Retry-After")) > 0);
            third.expectEnd();
            assertEquals(List.of("/ws 503 Maximum connections (2) reached"), List.copyOf(refused));
            assertEquals(1, server.counter("upgrades.refused.max_connections"));
            second.closeNormally();
            Await.untilEquals(1, server.manager()::getConnectionCount);
            try (RawClient fourth = server.open()) {
                fourth.send(Frames.text("room again"));
                fourth.expect(Frame.text("room again"));
            }
            first.closeNormally();
        }
    }

    @Test
    void shouldAdmitExactlyAsManyOfACrowdAsThereIsRoomFor() throws IOException {
        WebSocketConfig config = WebSocketConfig.builder().maxConnections(ROOM).build();
        try (TestServer server = TestServer.start(config, TestServer.ECHO, builder -> builder.eventLoops(2))) {
            List<RawClient> crowd = new ArrayList<>();
            for (int i = 0; i < CROWD; i++) {
                RawClient client = RawClient.connect(server.address());
                crowd.add(client);
                client.send(RawClient.upgradeRequest("/ws"));
            }
            List<Integer> answers = new ArrayList<>();
            for (RawClient client : crowd) {
                answers.add(client.readAnswer().status());
            }
            assertEquals(ROOM, answers.stream().filter(status -> status == 101).count());
            assertEquals(CROWD - ROOM, answers.stream().filter(status -> status == 503).count());
            assertEquals(ROOM, server.manager().getConnectionCount());
            for (RawClient client : crowd) {
                client.close();
            }
            server.awaitCounter("sockets.open", 0);
        }
    }

    @Test
    void shouldLimitTheConnectionsOfEachUser() throws IOException {
        WebSocketConfig config = WebSocketConfig.builder().maxConnectionsPerUser(1).auth(AuthConfig.bearer(AuthenticatedUser::of).build())
                .build();
        try (TestServer server = TestServer.start(config, TestServer.ECHO, builder -> builder.eventLoops(1));
                RawClient ada = RawClient.open(server.address(), "/ws?token=ada");
                RawClient bob = RawClient.open(server.address(), "/ws?token=bob");
                RawClient adaAgain = RawClient.connect(server.address())) {
            HttpAnswer answer = adaAgain.upgrade("/ws?token=ada");
            assertEquals(503, answer.status());
            assertTrue(answer.text().contains("Maximum connections per user (1) reached"), answer::text);
            assertEquals(2, server.manager().getConnectionCount());
            ada.closeNormally();
            Await.untilEquals(1, server.manager()::getConnectionCount);
            RawClient.open(server.address(), "/ws?token=ada").close();
            bob.closeNormally();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "same host,             '',                              ,                            101",
        "same host,             '',                              http://localhost,            101",
        "same host,             '',                              http://localhost:8080,       403",
        "same host,             '',                              http://evil.example,         403",
        "same host,             '',                              http://localhost.evil.example, 403",
        "same host,             '',                              null,                        403",
        "listed,                https://app.example,             https://app.example,         101",
        "listed,                https://app.example,             https://APP.example:443,     101",
        "listed,                https://app.example,             http://app.example,          403",
        "listed,                https://app.example,             http://localhost,            403",
        "listed,                https://app.example,             ,                            101",
        "any,                   *,                               http://evil.example,         101",
        "any,                   *,                               null,                        101",
    })
    void shouldLookAtTheOrigin(String rule, String allowed, String origin, int status) throws IOException {
        WebSocketConfig.Builder config = WebSocketConfig.builder();
        if (!allowed.isEmpty()) {
            config.allowedOrigins(allowed);
        }
        try (TestServer server = TestServer.start(config.build(), TestServer.ECHO);
                RawClient client = RawClient.connect(server.address())) {
            HttpAnswer answer = origin == null ? client.upgrade("/ws") : client.upgrade("/ws", "Origin: " + origin);
            assertEquals(status, answer.status(), answer::text);
            assertEquals(status == 403 ? 1 : 0, server.counter("upgrades.refused.origin"));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "POST /ws HTTP/1.1 | UPGRADE~13~KEY | 405",
        "GET /ws HTTP/1.0  | UPGRADE~13~KEY | 400",
        "GET /ws HTTP/1.1  | Upgrade: websocket~Connection: close~13~KEY | 400",
        "GET /ws HTTP/1.1  | UPGRADE~Sec-WebSocket-Version: 8~KEY | 426",
        "GET /ws HTTP/1.1  | Upgrade: h2c~Connection: Upgrade~13~KEY | 426",
        "GET /ws HTTP/1.1  | UPGRADE~13~Sec-WebSocket-Key: short | 400",
        "GET /ws HTTP/1.1  | UPGRADE~13 | 400",
        "GET ws HTTP/1.1   | UPGRADE~13~KEY | 400",
        "GET /ws HTTP/1.1  | Upgrade : websocket~Connection: Upgrade | 400",
        "GET /ws HTTP/2.0  | UPGRADE | 505",
    })
    void shouldRefuseUpgradesThatAreNone(String requestLine, String headers, int status) throws IOException {
        try (TestServer server = TestServer.start(WebSocketConfig.defaults(), TestServer.ECHO);
                RawClient client = RawClient.connect(server.address())) {
            String lines = headers.replace("UPGRADE", "Upgrade: websocket~Connection: Upgrade").replace("~13", "~Sec-WebSocket-Version: 13")
                    .replace("KEY", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==").replace("~", "\r\n");
            client.send(requestLine + "\r\nHost: localhost\r\n" + lines + "\r\n\r\n");
            HttpAnswer answer = client.readAnswer();
            assertEquals(status, answer.status(), answer::text);
            client.expectEnd();
        }
    }
}
