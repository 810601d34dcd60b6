package io.neurolink.perf.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.neurolink.perf.rig.ScriptedServer.Script;
import io.neurolink.protocol.Opcode;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A server with a fault makes the run invalid, and the first fault is named. */
@Timeout(300)
class FaultsTest {
    private static final int FAULT_AT = 10;

    /** Long enough to come to the fault; a run with one ends there. */
    private static final Run.Timing TO_THE_FAULT = new Run.Timing(0, TimeUnit.MINUTES.toNanos(4), 0);
    private static final Run.Timing SHORT = new Run.Timing(0, TimeUnit.MILLISECONDS.toNanos(100), TimeUnit.MILLISECONDS.toNanos(50));

    private static Script at(Script fault) {
        return (number, opcode, payload) -> (number == FAULT_AT ? fault : ScriptedServer.ECHO).answer(number, opcode, payload);
    }

    private static byte[] changed(byte[] payload, int index) {
        payload[index] ^= 1;
        return payload;
    }

    static Stream<Arguments> faults() {
        String message = "connection 0: message 10 came back ";
        return Stream.of(
                arguments(at((n, opcode, payload) -> ScriptedServer.frame(opcode, changed(payload, 40))), message
                        + "with other bytes, between 0 and 64 of 64"),
                arguments(at((n, opcode, payload) -> ScriptedServer.frame(opcode, changed(payload, 3))), message
                        + "with other bytes, between 0 and 64 of 64"),
                arguments(at((n, opcode, payload) -> new byte[0]), message + "with other bytes, between 0 and 64 of 64"),
                arguments(at((n, opcode, payload) -> ScriptedServer.frame(opcode, Arrays.copyOf(payload, 63))), message
                        + "with 63 of 64 bytes"),
                arguments(at((n, opcode, payload) -> ScriptedServer.frame(opcode, new byte[0])), message + "with 0 of 64 bytes"),
                arguments(at((n, opcode, payload) -> ScriptedServer.frame(Opcode.TEXT, new byte[64])), message + "as text"),
                arguments(at((n, opcode, payload) -> ScriptedServer.frame(opcode, Arrays.copyOf(payload, 65))),
                        "connection 0: the server broke the protocol: "),
                arguments(at((n, opcode, payload) -> new byte[] {(byte) 0xC2, 0}), "connection 0: the server broke the protocol: "),
                arguments(at((n, opcode, payload) -> ScriptedServer.close(1011)), "connection 0: the server closed with 1011"),
                arguments(at((n, opcode, payload) -> null), "connection 0: "));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void shouldFailAtTheFirstFault(Script script, String error) throws Exception {
        try (ScriptedServer server = new ScriptedServer(script)) {
            RigResult result = run(server.url(), TO_THE_FAULT, 1, 2);
            assertNotNull(result.firstError());
            assertTrue(result.firstError().startsWith(error), result.firstError());
            assertEquals(false, result.toMap().get("ok"));
        }
    }

    @Test
    void shouldFailIfAnAnswerNeverComes() throws Exception {
        Script silent = (number, opcode, payload) -> new byte[0];
        try (ScriptedServer server = new ScriptedServer(silent)) {
            RigResult result = run(server.url(), SHORT, 2, 1);
            assertTrue(result.firstError().matches("2 messages were not answered, message 0 of connection [01] among them within 0.05 s"),
                    result.firstError());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "HTTP/1.1 503 Service Unavailable | connection 0: the answer to the upgrade: The server answered 503 instead of 101",
        "HTTP/1.1 101 X,Upgrade: websocket,Connection: Upgrade,Sec-WebSocket-Accept: x | connection 0: the answer to the upgrade: "
            + "Sec-WebSocket-Accept does not",
        "nonsense | connection 0: the answer to the upgrade: "})
    void shouldFailIfTheUpgradeIsRefused(String response, String error) throws Exception {
        try (ScriptedServer server = new ScriptedServer(ScriptedServer.ECHO, response.replace(",", "\r\n") + "\r\n\r\n")) {
            RigResult result = run(server.url(), TO_THE_FAULT, 1, 1);
            assertTrue(result.firstError().startsWith(error), result.firstError());
            assertEquals(0, result.messages());
        }
    }

    @Test
    void shouldFailIfNobodyListens() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = socket.getLocalPort();
        }
        RigResult result = run("ws://127.0.0.1:" + port + "/", TO_THE_FAULT, 1, 1);
        assertTrue(result.firstError().startsWith("connection 0: it did not connect: "), result.firstError());
    }

    @Test
    void shouldFailIfTheServerDoesNotCompressAsWanted() throws Exception {
        try (ScriptedServer server = new ScriptedServer(ScriptedServer.ECHO);
                Client client = new Client(load(server.url(), Compression.Mode.SHARED))) {
            new Run(client, new ClosedLoop(client, 1, 1), TO_THE_FAULT, new CpuMeter(0), new Progress(null, "")).run();
            assertEquals("connection 0: the answer to the upgrade: the server does not compress", client.firstError());
        }
    }

    @Test
    void shouldFailIfABroadcastDoesNotReachAll() throws Exception {
        try (ScriptedServer server = new ScriptedServer(ScriptedServer.ECHO);
                Client client = new Client(load(server.url(), Compression.Mode.OFF))) {
            new Run(client, new Fanout(client, 3, 1), SHORT, new CpuMeter(0), new Progress(null, "")).run();
            assertTrue(client.firstError().matches("[34] of 4 connections did not get all of 1 broadcasts within 0.05 s"),
                    client.firstError());
        }
    }

    private static Load load(String url, Compression.Mode mode) {
        return new Load(Target.parse(url), 64, false, 4, new Compression(mode), null, System::nanoTime);
    }

    private static RigResult run(String url, Run.Timing timing, int connections, int inFlight) throws Exception {
        try (Client client = new Client(load(url, Compression.Mode.OFF))) {
            Run run = new Run(client, new ClosedLoop(client, connections, inFlight), timing, new CpuMeter(0), new Progress(null, ""));
            run.run();
            var setup = new RigResult.Setup("throughput", url, connections, 64, inFlight, false, false, "off", 0);
            return run.result(setup, null, Map.of());
        }
    }
}
