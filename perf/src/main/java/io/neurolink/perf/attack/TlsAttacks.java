package io.neurolink.perf.attack;

import io.neurolink.perf.wire.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/** Attacks on servers that speak TLS. */
final class TlsAttacks {
    static final List<Attack> ALL = List.of(
            new Attack("tls-garbage", Profile.TLS, TlsAttacks::garbage),
            new Attack("tls-half-handshakes", Profile.TLS, TlsAttacks::halfHandshakes),
            new Attack("tls-slow", Profile.TLS, TlsAttacks::slow),
            new Attack("tls-tiny-records", Profile.TLS, TlsAttacks::tinyRecords),
            new Attack("tls-plain-http", Profile.TLS, TlsAttacks::plainHttp),
            new Attack("tls-renegotiation", Profile.TLS, TlsAttacks::renegotiation));

    private static final int SOURCES = 50;
    private static final int RECORD_HEADER = 5;
    private static final int PATIENCE_MS = 30_000;

    private TlsAttacks() {
    }

    private static byte[] clientHello(SSLContext context) throws SSLException {
        SSLEngine engine = context.createSSLEngine("127.0.0.1", 1);
        engine.setUseClientMode(true);
        engine.beginHandshake();
        ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), hello);
        byte[] bytes = new byte[hello.flip().remaining()];
        hello.get(bytes);
        return bytes;
    }

    private static byte[] joined(byte[] one, byte[] two) {
        return ByteBuffer.allocate(one.length + two.length).put(one).put(two).array();
    }

    /** Random bytes at once, random bytes in records, records of a length that may not be, and random bytes behind a good beginning. */
    private static void garbage(Stage stage) throws IOException {
        int each = stage.size(250, 1000);
        byte[] hello = clientHello(stage.tls());
        Tally tally = new Tally();
        stage.driver().open(each, SOURCES, () -> Requester.atOnce(tally, joined(new byte[] {(byte) 0xFF}, Bytes.random(300))));
        stage.driver().open(each, SOURCES, () -> Requester.atOnce(tally, joined(new byte[] {22, 3, 3, 1, 0}, Bytes.random(600))));
        stage.driver().open(each, SOURCES, () -> Requester.atOnce(tally, joined(new byte[] {22, 3, 3, -1, -1}, Bytes.random(600))));
        stage.driver().open(each, SOURCES, () -> Requester.atOnce(tally, joined(hello, Bytes.random(300))));
        stage.await("all garbage was refused", () -> tally.total() == 4L * each);
        stage.expect(stage.grown("connections.opened") == 0, "garbage was let in");
        stage.met("TLS, handshakeTimeout", "tls.handshakes.failed");
    }

    private static void halfHandshakes(Stage stage) throws IOException {
        int count = stage.size(500, 2000);
        byte[] hello = clientHello(stage.tls());
        Tally tally = new Tally();
        stage.driver().open(count, SOURCES, () -> Requester.atOnce(tally, hello));
        stage.await("half handshakes were cut", () -> tally.total() == count);
        stage.awaitGrown("tls.handshakes.failed", count);
        stage.expect(stage.grown("tls.handshakes.failed") == count, "failed handshakes: " + stage.grown("tls.handshakes.failed"));
        stage.met("handshakeTimeout", "tls.handshakes.failed", "tls.handshakes.deferred");
    }

    private static void slow(Stage stage) throws IOException {
        int count = stage.size(1000, 5000);
        byte[] hello = clientHello(stage.tls());
        Tally tally = new Tally();
        stage.driver().open(count, SOURCES, () -> Requester.byteByByte(tally, hello, TimeUnit.MILLISECONDS.toNanos(200)));
        stage.await("slow handshakes were cut", () -> tally.total() == count);
        stage.met("handshakeTimeout", "tls.handshakes.failed");
    }

    /** The client's first message in records of one byte each, which is allowed, and then nothing. */
    private static void tinyRecords(Stage stage) throws IOException {
        int count = stage.size(200, 1000);
        byte[] hello = clientHello(stage.tls());
        ByteBuffer tiny = ByteBuffer.allocate((RECORD_HEADER + 1) * (hello.length - RECORD_HEADER));
        for (int i = RECORD_HEADER; i < hello.length; i++) {
            tiny.put(hello, 0, 3).putShort((short) 1).put(hello[i]);
        }
        Tally tally = new Tally();
        stage.driver().open(count, SOURCES, () -> Requester.atOnce(tally, tiny.array()));
        stage.await("tiny records were refused, or cut", () -> tally.total() == count);
        stage.met("handshakeTimeout", "tls.handshakes.failed", "tls.no_progress");
    }

    private static void plainHttp(Stage stage) {
        int count = stage.size(300, 2000);
        Tally tally = new Tally();
        stage.driver().open(count, SOURCES, () -> Requester.atOnce(tally, Bytes.latin(Bytes.upgrade("/echo"))));
        stage.await("plain requests were answered", () -> tally.total() == count);
        stage.expect(tally.of(400) == count, "answers to plain requests: " + tally);
        stage.met("one look at the first byte", "tls.plain_http");
    }

    /** A client of TLS 1.2 that, once connected, wants to negotiate anew. */
    private static void renegotiation(Stage stage) throws IOException {
        int count = stage.size(20, 200);
        for (int i = 0; i < count; i++) {
            renegotiate(stage);
        }
        stage.expect(stage.grown("tls.renegotiations_refused") == count,
                "renegotiations refused: " + stage.grown("tls.renegotiations_refused"));
        stage.met("renegotiation is refused", "tls.renegotiations_refused");
    }

    private static void renegotiate(Stage stage) throws IOException {
        try (SSLSocket socket = (SSLSocket) stage.tls().getSocketFactory().createSocket()) {
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.setSoTimeout(PATIENCE_MS);
            socket.connect(stage.target().address());
            Neighbour.upgrade(socket, "/echo");
            socket.startHandshake();
            InputStream in = socket.getInputStream();
            for (int next = in.read(); next >= 0; next = in.read()) {
                stage.expect(false, "a renegotiation was answered with data");
            }
        } catch (SSLException | SocketException refused) {
            stage.last(1);
        }
    }
}
