package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.RateLimitPolicy;
import io.neurolink.engine.spi.RateLimits;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.Opcode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How much a peer may send per second: control frames, messages, bytes; by itself and as one of the connections of a user. */
@InAllModes
class LockStepRateLimitTest extends LockStepTest {
    private static final String LIMITED = "error WebSocketRateLimitError: rate limited: a message was not delivered, the next may come in ";

    private static List<String> messages(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(i -> "text m" + i).toList();
    }

    private static void send(TestPeer peer, int from, int to) {
        IntStream.rangeClosed(from, to).forEach(i -> peer.text("m" + i));
    }

    private TestPeer startAndOpen(RateLimits.Builder limits) {
        start(config -> config.rateLimits(limits.build()).pingInterval(Duration.ZERO).maxMessageSize(100));
        return server.open();
    }

    private void assertRefused(TestPeer peer, String reason, EngineCounter counter) {
        assertEquals(List.of("close 1008 " + reason), peer.frames());
        assertEquals(List.of("error WebSocketError: " + reason), handler.events("error"));
        assertCount(1, counter);
        peer.transport.end();
        server.settle();
        assertEquals(List.of("close 1008 " + reason), handler.events("close"));
        assertCount(1, EngineCounter.CLOSES_POLICY);
    }

    // ------------------------------------------------------------------ control frames

    private static final String FLOOD = "more than 10 control or empty frames per second";

    private TestPeer startWithControlLimit() {
        start(config -> config.maxControlFramesPerSecond(10).pingInterval(Duration.ZERO));
        return server.open();
    }

    private static byte[] pings(int count) {
        return ClientFrames.repeat(ClientFrames.ping("p"), count);
    }

    @Test
    void shouldTakeAsManyControlFramesAsAllowed() {
        TestPeer peer = startWithControlLimit();
        for (int second = 0; second < 3; second++) {
            peer.send(pings(9));
            server.settle();
            peer.send(pings(1));
            server.settle();
            server.advance(Duration.ofSeconds(1));
        }

        assertCount(30, EngineCounter.PINGS_IN);
        assertCount(0, EngineCounter.CONTROL_FLOODS);
        assertEquals(30, peer.frames().size());
    }

    @Test
    void shouldRefuseOnePingTooMany() {
        TestPeer peer = startWithControlLimit();
        peer.send(pings(10));
        server.settle();
        assertEquals(10, peer.frames().size());
        peer.send(pings(1), ClientFrames.text("not listened to"));
        server.settle();

        assertRefused(peer, FLOOD, EngineCounter.CONTROL_FLOODS);
        assertEquals(List.of(), handler.events("text"));
    }

    @Test
    void shouldLetControlFramesThroughAgainAsTimePasses() {
        TestPeer peer = startWithControlLimit();
        peer.send(pings(10));
        server.settle();
        server.advance(Duration.ofMillis(100));
        peer.send(pings(1));
        server.settle();
        assertEquals(11, peer.frames().size());
        server.advance(Duration.ofMillis(99));
        peer.send(pings(1));
        server.settle();

        assertRefused(peer, FLOOD, EngineCounter.CONTROL_FLOODS);
    }

    @Test
    void shouldCountPongsAndEmptyFramesAsWell() {
        TestPeer peer = startWithControlLimit();
        peer.send(ClientFrames.repeat(ClientFrames.pong(), 4), ClientFrames.frame(Opcode.TEXT, false),
                ClientFrames.repeat(ClientFrames.frame(Opcode.CONTINUATION, false), 4),
                ClientFrames.frame(Opcode.CONTINUATION, true, (byte) 'x'), ClientFrames.ping(""));
        server.settle();
        assertEquals(List.of("open", "text x"), handler.events());
        assertEquals(List.of("pong"), peer.frames().stream().map(String::trim).toList());
        peer.send(ClientFrames.frame(Opcode.BINARY, false));
        server.settle();

        assertRefused(peer, FLOOD, EngineCounter.CONTROL_FLOODS);
    }

    @Test
    void shouldNotLimitControlFramesWhenToldSo() {
        start(config -> config.maxControlFramesPerSecond(0));
        TestPeer peer = server.open();
        peer.send(pings(5_000));
        server.settle();

        assertCount(5_000, EngineCounter.PINGS_IN);
        assertCount(0, EngineCounter.CONTROL_FLOODS);
    }

    @Test
    void shouldAllowAThousandControlFramesIfNothingIsSaid() {
        start();
        TestPeer peer = server.open();
        peer.send(pings(1_000));
        server.settle();
        assertCount(0, EngineCounter.CONTROL_FLOODS);
        peer.send(pings(1));
        server.settle();

        assertCount(1, EngineCounter.CONTROL_FLOODS);
    }

    @Test
    void shouldCountMessagesOfTooManyFragments() {
        start(config -> config.maxFragments(4));
        TestPeer peer = server.open();
        peer.send(ClientFrames.frame(Opcode.TEXT, false), ClientFrames.repeat(ClientFrames.frame(Opcode.CONTINUATION, false), 2),
                ClientFrames.frame(Opcode.CONTINUATION, true));
        server.settle();
        assertEquals(List.of("text"), handler.events("text").stream().map(String::trim).toList());
        peer.send(ClientFrames.frame(Opcode.TEXT, false), ClientFrames.repeat(ClientFrames.frame(Opcode.CONTINUATION, false), 4));
        server.settle();

        assertRefused(peer, "message has too many fragments", EngineCounter.FRAGMENT_FLOODS);
    }

    // ------------------------------------------------------------------ close

    @Test
    void shouldCloseForOneMessageTooMany() {
        TestPeer peer = startAndOpen(RateLimits.builder().messages(2, 5));
        send(peer, 1, 4);
        server.settle();
        send(peer, 5, 5);
        server.settle();
        assertEquals(messages(1, 5), handler.events("text"));
        send(peer, 6, 7);
        server.settle();

        assertRefused(peer, "rate limited: more than 2 messages per second", EngineCounter.RATE_LIMIT_CLOSES);
        assertEquals(messages(1, 5), handler.events("text"));
    }

    @Test
    void shouldAllowTheRateForEver() {
        TestPeer peer = startAndOpen(RateLimits.builder().messages(2, 1));
        for (int i = 1; i <= 20; i++) {
            send(peer, i, i);
            server.settle();
            server.advance(Duration.ofMillis(500));
        }
        assertEquals(messages(1, 20), handler.events("text"));
        send(peer, 21, 21);
        server.settle();
        server.advance(Duration.ofMillis(499));
        send(peer, 22, 22);
        server.settle();

        assertRefused(peer, "rate limited: more than 2 messages per second", EngineCounter.RATE_LIMIT_CLOSES);
    }

    @Test
    void shouldCloseForOneByteTooMany() {
        TestPeer peer = startAndOpen(RateLimits.builder().bytes(10, 100));
        peer.text("x".repeat(60)).text("x".repeat(39));
        server.settle();
        peer.text("y");
        server.settle();
        assertEquals(3, handler.events("text").size());
        peer.text("z");
        server.settle();

        assertRefused(peer, "rate limited: more than 10 bytes per second", EngineCounter.RATE_LIMIT_CLOSES);
    }

    // ------------------------------------------------------------------ pause

    @Test
    void shouldNotReadAPeerThatHasToPause() {
        TestPeer peer = startAndOpen(RateLimits.builder().messages(2, 5).policy(RateLimitPolicy.PAUSE));
        send(peer, 1, 4);
        server.settle();
        assertTrue(peer.transport.wantsReadable());
        send(peer, 5, 7);
        server.settle();
        assertEquals(messages(1, 5), handler.events("text"));
        assertFalse(peer.transport.wantsReadable());
        server.advance(Duration.ofMillis(499));
        assertEquals(messages(1, 5), handler.events("text"));
        server.advance(Duration.ofMillis(2));
        assertEquals(messages(1, 6), handler.events("text"));
        server.advance(Duration.ofMillis(500));
        assertEquals(messages(1, 7), handler.events("text"));
        server.advance(Duration.ofSeconds(10));

        assertTrue(peer.transport.wantsReadable());
        assertEquals(List.of(), peer.frames());
        assertCount(3, EngineCounter.RATE_LIMIT_PAUSES);
        assertCount(3, EngineCounter.READS_RESUMED);
    }

    @Test
    void shouldLoseNothingOfAFlood() {
        TestPeer peer = startAndOpen(RateLimits.builder().messages(100, 10).bytes(1_000, 100).policy(RateLimitPolicy.PAUSE));
        send(peer, 1, 300);
        server.pass(Duration.ofSeconds(4), Duration.ofMillis(5));

        assertEquals(messages(1, 300), handler.events("text"));
        assertTrue(server.counter(EngineCounter.RATE_LIMIT_PAUSES) > 100);
    }

    @Test
    void shouldDeliverOtherEventsDuringAPause() {
        TestPeer peer = startAndOpen(RateLimits.builder().messages(1, 1).policy(RateLimitPolicy.PAUSE));
        send(peer, 1, 2);
        server.settle();
        handler.connection().send("answer");
        peer.transport.reset();
        handler.connection().send("not any more");
        server.settle();

        assertEquals(List.of("open", "text m1", "close 1006"), handler.events().stream().filter(e -> !e.startsWith("error")).toList());
        assertCount(1, EngineCounter.READS_RESUMED);
    }

    @Test
    void shouldHearTheAnswerToACloseDuringAPause() {
        TestPeer peer = startAndOpen(RateLimits.builder().messages(1, 1).policy(RateLimitPolicy.PAUSE));
        send(peer, 1, 2);
        server.settle();
        handler.connection().close(1000, "enough");
        server.settle();
        peer.send(ClientFrames.close(1000, "yes"));
        server.settle();
        server.advance(Duration.ofMillis(2));

        assertEquals(List.of("close 1000 enough"), peer.frames());
        assertEquals(List.of("open", "text m1", "close 1000 yes"), handler.events());
    }

    @Test
    void shouldNotGiveUpAPeerThatCannotBeHeard() {
        start(config -> config.rateLimits(RateLimits.builder().bytes(1, 1 << 20).policy(RateLimitPolicy.PAUSE).build())
                .maxMessageSize(1 << 20).pingInterval(Duration.ofSeconds(5)).pongTimeout(Duration.ofSeconds(1)));
        TestPeer peer = server.open();
        byte[] large = new byte[1 << 20];
        peer.send(ClientFrames.frame(Opcode.BINARY, true, large));
        server.settle();
        peer.send(ClientFrames.frame(Opcode.BINARY, true, new byte[60]));
        server.pass(Duration.ofSeconds(30), Duration.ofSeconds(1));

        assertCount(0, EngineCounter.PONG_TIMEOUTS);
        assertEquals(2, handler.events("binary").size());
    }

    // ------------------------------------------------------------------ report

    @Test
    void shouldReportWhatIsNotDelivered() {
        TestPeer peer = startAndOpen(RateLimits.builder().messages(2, 2).policy(RateLimitPolicy.REPORT));
        send(peer, 1, 3);
        server.settle();
        assertEquals(List.of("open", "text m1", "text m2", LIMITED + "500 ms"), handler.events());
        server.advance(Duration.ofMillis(400));
        send(peer, 4, 4);
        server.settle();
        server.advance(Duration.ofMillis(100));
        send(peer, 5, 5);
        server.settle();

        assertEquals(List.of("open", "text m1", "text m2", LIMITED + "500 ms", LIMITED + "100 ms", "text m5"), handler.events());
        assertCount(2, EngineCounter.RATE_LIMITED_MESSAGES);
        assertEquals(List.of(), peer.frames());
    }

    @Test
    void shouldHandOverTheMessageWithTheReport() {
        List<String> told = new ArrayList<>();
        server = LockStepServer.builder(mode).config(config -> config.maxMessageSize(100)
                .rateLimits(RateLimits.builder().bytes(1, 100).policy(RateLimitPolicy.REPORT).build())).handler(new WebSocketHandler() {
                    @Override
                    public void onRateLimited(WebSocketConnection connection, WebSocketMessage message, long retryAfterMs) {
                        told.add(message.type() + " " + message.text() + " " + retryAfterMs);
                    }
                }).start();
        TestPeer peer = server.open();
        peer.text("x".repeat(99)).text("ab");
        server.settle();

        assertEquals(List.of("TEXT ab 1000"), told);
    }

    @Test
    void shouldTakeNothingForAMessageThatIsRefused() {
        TestPeer peer = startAndOpen(RateLimits.builder().messages(1, 3).bytes(1, 100).policy(RateLimitPolicy.REPORT));
        peer.text("x".repeat(99));
        IntStream.range(0, 50).forEach(i -> peer.text("too long"));
        peer.text("a");
        server.settle();
        assertEquals(2, handler.events("text").size());
        server.advance(Duration.ofSeconds(1));
        peer.text("b");
        server.settle();

        assertEquals(3, handler.events("text").size());
        assertCount(50, EngineCounter.RATE_LIMITED_MESSAGES);
    }

    // ------------------------------------------------------------------ users

    private void startWithUsers(RateLimits.Builder limits) {
        start(config -> config.rateLimits(limits.build()).pingInterval(Duration.ZERO).maxMessageSize(100)
                .auth(AuthConfig.bearer(token -> AuthenticatedUser.of(token)).firstMessageTimeout(Duration.ofSeconds(60)).build()));
    }

    private TestPeer openAs(String user) {
        return server.open("/ws", "Authorization: Bearer " + user);
    }

    @Test
    void shouldShareTheLimitOfAUserAmongConnections() {
        startWithUsers(RateLimits.builder().userMessages(2, 4));
        TestPeer one = openAs("ann");
        TestPeer two = openAs("ann");
        TestPeer other = openAs("ben");
        send(one, 1, 2);
        send(two, 3, 4);
        send(other, 1, 4);
        server.settle();
        assertEquals(8, handler.events("text").size());
        send(two, 5, 5);
        server.settle();

        assertRefused(two, "rate limited: more than 2 messages per second of one user", EngineCounter.RATE_LIMIT_CLOSES);
        assertEquals(List.of(), one.frames());
        assertEquals(List.of(), other.frames());
    }

    @Test
    void shouldLimitTheBytesOfAUser() {
        startWithUsers(RateLimits.builder().userBytes(10, 100).policy(RateLimitPolicy.REPORT));
        TestPeer one = openAs("ann");
        TestPeer two = openAs("ann");
        one.text("x".repeat(60));
        two.text("y".repeat(40));
        server.settle();
        one.text("z");
        server.settle();

        assertEquals(2, handler.events("text").size());
        assertEquals(List.of(LIMITED + "100 ms"), handler.events("error"));
    }

    @Test
    void shouldNotForgetAUserWhoComesAgain() {
        startWithUsers(RateLimits.builder().userMessages(1, 3).policy(RateLimitPolicy.REPORT));
        TestPeer first = openAs("ann");
        send(first, 1, 3);
        first.send(ClientFrames.close(1000, ""));
        server.settle();
        assertTrue(first.transport.isClosed());
        TestPeer second = openAs("ann");
        send(second, 4, 4);
        server.settle();
        assertEquals(List.of(LIMITED + "1000 ms"), handler.events("error"));
        second.send(ClientFrames.close(1000, ""));
        server.advance(Duration.ofSeconds(3));
        TestPeer third = openAs("ann");
        send(third, 5, 7);
        server.settle();

        assertEquals(6, handler.events("text").size());
    }

    @Test
    void shouldNotLimitWhoHasNoName() {
        startWithUsers(RateLimits.builder().userMessages(1, 1));
        TestPeer peer = server.open();
        send(peer, 1, 5);
        server.settle();
        assertEquals(messages(1, 5), handler.events("text"));
        handler.connection().authenticate("ann");
        server.settle();
        send(peer, 6, 7);
        server.settle();

        assertEquals(messages(1, 6), handler.events("text"));
        assertRefused(peer, "rate limited: more than 1 messages per second of one user", EngineCounter.RATE_LIMIT_CLOSES);
    }

    // ------------------------------------------------------------------ configuration

    @Test
    void shouldRefuseABurstThatNoMessageFits() {
        var limits = RateLimits.builder().bytes(1, 999).build();
        var config = WebSocketConfig.builder().maxMessageSize(1_000).rateLimits(limits);

        String message = assertThrows(IllegalArgumentException.class, config::build).getMessage();
        assertEquals("the burst of rateLimits.bytes must be at least maxMessageSize, 1000 bytes", message);
        assertThrows(IllegalArgumentException.class, () -> RateLimits.builder().messages(0, 1));
        assertThrows(IllegalArgumentException.class, () -> RateLimits.builder().messages(1, (1L << 32) + 1));
    }
}
