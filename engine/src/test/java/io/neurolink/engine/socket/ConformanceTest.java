package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.neurolink.engine.PeerDeflate;
import io.neurolink.engine.TlsConfig;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.conformance.Case;
import io.neurolink.engine.conformance.DeflateGroup;
import io.neurolink.engine.conformance.DeflateGroup.Parameters;
import io.neurolink.engine.conformance.Group;
import io.neurolink.engine.conformance.Script;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.tls.TestCertificate;
import io.neurolink.protocol.deflate.DeflateNegotiation;
import io.neurolink.protocol.deflate.DeflateParameters;
import io.neurolink.protocol.handshake.ExtensionOffer;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of cases over real sockets, each on a connection of its own, in every way of running handlers, plain and with TLS. */
@Timeout(600)
class ConformanceTest {
    private static final TestCertificate CERTIFICATE = TestCertificate.localhost();
    private static final SSLContext TRUSTING = CERTIFICATE.trustingContext();

    /** Every case runs once; what differs by thread or by TLS shows in some of them as well, and in lock-step in all. */
    private static final int SOME = 5;
    private static final int FEW = 20;

    static Stream<Arguments> groupsAndModes() {
        return Arrays.stream(Group.values()).flatMap(group -> Modes.available().map(mode -> Arguments.of(group, mode)));
    }

    private static WebSocketConfig config(Group group, HandlerThreading threading) {
        return group.configure(WebSocketConfig.builder().handlerThreading(threading).closeTimeout(Duration.ofSeconds(30))).build();
    }

    @ParameterizedTest
    @MethodSource("groupsAndModes")
    void shouldDoTheRightThing(Group group, HandlerThreading threading) throws IOException {
        try (TestServer server = TestServer.start(config(group, threading), TestServer.ECHO)) {
            group.runEvery(threading == HandlerThreading.INLINE ? 1 : SOME, "socket " + threading, one -> {
                try (RawClient client = server.open()) {
                    run(one, client);
                }
            });
        }
    }

    @ParameterizedTest
    @EnumSource(Group.class)
    void shouldDoTheRightThingWithTls(Group group) throws IOException {
        TlsConfig tls = TlsConfig.pem(CERTIFICATE.chain(), CERTIFICATE.key());
        try (TestServer server = TestServer.start(config(group, HandlerThreading.WORKER), TestServer.ECHO, builder -> builder.tls(tls))) {
            group.runEvery(FEW, "socket TLS WORKER", one -> {
                try (RawClient client = openWithTls(server)) {
                    run(one, client);
                }
            });
        }
    }

    private static RawClient openWithTls(TestServer server) throws IOException {
        SSLSocket socket = (SSLSocket) TRUSTING.getSocketFactory().createSocket();
        socket.connect(server.address(), RawClient.TIMEOUT_MS);
        socket.setSoTimeout(RawClient.TIMEOUT_MS);
        socket.setTcpNoDelay(true);
        RawClient client = RawClient.over(socket);
        client.upgraded(client.upgrade("/ws"));
        return client;
    }

    @Test
    void shouldEchoTheLargest() throws IOException {
        Resources before = Resources.now();
        echoTheLargest();
        before.assertMemoryBack();
    }

    /** In a method of its own, so that no frame holds the server afterwards. */
    private static void echoTheLargest() throws IOException {
        try (TestServer server = TestServer.start(config(Group.SIZES, HandlerThreading.WORKER), TestServer.ECHO)) {
            Group.runLargest("socket WORKER", one -> {
                try (RawClient client = server.open()) {
                    run(one, client);
                }
            });
        }
    }

    /** What is due is awaited before more is sent; nothing else may come, and the server ends the connection while this side is open. */
    private static void run(Case one, RawClient client) throws IOException {
        Script script = one.script(true);
        Iterator<Script.Due> dues = script.dues().iterator();
        Script.Due next = dues.hasNext() ? dues.next() : null;
        int sent = 0;
        for (int stop : script.stops()) {
            int to = stop == script.end() ? script.bytes().length : stop;
            client.send(Arrays.copyOfRange(script.bytes(), sent, to));
            sent = to;
            while (next != null && next.offset() <= sent) {
                client.expect(next.frame());
                next = dues.hasNext() ? dues.next() : null;
            }
        }
        assertEquals(null, next, "due, but never awaited");
        script.ending().verify(client.read());
        client.expectEnd();
    }

    // ------------------------------------------------------------------ 12 and 13

    private static final int[] DEFLATE_SIZES = {0, 16, 1024, 16_384, 131_072};

    private static DeflateGroup deflated(RawClient client, Parameters parameters) throws IOException {
        HttpAnswer answer = client.upgrade("/ws", "Sec-WebSocket-Extensions: " + parameters.offer());
        client.upgraded(answer);
        ExtensionOffer agreed = ExtensionOffer.parse(answer.header("Sec-WebSocket-Extensions")).get(0);
        PeerDeflate deflate = new PeerDeflate(DeflateNegotiation.check(agreed, DeflateParameters.UNRESTRICTED));
        client.inflating(deflate);
        return new DeflateGroup(new DeflateGroup.Talk() {
            @Override
            public void send(byte[] bytes) throws IOException {
                client.send(bytes);
            }

            @Override
            public Frame read() throws IOException {
                return client.read();
            }

            @Override
            public void expectEnd() throws IOException {
                client.expectEnd();
            }
        }, deflate, true);
    }

    @ParameterizedTest
    @MethodSource("io.neurolink.engine.socket.Modes#available")
    void shouldCompressWithSetsOfParameters(HandlerThreading threading) throws IOException {
        List<Parameters> all = DeflateGroup.parameters();
        for (int i = threading.ordinal(); i < all.size(); i += SOME) {
            Parameters parameters = all.get(i);
            WebSocketConfig config = WebSocketConfig.builder().handlerThreading(threading).compression(parameters.config())
                    .maxMessageSize(DeflateGroup.MAX_MESSAGE_SIZE).build();
            try (TestServer server = TestServer.start(config, TestServer.ECHO)) {
                for (DeflateGroup.Content content : DeflateGroup.Content.values()) {
                    try (RawClient client = RawClient.connect(server.address())) {
                        DeflateGroup peer = deflated(client, parameters);
                        for (int size : DEFLATE_SIZES) {
                            peer.echo(content, size, 6);
                        }
                        peer.close();
                    }
                }
                for (DeflateGroup.Fault fault : DeflateGroup.Fault.values()) {
                    try (RawClient client = RawClient.connect(server.address())) {
                        deflated(client, parameters).fail(fault);
                    }
                }
            }
        }
    }

    /** Frames that come with the request are taken, but nothing goes ahead of the answer to the upgrade. */
    @ParameterizedTest
    @MethodSource("io.neurolink.engine.socket.Modes#available")
    void shouldAnswerTheUpgradeBeforeFramesThatCameWithIt(HandlerThreading threading) throws IOException {
        byte[] ping = {1, 2, 3};
        try (TestServer server = TestServer.start(config(Group.ECHO, threading), TestServer.ECHO);
                RawClient client = RawClient.connect(server.address())) {
            client.send(Frames.join(RawClient.upgradeRequest("/ws"), Frames.ping(ping), Frames.text("early")));
            client.upgraded(client.readAnswer());
            client.expect(Frame.pong(ping));
            client.expect(Frame.text("early"));
            client.closeNormally();
        }
    }
}
