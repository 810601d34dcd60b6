package io.neurolink.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

@Timeout(300)
class RigCommandsTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int execute(String... args) {
        CommandLine commandLine = Perf.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return commandLine.execute(args);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "throughput --connections 0 | --connections must be 1 to ",
        "throughput --connections 20000 | --connections must be at most ",
        "throughput --in-flight 0 | --in-flight must be 1 to 1000000, not 0",
        "throughput --size 7 | --size must be 8 to 16777216, not 7",
        "throughput --size 16777217 | --size must be 8 to 16777216, not 16777217",
        "throughput --duration x | Invalid value for option '--duration': must be a time as 300ms, 1.5s or 2m, not 'x'",
        "throughput --duration 0 | --duration must be more than 0",
        "throughput --compression x | Invalid value for option '--compression': must be one of off, shared, dedicated, not 'x'",
        "throughput --url http://127.0.0.1/ | --url must be as ws://host:port/path or wss://host:port/path, not 'http://127.0.0.1/'",
        "throughput --url ws://127.0.0.1:0/ | --url must have a port from 1 to 65535, not 0",
        "throughput --url ws://no.such.host.invalid:1/ | --url the host 'no.such.host.invalid' is not known",
        "throughput --url ws://127.0.0.1:1/ --tls | --tls is for a server that is started; with --url write wss://",
        "throughput --url ws://127.0.0.1:1/ --server-args x | --server-args is for a server that is started, not for --url",
        "throughput --server-pid 1 | --server-pid is for a server of --url",
        "throughput --json /no/such/folder/x.json | --json: there is no folder /no/such/folder",
        "throughput --server-args=--idle=lazy | --server-args: Invalid value for option '--idle': must be one of auto,",
        "latency --rate 0 | --rate must be 0.1 to 10000000 messages a second, not 0.0",
        "latency --rate x | Invalid value for option '--rate': 'x' is not a double",
        "fanout --subscribers 0 | --subscribers must be 1 to ",
        "fanout --outstanding 0 | --outstanding must be 1 to 1000000, not 0",
        "connect --in-flight 20000 | --in-flight must be at most ",
        "idle --connections 0 | --connections must be 1 to "})
    void shouldComplainInOneLineAboutABadOption(String line, String complaint) {
        String[] args = line.split(" ");
        assertEquals(2, execute(args), err::toString);
        assertEquals("", out.toString());
        assertTrue(err.toString().startsWith("neurolink-perf " + args[0] + ": " + complaint), err.toString());
        assertEquals(1, err.toString().lines().count(), err::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"latency", "throughput", "fanout", "connect", "idle"})
    void shouldPrintHelp(String command) {
        assertEquals(0, execute(command, "--help"));
        assertTrue(out.toString().contains("--json=FILE"), out.toString());
    }
}
