package io.neurolink.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.neurolink.engine.loop.AddressRanges;
import io.neurolink.engine.loop.FrontDoorSettings;
import io.neurolink.engine.spi.HttpResponse;
import io.neurolink.engine.spi.HttpRoute;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.Opcode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Whatever a peer says to a server that it has not upgraded with: requests for routes, bodies, upgrades, frames behind them, headers of
 * proxies. It gets the same answers however its bytes are cut, the server holds nothing afterwards, and nothing unexpected happens in it.
 *
 * <pre>
 *   mode, kind of front door, seed of the cuts, then what the peer says
 * </pre>
 */
final class RequestFuzzTest {
    private static final Mode[] MODES = Mode.values();
    private static final int MAX_BODY = 100;
    private static final Duration LONG = Duration.ofSeconds(31);

    @FuzzTest
    void shouldAnswerTheSameHoweverTheBytesAreCut(byte[] data) {
        if (data.length < 4) {
            return;
        }
        byte[] said = Arrays.copyOfRange(data, 3, data.length);
        Mode mode = MODES[data[0] & 3];
        byte[] whole = answers(mode, data[1], said, said.length, new Random(0));
        assertTrue(whole.length == 0 || new String(whole, StandardCharsets.ISO_8859_1).startsWith("HTTP/1.1 "));
        Random cuts = new Random(data[2]);
        assertArrayEquals(whole, answers(mode, data[1], said, 1 + cuts.nextInt(64), cuts));
    }

    private static FrontDoorSettings frontDoor(byte kind) {
        boolean hasProxies = (kind & 1) != 0;
        return new FrontDoorSettings(0, 64, 0, 1024, Duration.ofSeconds(5).toNanos(), Set.of(),
                hasProxies ? AddressRanges.parse("trusted", List.of("127.0.0.0/8")) : AddressRanges.NONE, (kind & 2) != 0);
    }

    private static byte[] answers(Mode mode, byte kind, byte[] said, int longest, Random cuts) {
        RecordingHandler handler = new RecordingHandler();
        LockStepServer server = LockStepServer.builder(mode).handler(handler).maxRequestBody(MAX_BODY).receiveBufferLength(4096)
                .frontDoor(frontDoor(kind)).config(config -> config.maxMessageSize(1000)).start()
                .route(HttpRoute.get("/hello", request -> said(200, String.valueOf(request.queryParameter("name")).getBytes(UTF_8))))
                .route(HttpRoute.post("/echo", request -> said(201, request.body())))
                .route(new HttpRoute("GET", "/never", request -> new CompletableFuture<>(), "", List.of()));
        TestPeer peer = server.connect();
        server.settle();
        for (int at = 0; at < said.length;) {
            int length = Math.min(said.length - at, longest == said.length ? longest : 1 + cuts.nextInt(longest));
            peer.send(Arrays.copyOfRange(said, at, at + length));
            at += length;
            server.settle();
        }
        peer.transport.end();
        server.settle();
        server.advance(LONG);
        server.advance(LONG);
        byte[] answers = withoutPongs(peer.transport.sent());
        server.end();
        assertEquals(0, server.counter(EngineCounter.LOOP_ERRORS), () -> "errors: " + server.stacks());
        assertEquals(List.of(), server.errors(), () -> "errors: " + server.stacks());
        return answers;
    }

    /** Tells what was said without repeating it, since that may look like an upgrade. */
    private static HttpResponse said(int status, byte[] body) {
        return HttpResponse.text(status, body.length + " bytes, " + Arrays.hashCode(body));
    }

    /** Of pings that come close together only the latest need be answered (RFC 6455 section 5.5.3), so their number depends on the cuts. */
    private static byte[] withoutPongs(byte[] answers) {
        String text = new String(answers, StandardCharsets.ISO_8859_1);
        int upgraded = text.indexOf("HTTP/1.1 101");
        if (upgraded < 0) {
            return answers;
        }
        ByteArrayOutputStream kept = new ByteArrayOutputStream();
        int position = text.indexOf("\r\n\r\n", upgraded) + 4;
        kept.write(answers, 0, position);
        while (position < answers.length) {
            int length7 = answers[position + 1];
            int end = position + (length7 < 126 ? 2 + length7 : 4 + ((answers[position + 2] & 0xFF) << 8 | answers[position + 3] & 0xFF));
            if ((answers[position] & 0x0F) != Opcode.PONG) {
                kept.write(answers, position, end - position);
            }
            position = end;
        }
        return kept.toByteArray();
    }
}
