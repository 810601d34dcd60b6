package io.neurolink.perf.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.CompressionConfig;
import io.neurolink.perf.server.Certificate;
import io.neurolink.protocol.Opcode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongUnaryOperator;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Each workload against a server over sockets, by a clock that waits for what the test wants to see. */
@Timeout(300)
class WorkloadsTest {
    private static final long WINDOW_NS = TimeUnit.SECONDS.toNanos(1);
    /** A fan-out waits for a tenth of a second before it begins. */
    private static final long STEP_BEFORE_WINDOW_NS = 100;
    private static final Run.Timing TIMING = new Run.Timing(10, WINDOW_NS, WINDOW_NS);
    private static final Progress SILENT = new Progress(null, "");

    private final StepClock clock = new StepClock();

    private Load load(String url, int size, boolean isText, int maxBatch) {
        return load(url, size, isText, maxBatch, Compression.Mode.OFF, null);
    }

    private Load load(String url, int size, boolean isText, int maxBatch, Compression.Mode compression, SSLContext tls) {
        return new Load(Target.parse(url), size, isText, maxBatch, new Compression(compression), tls, clock);
    }

    /** Runs until so many messages are counted. */
    private Run run(Client client, Timed workload, long messages) {
        clock.step(nowNs -> {
            if (workload.window().endNs() == 0) {
                return STEP_BEFORE_WINDOW_NS;
            }
            return workload.messages() >= messages && workload.window().contains(nowNs) ? WINDOW_NS / 10 : 1;
        });
        Run run = new Run(client, workload, TIMING, new CpuMeter(0), SILENT);
        run.run();
        return run;
    }

    private void checkThroughput(Load load, int connections, int inFlight, long messages) throws IOException {
        try (Client client = new Client(load)) {
            ClosedLoop workload = new ClosedLoop(client, connections, inFlight);
            run(client, workload, messages);
            assertNull(client.firstError());
            assertTrue(workload.messages() >= messages, () -> workload.messages() + " messages");
            assertEquals(connections, client.openCount());
            assertEquals(connections, client.endedCount());
        }
    }

    @ParameterizedTest
    @CsvSource({"8, false, 1", "64, false, 16", "125, true, 3", "300, true, 2", "16384, false, 1", "70000, false, 4", "1500000, false, 2",
        "200000, true, 1"})
    void shouldEchoInAClosedLoop(int size, boolean isText, int inFlight) throws Exception {
        try (EngineServer server = EngineServer.echo()) {
            checkThroughput(load(server.url(), size, isText, inFlight), 5, inFlight, 200);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SHARED", "DEDICATED"})
    void shouldEchoCompressed(CompressionConfig.Mode mode) throws Exception {
        try (EngineServer server = EngineServer.start(false, mode, null)) {
            Compression.Mode own = Compression.Mode.valueOf(mode.name());
            checkThroughput(load(server.url(), 300, true, 4, own, null), 3, 4, 100);
            checkThroughput(load(server.url(), 300_000, false, 2, own, null), 3, 2, 30);
        }
    }

    @Test
    void shouldEchoOverTls() throws Exception {
        try (Certificate certificate = Certificate.make();
                EngineServer server = EngineServer.start(false, CompressionConfig.Mode.OFF, certificate)) {
            checkThroughput(load(server.url(), 64, false, 4, Compression.Mode.OFF, certificate.trust()), 3, 4, 200);
            checkThroughput(load(server.url(), 1_000_000, false, 2, Compression.Mode.OFF, TrustAnyone.context()), 3, 2, 30);
        }
    }

    @Test
    void shouldNotTrustAStrangersCertificate() throws Exception {
        try (Certificate certificate = Certificate.make();
                EngineServer server = EngineServer.start(false, CompressionConfig.Mode.OFF, certificate);
                Client client = new Client(load(server.url(), 64, false, 1, Compression.Mode.OFF, SSLContext.getDefault()))) {
            run(client, new ClosedLoop(client, 1, 1), 1);
            assertTrue(client.firstError().startsWith("connection 0: it broke: "), client.firstError());
        }
    }

    @Test
    void shouldTakeFragmentsAndAnswerPings() throws Exception {
        ScriptedServer.Script script = (number, opcode, payload) -> ScriptedServer.all(
                ScriptedServer.frame(opcode, false, Arrays.copyOf(payload, 5)),
                ScriptedServer.frame(Opcode.PING, new byte[] {1, 2, 3}),
                ScriptedServer.frame(Opcode.CONTINUATION, false, new byte[0]),
                ScriptedServer.frame(Opcode.CONTINUATION, Arrays.copyOfRange(payload, 5, payload.length)));
        try (ScriptedServer server = new ScriptedServer(script)) {
            checkThroughput(load(server.url(), 64, false, 3), 2, 3, 50);
        }
    }

    @Test
    void shouldDeliverToAllAndTellTheLastApart() throws Exception {
        try (EngineServer server = EngineServer.start(true, CompressionConfig.Mode.OFF, null);
                Client client = new Client(load(server.url(), 64, false, 3))) {
            Fanout workload = new Fanout(client, 20, 3);
            run(client, workload, 400);
            assertNull(client.firstError());
            assertTrue(workload.messages() >= 400);
            long broadcasts = workload.toLast().getTotalCount();
            assertTrue(broadcasts >= 17 && broadcasts <= workload.messages() / 20 + 3, () -> broadcasts + " of " + workload.messages());
        }
    }

    @Test
    void shouldConnectAndCloseAgainAndAgain() throws Exception {
        try (EngineServer server = EngineServer.echo(); Client client = new Client(load(server.url(), 64, false, 1))) {
            ConnectLoop workload = new ConnectLoop(client, 7);
            run(client, workload, 100);
            assertNull(client.firstError());
            assertTrue(workload.messages() >= 100);
            assertEquals(client.openCount(), client.endedCount());
        }
    }

    @Test
    void shouldTellWhatAnIdleConnectionCosts() throws Exception {
        Iterator<MemoryMeter.Sample> samples = List.of(sample(1000, 500), sample(41_000, 20_500), sample(61_000, 20_500),
                sample(61_000, 500)).iterator();
        try (EngineServer server = EngineServer.echo(); Client client = new Client(load(server.url(), 64, false, 1))) {
            IdleCrowd crowd = new IdleCrowd(client, 200, new IdleCrowd.Times(WINDOW_NS, 0), samples::next, new CpuMeter(0), SILENT);
            crowd.run();
            assertNull(client.firstError());
            assertEquals(300, client.openCount());
            RigResult result = crowd.result(new RigResult.Setup("idle", server.url(), 200, 64, 1, false, false, "off", 0));
            assertEquals(200, result.messages());
            assertEquals(Map.of("rssOpen", 200L, "rssTouched", 300L, "heapOpen", 100L, "heapTouched", 100L),
                    result.more().get("perConnection"));
            assertEquals("[before, open, touched, closed]", ((Map<?, ?>) result.more().get("memory")).keySet().toString());
            assertNull(result.more().get("held"));
        }
    }

    /** The time for which they stay goes by at once when each was pinged twice in it. */
    @Test
    void shouldTellWhatConnectionsCostThatStay() throws Exception {
        try (EngineServer server = EngineServer.pinging(Duration.ofMillis(100));
                Client client = new Client(load(server.url(), 64, false, 1))) {
            List<Long> pings = new ArrayList<>();
            // The third sample is taken when they begin to stay.
            IdleCrowd crowd = new IdleCrowd(client, 20, new IdleCrowd.Times(WINDOW_NS, WINDOW_NS), () -> {
                pings.add(client.pingCount());
                return sample(1, 1);
            }, new CpuMeter(ProcessHandle.current().pid()), SILENT);
            clock.step(nowNs -> pings.size() == 3 && client.pingCount() - pings.get(2) >= 40 ? WINDOW_NS / 10 : 1);
            crowd.run();
            assertNull(client.firstError());
            RigResult result = crowd.result(new RigResult.Setup("idle", server.url(), 20, 64, 1, false, false, "off", 0));
            Map<?, ?> held = (Map<?, ?>) result.more().get("held");
            assertTrue((Long) held.get("pings") > 0, held.toString());
            assertTrue((Double) held.get("seconds") >= WINDOW_NS / 1e9, held.toString());
            assertTrue((Long) held.get("cpuNsPerConnectionSecond") > 0, held.toString());
        }
    }

    private static MemoryMeter.Sample sample(long rssBytes, long heapBytes) {
        return new MemoryMeter.Sample(OptionalLong.of(rssBytes), OptionalLong.of(heapBytes));
    }

    // ------------------------------------------------------------------ at a fixed rate

    private OpenLoop runOpenLoop(Client client, double rate, Function<OpenLoop, LongUnaryOperator> step) {
        OpenLoop workload = new OpenLoop(client, 4, rate);
        clock.step(step.apply(workload));
        new Run(client, workload, TIMING, new CpuMeter(0), SILENT).run();
        return workload;
    }

    /** Time stands still while an answer is out, so a server that answers at all keeps up. */
    @Test
    void shouldSendAtTheRate() throws Exception {
        try (EngineServer server = EngineServer.echo(); Client client = new Client(load(server.url(), 64, false, 64))) {
            OpenLoop workload = runOpenLoop(client, 2000,
                    loop -> nowNs -> loop.scheduled() == 0 ? 1 : loop.unanswered() > 0 ? 0 : 10_000);
            assertNull(client.firstError());
            assertEquals(2000, workload.latency().getTotalCount(), 1);
            assertEquals(workload.latency().getTotalCount(), workload.sendLag().getTotalCount());
            assertTrue(workload.latency().getMaxValue() <= 500_000, () -> workload.latency().getMaxValue() + " ns");
        }
    }

    /** The clock stands still while an answer is out, but once jumps over a tenth of the window, as if the client had not got a turn. */
    @Test
    void shouldChargeAPauseToAllThatHadToWait() throws Exception {
        try (EngineServer server = EngineServer.echo(); Client client = new Client(load(server.url(), 64, false, 64))) {
            OpenLoop workload = runOpenLoop(client, 1000, loop -> new LongUnaryOperator() {
                private boolean hasJumped;

                @Override
                public long applyAsLong(long nowNs) {
                    if (!hasJumped && loop.window().contains(nowNs - WINDOW_NS / 2)) {
                        hasJumped = true;
                        return WINDOW_NS / 10;
                    }
                    return loop.scheduled() == 0 ? 1 : loop.unanswered() > 0 ? 0 : 10_000;
                }
            });
            assertNull(client.firstError());
            assertEquals(1000, workload.latency().getTotalCount(), 1);
            assertEquals(WINDOW_NS / 10, workload.latency().getMaxValue(), WINDOW_NS / 100.0);
            assertEquals(50, workload.latency().getCountBetweenValues(WINDOW_NS / 20, WINDOW_NS), 3);
            assertEquals(workload.latency().getMaxValue(), workload.sendLag().getMaxValue(), WINDOW_NS / 100.0);
        }
    }

    @Test
    void shouldFailARunThatMissesItsRate() throws Exception {
        try (EngineServer server = EngineServer.echo(); Client client = new Client(load(server.url(), 64, false, 64))) {
            OpenLoop workload = runOpenLoop(client, 1000, loop -> nowNs -> loop.scheduled() == 0 ? 1
                    : loop.window().contains(nowNs - WINDOW_NS / 2) ? WINDOW_NS / 2 : loop.unanswered() > 0 ? 0 : 10_000);
            assertTrue(client.firstError().matches("the rate was missed: \\d+ answers a second of 1000"), client.firstError());
            assertEquals(1000, workload.latency().getTotalCount(), 1);
        }
    }

    @Test
    void shouldCountWhatIsNeverAnsweredWithTheTimeItWasOut() throws Exception {
        ScriptedServer.Script silent = (number, opcode, payload) -> number < 100 ? ScriptedServer.frame(opcode, payload) : new byte[0];
        try (ScriptedServer server = new ScriptedServer(silent); Client client = new Client(load(server.url(), 64, false, 64))) {
            OpenLoop workload = runOpenLoop(client, 1000, loop -> nowNs -> loop.scheduled() == 0 ? 1
                    : loop.unanswered() > 0 && loop.scheduled() < 300 ? 0 : 100_000);
            assertTrue(client.firstError().matches("\\d+ messages were not answered within 1.0 s"), client.firstError());
            assertTrue(workload.latency().getMaxValue() >= WINDOW_NS, () -> workload.latency().getMaxValue() + " ns");
        }
    }
}
