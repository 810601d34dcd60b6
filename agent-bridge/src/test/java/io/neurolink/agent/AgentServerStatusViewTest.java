package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.envelope.EnvelopeReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the command status makes of two looks at a server. */
class AgentServerStatusViewTest {
    private static final String STATUS = """
            {"server":"neurolink-server 1.0","pid":7,"takenAt":1000000,"uptimeMs":UPTIME,"ready":true,
            "connections":{"open":2,"max":1000,"opened":1500,"closed":{"normal":1497,"abnormal":1,"policy":0},"order":"buffered","top":[
            {"id":"c1","user":"ann\\u001b[2J\\u202e","path":"/ws","ageMs":3723000,"idleMs":61000,"bufferedBytes":2048,"messagesIn":12345,
            "messagesOut":7,"roundTripMs":1.25},
            {"id":"c2","user":null,"path":"/ws","ageMs":90061000,"idleMs":0,"bufferedBytes":0,"messagesIn":0,"messagesOut":0,
            "roundTripMs":null}]},
            "upgrades":{"accepted":1500,"refused":{"origin":3,"forbidden":0}},
            "memory":{"usedBytes":1536,"limitBytes":1048576,"tight":true,"queuedBytes":10,"heapUsedBytes":0,"heapMaxBytes":1073741824},
            "times":{"roundTrip":{"count":0},"handler":{"count":2,"p50Ms":0.0125,"p99Ms":1500.0,"maxMs":1500.0}},
            "threads":[{"name":"neurolink-loop-0","state":"RUNNABLE","busyNs":BUSY,"cpuNs":null,"cycles":CYCLES,"stalls":0,
            "longestMs":2.5}],
            "errors":[{"type":"java.lang.IllegalStateException","message":"broken","at":"Some.where(Some.java:1)","count":3,"firstAt":0,
            "lastAt":940000}],
            "agents":[{"name":"demo","active":1,"kept":4,"logBytes":1024,"started":STARTED,"completed":3,"cancelled":1,"failed":0,
            "firstToken":{"count":3,"p50Ms":20.0,"p99Ms":100.0},"inputTokens":10,"outputTokens":STARTED}],
            "counters":{"connections.opened":1500,"messages.in":MESSAGES,"messages.sent":0,"bytes.in":MESSAGES,"bytes.out":0,
            "connections.open":MESSAGES},"gauges":["connections.open"]}""";

    private static Map<?, ?> status(int uptimeMs, long busyNs, int cycles, int started, int messages) {
        String text = STATUS.replace("UPTIME", "" + uptimeMs).replace("BUSY", "" + busyNs).replace("CYCLES", "" + cycles)
                .replace("STARTED", "" + started).replace("MESSAGES", "" + messages);
        return (Map<?, ?>) new EnvelopeReader(1 << 20, 16, 10_000).readValue(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static List<String> lines(int columns, int rows) {
        return new AgentServerStatusView("http://h/api", columns, rows)
                .lines(status(8000, 1_000_000_000L, 100, 4, 1000), status(10_000, 1_500_000_000L, 4100, 5, 41_960));
    }

    @Test
    void shouldShowTotalsAndRates() {
        assertEquals("""
                neurolink-server 1.0   ready   up 10s   pid 7   http://h/api
                connections  2 open of 1,000, 1,500 opened (0/s); closed 1,497 normal, 1 abnormal
                upgrades     1,500 accepted; refused 3 origin
                messages     in 20,480/s (41,960), out 0/s (0)
                traffic      in 20.0 KiB/s (41.0 KiB), out 0 B/s (0 B)
                memory       1.5 KiB of 1.0 MiB TIGHT, queued 10 B; heap 0 B of 1.0 GiB
                times        round trip -; handler p50 13 µs, p99 1.5 s
                agent        demo: 1 active, 5 started (0.5/s), 3 completed, 1 cancelled, 0 failed, 4 kept in 1.0 KiB
                             first token p50 20.0 ms, p99 100.0 ms; tokens 10 in, 5 out (0.5/s)

                THREADS
                name                         busy    cpu    cycles/s  stalls    longest  state
                neurolink-loop-0             25 %      -       2,000       0     2.5 ms  RUNNABLE

                CONNECTIONS by buffered
                id                         user             path               age    idle   buffered         in        out       rtt
                c1                         ann?[2J?         /ws               1h2m    1m1s    2.0 KiB     12,345          7    1.3 ms
                c2                         -                /ws               1d1h      0s        0 B          0          0         -

                ERRORS: 1 kinds
                    times     ago  what
                        3    1m0s  java.lang.IllegalStateException: broken at Some.where(Some.java:1)

                COUNTERS that are not 0
                name                                            total   per second
                connections.opened                              1,500          0/s
                messages.in                                    41,960     20,480/s
                bytes.in                                       41,960     20,480/s
                connections.open                               41,960""",
                String.join("\n", lines(AgentServerStatusView.UNLIMITED, AgentServerStatusView.UNLIMITED)));
    }

    @Test
    void shouldFitTheTerminal() {
        List<String> lines = lines(20, 5);
        assertEquals(5, lines.size());
        assertTrue(lines.stream().allMatch(line -> line.length() <= 20), lines::toString);
        assertEquals("neurolink-server 1.…", lines.get(0));
    }

    /** Nothing that a peer chose may command the terminal. */
    @Test
    void shouldPrintNoControlCharacters() {
        lines(AgentServerStatusView.UNLIMITED, AgentServerStatusView.UNLIMITED).forEach(line -> assertTrue(line.chars()
                .noneMatch(c -> Character.isISOControl(c) || c == 0x202E), line));
    }

    @Test
    void shouldHaveNoRatesAcrossARestart() {
        Map<Object, Object> other = new LinkedHashMap<>(status(1000, 0, 1, 1, 5));
        other.put("pid", 8L);
        List<String> lines = new AgentServerStatusView("u", AgentServerStatusView.UNLIMITED, AgentServerStatusView.UNLIMITED)
                .lines(status(10_000, 0, 100, 4, 1000), other);
        assertTrue(lines.contains("messages     in 0/s (5), out 0/s (0)"), lines::toString);
        assertTrue(lines.contains("neurolink-loop-0              0 %      -           0       0     2.5 ms  RUNNABLE"), lines::toString);
    }

    @Test
    void shouldBearAServerThatTellsLess() {
        assertEquals("-   NOT READY   up 0s   pid 0   u", new AgentServerStatusView("u", 100, 100).lines(Map.of(), Map.of()).get(0));
    }
}
