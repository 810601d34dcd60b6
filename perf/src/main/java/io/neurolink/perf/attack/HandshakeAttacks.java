package io.neurolink.perf.attack;

import io.neurolink.perf.server.TargetServer;
import io.neurolink.perf.wire.Bytes;
import io.neurolink.perf.wire.Line;
import io.neurolink.perf.wire.Peer;
import io.neurolink.perf.wire.Talker;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Attacks before and at the upgrade. */
final class HandshakeAttacks {
    static final List<Attack> ALL = List.of(
            new Attack("slow-loris", Profile.PLAIN, HandshakeAttacks::slowLoris),
            new Attack("silent-connections", Profile.PLAIN, HandshakeAttacks::silentConnections),
            new Attack("random-bytes", Profile.PLAIN, HandshakeAttacks::randomBytes),
            new Attack("oversized-heads", Profile.PLAIN, HandshakeAttacks::oversizedHeads),
            new Attack("smuggling", Profile.PLAIN, HandshakeAttacks::smuggling),
            new Attack("cross-origin", Profile.PLAIN, HandshakeAttacks::crossOrigin),
            new Attack("failed-auth", Profile.PLAIN, HandshakeAttacks::failedAuth),
            new Attack("silent-users", Profile.PLAIN, HandshakeAttacks::silentUsers),
            new Attack("too-many-connections", Profile.PLAIN, HandshakeAttacks::tooManyConnections),
            new Attack("greedy-address", Profile.GUARDED, HandshakeAttacks::greedyAddress),
            new Attack("handshake-crowd", Profile.GUARDED, HandshakeAttacks::handshakeCrowd),
            // The last of its profile: the address that guessed is shut out for a minute.
            new Attack("guesses", Profile.GUARDED, HandshakeAttacks::guesses));

    /** The attackers come from so many addresses, so that ports do not run out. */
    private static final int SOURCES = 50;
    private static final int VISITS = 5;
    private static final String SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    private static final String REACHED = "you should not be here";

    private HandshakeAttacks() {
    }

    /** Heads that never end, a byte at a time. */
    private static void slowLoris(Stage stage) {
        int count = 5000;
        Tally tally = new Tally();
        byte[] head = Bytes.latin(Bytes.upgrade("/echo", "X-Slow: " + "z".repeat(1000)));
        stage.driver().open(count, SOURCES, () -> Requester.byteByByte(tally, head, TimeUnit.MILLISECONDS.toNanos(500)));
        stage.await("all slow peers were cut", () -> tally.total() == count);
        stage.expect(tally.of(408) + tally.of("ended") == count, "answers to slow peers: " + tally);
        stage.expect(tally.of(408) > count / 2, "few slow peers were told why: " + tally);
        stage.met("handshakeTimeout", "upgrades.refused.timeout");
    }

    private static void silentConnections(Stage stage) {
        int count = stage.size(2000, 5000);
        Tally tally = new Tally();
        stage.driver().open(count, SOURCES, () -> Requester.atOnce(tally, new byte[0]));
        stage.await("all silent peers were cut", () -> tally.total() == count);
        stage.met("handshakeTimeout", "sockets.accepted");
    }

    /** Half of them before the upgrade, half after it. */
    private static void randomBytes(Stage stage) {
        int count = stage.size(2000, 5000);
        Tally raw = new Tally();
        Tally upgraded = new Tally();
        stage.driver().open(count, SOURCES, () -> Requester.atOnce(raw, Bytes.random(300)));
        stage.driver().open(count, SOURCES, () -> new Babbler(upgraded));
        stage.await("all that babble were cut", () -> raw.total() == count && upgraded.total() == count);
        stage.expect(raw.of(400) + raw.of(408) + raw.of(431) + raw.of(414) + raw.of("ended") == count, "answers to random bytes: " + raw);
        stage.met("RFC 9112, handshakeTimeout", "http.responses.4xx");
        stage.met("RFC 6455", "closes.protocol_error", "closes.abnormal", "closes.too_big");
    }

    /** Sends random bytes as frames, and then ends its side. */
    private static final class Babbler extends Talker {
        private final Tally tally;

        Babbler(Tally tally) {
            super(Bytes.upgrade("/echo"));
            this.tally = tally;
        }

        @Override
        protected void onOpen(Line opened) {
            opened.send(Bytes.random(300));
            opened.finish();
        }

        @Override
        public void onEnd(Line line) {
            tally.count("ended");
        }
    }

    private static void oversizedHeads(Stage stage) {
        int each = stage.size(50, 500);
        Tally tally = new Tally();
        ask(stage, each, () -> Requester.atOnce(tally, Bytes.latin(Bytes.upgrade("/" + "p".repeat(20_000)))));
        ask(stage, each, () -> Requester.atOnce(tally, Bytes.latin(Bytes.upgrade("/echo", "X-Long: " + "v".repeat(20_000)))));
        ask(stage, each, () -> Requester.atOnce(tally, Bytes.latin(Bytes.upgrade("/echo", "X: y\r\n".repeat(1000).strip()))));
        ask(stage, each, () -> Requester.atOnce(tally, Bytes.latin(Bytes.upgrade("/echo", ("X: " + "y".repeat(1000) + "\r\n").repeat(50)
                .strip()))));
        stage.await("oversized heads were refused", () -> tally.total() == 4L * each);
        stage.expect(tally.of(414) + tally.of(431) + tally.of("ended") == 4L * each && tally.of(414) > 0 && tally.of(431) > 0,
                "answers to oversized heads: " + tally);
        stage.met("httpLimits", "http.responses.4xx");
    }

    private static void ask(Stage stage, int count, Supplier<Peer> peers) {
        stage.driver().open(count, SOURCES, peers);
    }

    /** None may be taken for something else than the next server behind or before would take it for. */
    private static void smuggling(Stage stage) {
        int each = stage.size(20, 200);
        Tally tally = new Tally();
        for (String form : SmugglingForms.ALL) {
            ask(stage, each, () -> Requester.atOnce(tally, Bytes.latin(form + SMUGGLED), REACHED));
        }
        long count = (long) each * SmugglingForms.ALL.size();
        stage.await("every form was refused", () -> tally.total() == count);
        stage.expect(tally.of(REACHED) == 0, "requests were smuggled: " + tally);
        stage.expect(tally.of(200) == 0 && tally.of(101) == 0, "malformed requests were served: " + tally);
        stage.met("RFC 9112, strictly", "http.responses.4xx", "http.responses.5xx");
    }

    private static void crossOrigin(Stage stage) {
        int each = stage.size(50, 500);
        Tally tally = new Tally();
        List<String> origins = List.of("https://evil.example", "null", "http://127.0.0.1.evil.example", "http://127.0.0.1@evil.example",
                "http://evil.example/127.0.0.1", "file://", "http://xn--127-0-0-1", "https://app.example.evil.example", "http://app.example",
                "https://evil.example\r\nOrigin: https://app.example");
        for (String origin : origins) {
            ask(stage, each, () -> Requester.atOnce(tally, Bytes.latin(Bytes.upgrade("/same-host", "Origin: " + origin))));
            ask(stage, each, () -> Requester.atOnce(tally, Bytes.latin(Bytes.upgrade("/listed", "Origin: " + origin))));
        }
        long count = 2L * each * origins.size();
        stage.await("every page was refused", () -> tally.total() == count);
        stage.expect(tally.of(403) == count, "answers to foreign pages: " + tally);
        stage.met("allowedOrigins", "upgrades.refused.origin");
    }

    private static void failedAuth(Stage stage) {
        int count = stage.size(2000, 20_000);
        Tally tally = new Tally();
        stage.driver().open(count / 2, 1, () -> Requester.atOnce(tally,
                Bytes.latin(Bytes.upgrade("/auth", "Authorization: Bearer guess-" + tally.total()))));
        stage.driver().open(count / 2, SOURCES, () -> Requester.atOnce(tally, Bytes.latin(Bytes.upgrade("/auth?token=guess"))));
        stage.await("all guesses were refused", () -> tally.total() == count);
        stage.expect(tally.of(401) == count, "answers to guesses: " + tally);
        stage.met("auth", "upgrades.refused.unauthorized");
    }

    /** One address guesses tokens: after some, nobody looks at its guesses any more, not even at a right one. */
    private static void guesses(Stage stage) {
        int count = stage.size(1000, 10_000);
        Tally tally = new Tally();
        byte[] wrong = Bytes.latin(Bytes.upgrade("/auth", "Authorization: Bearer guess"));
        byte[] right = Bytes.latin(Bytes.upgrade("/auth", "Authorization: Bearer " + TargetServer.TOKEN));
        stage.driver().open(count, 1, () -> Requester.atOnce(tally, wrong));
        stage.await("all guesses were refused", () -> tally.total() == count);
        // Those that are looked at when the limit is reached are looked at to the end; so many the address may have connections.
        stage.expect(tally.of(401) <= Profile.MAX_CONNECTIONS_PER_ADDRESS + 60 && tally.of(429) > 0
                && tally.of(401) + tally.of(429) + tally.of("ended") == count, "answers to guesses: " + tally);
        Tally late = new Tally();
        stage.driver().open(1, 1, () -> Requester.atOnce(late, right));
        stage.await("the right guess was refused", () -> late.of(429) == 1);
        stage.met("maxFailedUpgradesPerMinute", "upgrades.refused.unauthorized", "upgrades.refused.too_many_failures");
    }

    private static void greedyAddress(Stage stage) {
        int count = stage.size(1000, 5000);
        Tally tally = new Tally();
        stage.driver().open(count, 1, () -> new Closed(tally, "/echo"));
        stage.await("sockets beyond the limit were closed", () -> stage.grown("sockets.refused.address_limit")
                == count - Profile.MAX_CONNECTIONS_PER_ADDRESS);
        stage.met("maxConnectionsPerAddress", "sockets.refused.address_limit");
    }

    /**
     * More silent connections than may wait, from many addresses; who means well still gets in. A visitor who is kept from running for so
     * long that a thousand others come between its connecting and its request gives way like them, and comes again.
     */
    private static void handshakeCrowd(Stage stage) {
        int count = 5000;
        Tally tally = new Tally();
        stage.driver().open(count, SOURCES, () -> Requester.atOnce(tally, Bytes.latin("GET /echo HT")));
        stage.awaitGrown("handshakes.dropped", 1);
        boolean isServed = false;
        for (int i = 0; i < VISITS && !isServed; i++) {
            isServed = isVisitorServed(stage);
        }
        stage.expect(isServed, "of " + VISITS + " visitors beside the crowd none was served");
        stage.await("all were cut", () -> tally.total() == count);
        stage.met("maxHandshakes", "handshakes.dropped");
    }

    private static boolean isVisitorServed(Stage stage) {
        try {
            Neighbour.visit(stage.target().address(), stage.tls());
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** They are let in to authenticate by a message, and send none, or wrong ones. */
    private static void silentUsers(Stage stage) {
        int count = stage.size(500, 2000);
        Tally tally = new Tally();
        stage.driver().open(count, SOURCES, () -> new Closed(tally, "/first"));
        stage.await("all silent users were closed", () -> tally.total() == count);
        stage.expect(tally.of(4401) == count, "closes of silent users: " + tally);
        stage.met("firstMessageTimeout", "timeouts.auth");
    }

    private static void tooManyConnections(Stage stage) {
        int count = 600;
        Tally tally = new Tally();
        stage.driver().open(count, SOURCES, () -> new Closed(tally, "/few"));
        stage.await("those that are too many were refused", () -> tally.of(503) + stage.grown("connections.open") == count);
        stage.expect(stage.grown("connections.open") == 100, "connections there may be 100 of: " + stage.grown("connections.open"));
        stage.met("maxConnections", "upgrades.refused.max_connections");
    }

    /** Says nothing and counts the code it is closed with, or the status it is refused with. */
    private static final class Closed extends Talker {
        private final Tally tally;

        Closed(Tally tally, String path) {
            super(Bytes.upgrade(path));
            this.tally = tally;
        }

        @Override
        protected void onOpen(Line opened) {
            // Waits.
        }

        @Override
        protected void onRefused(Line refused, int status) {
            tally.count(status);
        }

        @Override
        protected void onClose(Line from, int code) {
            tally.count(code);
            from.send(Bytes.close(code));
        }
    }
}
