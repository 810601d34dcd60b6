package io.neurolink.perf.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The measurements of a cluster, small; where there is no {@code nats-server}, its complaint. */
@Timeout(300)
class ClusterCommandTest {
    /** Complains while three servers of NATS agree, which a busy machine may take long for; held so that the level stays. */
    private static final java.util.logging.Logger SILENCED = java.util.logging.Logger.getLogger("io.neurolink.agent.nats");

    static {
        SILENCED.setLevel(java.util.logging.Level.OFF);
    }

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    private int run(String... args) {
        return new CommandLine(new ClusterCommand()).setOut(new PrintWriter(out)).setErr(new PrintWriter(err))
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    err.write(e.getMessage());
                    return 1;
                }).execute(args);
    }

    private static void requireNats() {
        try {
            NatsServers.find();
        } catch (IOException e) {
            Assumptions.abort(e.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--nodes 1 | --nodes must be 2 to 16, not 1",
        "--connections 0 | --connections must be 1 to 8000, not 0",
        "--size 8 | --size must be 16 to 65536, not 8",
        "--records 0 | --records must be 1 to 100000, not 0",
        "--only all | Invalid value for option '--only' (PART): expected one of [BROADCAST, broadcast, LATENCY, latency,"})
    void shouldNameWhatIsWrong(String line, String complaint) {
        assertEquals(2, run(line.split(" ")));
        assertTrue(err.toString().startsWith(complaint), err.toString());
    }

    @Test
    void shouldSayThatThereIsNoNats() {
        assertEquals(1, run("--nats-server", folder.resolve("none").toString()));
        assertTrue(err.toString().contains("none"), err.toString());
    }

    @Test
    void shouldSayWhyNatsDoesNotStart() throws IOException {
        Path broken = Files.writeString(folder.resolve("broken"), "#!/bin/sh\necho out of order\n");
        assertTrue(broken.toFile().setExecutable(true));
        assertEquals(1, run("--nats-server", broken.toString()));
        assertEquals("nats-server did not start: out of order", err.toString());
    }

    @Test
    void shouldMeasureBroadcasts() throws IOException {
        requireNats();
        Path json = folder.resolve("result.json");
        assertEquals(0, run("--only", "broadcast,latency", "--nodes", "2", "--connections", "3", "--broadcasts", "5", "--rounds", "1",
                "--rate", "50", "--duration", "1", "--json", json.toString()), err::toString);
        List<String> lines = out.toString().lines().toList();
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("median ")), out.toString());
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("another node ")), out.toString());
        String figures = Files.readString(json);
        assertTrue(figures.contains("\"loopsRatio\""), figures);
        assertTrue(figures.contains("\"thereNs\""), figures);
        assertFalse(figures.contains("records"), figures);
    }

    @Test
    void shouldMeasureRecordsThatAreKeptOnceAndThrice() throws IOException {
        requireNats();
        Path json = folder.resolve("result.json");
        assertEquals(0, run("--only", "records", "--runs", "5", "--records", "50", "--duration", "2", "--json", json.toString()),
                err::toString);
        assertTrue(out.toString().lines().anyMatch(line -> line.startsWith("3 ")), out.toString());
        String figures = Files.readString(json);
        assertTrue(figures.contains("\"records1\"") && figures.contains("\"records3\""), figures);
    }
}
