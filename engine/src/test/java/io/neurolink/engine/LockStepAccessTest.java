package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.loop.AccessEntry;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.HttpResponse;
import io.neurolink.engine.spi.HttpRoute;
import io.neurolink.engine.status.MemoryBudget;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What the loops hand to the access log: once for each request, and once for each connection. */
@InAllModes
class LockStepAccessTest extends LockStepTest {
    private static final int MIB = 1024 * 1024;

    private AccessEntry.Request request(int index) {
        return assertInstanceOf(AccessEntry.Request.class, server.accessEntries.get(index));
    }

    private AccessEntry.End end(int index) {
        return assertInstanceOf(AccessEntry.End.class, server.accessEntries.get(index));
    }

    @Test
    void shouldTellOfAnUpgradeAndOfItsEnd() {
        start(config -> config.subprotocols("chat"));
        handler.atMessage((connection, message) -> connection.send(message.text()));
        TestPeer peer = server.connect();
        byte[] head = peer.upgradeRequest("/ws?token=hidden", "Sec-WebSocket-Protocol: chat");
        peer.send(Arrays.copyOf(head, 10));
        server.settle();
        server.advance(Duration.ofSeconds(3));
        peer.send(Arrays.copyOfRange(head, 10, head.length));
        server.settle();
        AccessEntry.Request upgrade = request(0);
        assertEquals(List.of(true, "GET", "/ws", 101), List.of(upgrade.isUpgrade(), upgrade.method(), upgrade.path(), upgrade.status()));
        assertEquals(Duration.ofSeconds(3).toNanos(), upgrade.durationNs(), "from its first byte on");
        assertEquals("chat", upgrade.subprotocol());
        assertNull(upgrade.userId());
        int answerLength = peer.take().length;
        assertEquals(answerLength, upgrade.bytesOut());

        server.advance(Duration.ofSeconds(7));
        peer.send(ClientFrames.text("hello"), ClientFrames.text("you"));
        server.settle();
        peer.send(ClientFrames.close(4000, "so long"));
        server.settle();
        assertEquals(2, server.accessEntries.size());
        AccessEntry.End end = end(1);
        assertEquals(upgrade.connectionId(), end.connectionId());
        assertEquals(Duration.ofSeconds(7).toNanos(), end.durationNs());
        assertEquals(List.of(2L, 2L), List.of(end.traffic().messagesIn(), end.traffic().messagesOut()));
        int framesIn = ClientFrames.text("hello").length + ClientFrames.text("you").length + ClientFrames.close(4000, "so long").length;
        assertEquals(framesIn, end.traffic().bytesIn());
        assertEquals(answerLength + 7 + 5 + 4 + "so long".length(), end.traffic().bytesOut(), "the answer to the upgrade and three frames");
        assertEquals(List.of(4000, "so long"), List.of(end.code(), end.reason()));
    }

    @Test
    void shouldTellOfEveryRequestOfAPipelineByItself() {
        server = LockStepServer.builder(mode).handler(handler).start()
                .route(HttpRoute.post("/echo", request -> HttpResponse.of(201, "text/plain", request.body())));
        TestPeer peer = server.connect().request("POST /api/echo?a=b HTTP/1.1\nHost: a\nContent-Length: 5\n\nhello"
                + "GET /none HTTP/1.1\nHost: a\n\n");
        server.settle();
        peer.take();
        assertEquals(2, server.accessEntries.size());
        assertEquals(List.of("POST", "/api/echo", 201, 5L), List.of(request(0).method(), request(0).path(), request(0).status(),
                request(0).bytesIn()));
        assertEquals(List.of("GET", "/none", 404, 0L), List.of(request(1).method(), request(1).path(), request(1).status(),
                request(1).bytesIn()));
        assertNull(request(1).reason(), "a route may answer 404");
        peer.request("POST /api/echo HTTP/1.1\nHost: a\nContent-Length: 5\n\nhello");
        server.settle();
        peer.take();
        peer.upgrade("/ws");
        server.settle();
        assertEquals(List.of(101, 0L), List.of(request(3).status(), request(3).bytesIn()));
    }

    @Test
    void shouldTellWhyARequestWasRefused() {
        server = LockStepServer.builder(mode).handler(handler).maxRequestBody(10).start();
        server.connect().request("POST /x HTTP/1.1\nHost: a\nContent-Length: 11\n\n");
        server.connect().request("GET /\u0001 HTTP/1.1\nHost: a\n\n");
        server.connect().upgrade("/elsewhere");
        server.settle();
        assertEquals(3, server.accessEntries.size());
        List<String> seen = server.accessEntries.stream().map(AccessEntry.Request.class::cast)
                .map(entry -> entry.isUpgrade() + " " + entry.path() + " " + entry.status()).sorted().toList();
        assertEquals(List.of("false /x 413", "false null 400", "true /elsewhere 404"), seen);
        server.accessEntries.forEach(entry -> assertInstanceOf(String.class, ((AccessEntry.Request) entry).reason()));
    }

    @Test
    void shouldTellOfARequestThatTakesTooLong() {
        start();
        server.connect().request("GET /slow HTTP/1.1\nHost");
        server.settle();
        server.connect().request("GET /slo");
        server.settle();
        server.advance(Duration.ofSeconds(10));
        assertEquals(List.of("GET /slow 408", "null null 408"), requests());
        assertEquals(Duration.ofSeconds(10).toNanos(), request(0).durationNs());
    }

    private List<String> requests() {
        return server.accessEntries.stream().map(AccessEntry.Request.class::cast)
                .map(entry -> entry.method() + " " + entry.path() + " " + entry.status()).sorted().toList();
    }

    @Test
    void shouldTellWhoseRequestIsGivenUpForMemory() {
        server = LockStepServer.builder(mode).memoryBudget(MIB).maxRequestBody(4 * MIB).handler(handler).start();
        server.connect().request("POST /body HTTP/1.1\nHost: a\nContent-Length: " + 2 * MIB + "\n\n").send(new byte[MIB]);
        server.settle();
        look();
        List<String> seen = requests();
        for (int i = 0; i < 300; i++) {
            server.connect().request("GET /head?token=hidden HTTP/1.1\nHost: a\nX: " + "x".repeat(4000));
        }
        server.settle();
        look();
        assertEquals(List.of("POST /body 503"), seen);
        assertTrue(requests().contains("GET /head 503"), () -> "no head was shed: " + requests());
    }

    private void look() {
        for (int i = 0; i < 5; i++) {
            server.advance(Duration.ofNanos(MemoryBudget.INTERVAL_NS));
        }
    }

    @Test
    void shouldNameTheUserWhoAuthenticatesLater() {
        handler.atMessage((connection, message) -> connection.authenticate(message.text()));
        start(config -> config.auth(AuthConfig.bearerAsync(token -> CompletableFuture.completedFuture(AuthenticatedUser.of(token)))
                .firstMessageTimeout(Duration.ofSeconds(3)).build()));
        TestPeer peer = server.open();
        peer.text("ada");
        server.settle();
        peer.transport.reset();
        server.settle();
        assertNull(request(0).userId());
        assertEquals("ada", end(1).userId());
        assertEquals(1006, end(1).code());
    }

    @Test
    void shouldTellWhatHasComeAndGoneWhileItLasts() {
        start();
        TestPeer peer = server.open();
        peer.text("hello");
        server.settle();
        var traffic = server.manager.getAllConnections().get(0).traffic();
        assertEquals(1, traffic.messagesIn());
        assertEquals(0, traffic.messagesOut());
        assertEquals(ClientFrames.text("hello").length, traffic.bytesIn());
    }
}
