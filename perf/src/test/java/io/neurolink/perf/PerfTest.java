package io.neurolink.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class PerfTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int execute(String... args) {
        CommandLine commandLine = Perf.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return commandLine.execute(args);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "echo-server | --port is missing",
        "echo-server 9001 --port 9002 | --port is given twice",
        "echo-server x | PORT must be a number, not 'x'",
        "echo-server --port x | Invalid value for option '--port': 'x' is not an int",
        "echo-server --port 70000 | port must be 0 to 65535, not 70000",
        "echo-server --port 0 --event-loops 0 | eventLoops must be 1 to 256, not 0",
        "echo-server --port 0 --idle lazy | Invalid value for option '--idle': must be one of auto, busy-spin,",
        "echo-server --port 0 --handler-threading x | Invalid value for option '--handler-threading': must be one of worker, inline,",
        "echo-server --port 0 --max-message-size 0 | maxMessageSize must be at least 1 byte, not 0",
        "echo-server --port 0 --compression x | Invalid value for option '--compression': must be one of off, shared,",
        "echo-server --port 0 --tls-cert x.pem | --tls-cert needs --tls-key",
        "echo-server --port 0 --tls-key x.pem | --tls-key needs --tls-cert"})
    void shouldComplainInOneLineAboutABadOption(String line, String complaint) {
        assertEquals(2, execute(line.split(" ")));
        assertEquals("", out.toString());
        assertTrue(err.toString().startsWith("neurolink-perf echo-server: " + complaint), err.toString());
        assertEquals(1, err.toString().lines().count());
    }

    @Test
    void shouldNameTheSubcommandsThereAre() {
        assertEquals(2, execute());
        assertEquals("neurolink-perf: which subcommand? There is: echo-server, conformance-client, client-crowd, attack, soak, latency, "
                + "throughput, fanout, connect, idle, agent-runs, cluster, scale, compare, jmh, jmh-check",
                err.toString().strip());
    }

    @Test
    void shouldEndWithStatus1IfThePortIsInUse() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName(EchoServer.HOST))) {
            assertEquals(1, execute("echo-server", "--port", String.valueOf(taken.getLocalPort())));
            assertTrue(err.toString().contains(EchoServer.HOST + ":" + taken.getLocalPort()), err.toString());
            assertEquals(1, err.toString().lines().count());
        }
    }

    @Test
    void shouldPrintHelp() {
        assertEquals(0, execute("echo-server", "--help"));
        assertTrue(out.toString().contains("--broadcast"), out.toString());
    }

    @Test
    void shouldHandItsArgumentsToJmh() {
        assertEquals(0, execute("jmh", "-l", "LaneHop.*"));
        assertEquals("", err.toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "jmh-check --only nothing | --only: no comparison has nothing in its name",
        "jmh-check --forks 0 | --forks must be at least 1, not 0",
        "jmh-check --warmups 0 | --warmups must be at least 1, not 0",
        "jmh-check --iterations -1 | --iterations must be at least 1, not -1",
        "jmh-check --time 0 | --time must be at least 1, not 0",
        "jmh-check --time x | Invalid value for option '--time': 'x' is not an int"})
    void shouldComplainAboutABadOptionOfTheCheck(String line, String complaint) {
        assertEquals(2, execute(line.split(" ")));
        assertEquals("neurolink-perf jmh-check: " + complaint, err.toString().strip());
    }

    @Test
    void shouldListTheComparisonsOfTheCheck() {
        assertEquals(0, execute("jmh-check", "--list", "--only", "LaneHop", "Counters"));
        assertEquals(List.of("LaneHop.lane / arraysInAQueue", "LaneHop.lane / blockingQueue", "Counters.singleWriter / atomicLong"),
                out.toString().lines().toList());
    }

    @Test
    void shouldNotMeasureWithoutTheStoredFile() {
        assertEquals(1, execute("jmh-check", "--stored", "no-such-file.json"));
        assertEquals("neurolink-perf jmh-check: no-such-file.json", err.toString().strip());
    }
}
