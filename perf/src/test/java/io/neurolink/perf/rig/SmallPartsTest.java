package io.neurolink.perf.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.neurolink.perf.report.PercentilePlot;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class SmallPartsTest {
    private static final long SECOND_NS = 1_000_000_000;

    @ParameterizedTest
    @CsvSource({"300ms, 300000000", "1.5s, 1500000000", "5, 5000000000", "2m, 120000000000", "0, 0"})
    void shouldReadTimes(String text, long expectedNs) {
        assertEquals(expectedNs, new Durations().convert(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "-1s", "1h", "1e3", "1.s", "99999999"})
    void shouldRefuseWhatIsNoTime(String text) {
        assertThrows(TypeConversionException.class, () -> new Durations().convert(text));
    }

    @ParameterizedTest
    @CsvSource({"ws://127.0.0.1:9001/a/b?c=d, 9001, 127.0.0.1:9001, /a/b?c=d, false", "ws://127.0.0.1, 80, 127.0.0.1:80, /, false",
        "wss://127.0.0.1/x, 443, 127.0.0.1:443, /x, true", "ws://[::1]:9001/, 9001, [::1]:9001, /, false"})
    void shouldReadUrls(String url, int port, String host, String resource, boolean isTls) {
        Target target = Target.parse(url);
        assertEquals(port, target.address().getPort());
        assertEquals(host, target.hostHeader());
        assertEquals(resource, target.resource());
        assertEquals(isTls, target.isTls());
        assertTrue(target.isLoopback());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "http://127.0.0.1/", "ws:///x", "ws://127.0.0.1/#x", "ws://127.0.0.1:0/", "ws://127.0.0.1:65536/", "ws://a b/"})
    void shouldRefuseWhatIsNoUrlOfAServer(String url) {
        assertThrows(IllegalArgumentException.class, () -> Target.parse(url));
    }

    @Test
    void shouldTellProgressOnceASecond() {
        StringWriter text = new StringWriter();
        Progress progress = new Progress(new PrintWriter(text), "throughput");
        progress.phase("warm-up:");
        for (long timeNs = -5; timeNs < 3 * SECOND_NS - 10; timeNs += SECOND_NS / 10) {
            progress.tell(timeNs, 7);
        }
        assertEquals("throughput    1 s  warm-up:  7|throughput    2 s  warm-up:  7", String.join("|", text.toString().lines().toList()));
    }

    @Test
    void shouldSeeTheProcessorTimeOfAProcess() {
        assumeTrue(Files.isReadable(Path.of("/proc/self/schedstat")));
        OptionalLong before = CpuMeter.processNs(ProcessHandle.current().pid());
        long sum = 0;
        while (CpuMeter.processNs(ProcessHandle.current().pid()).orElseThrow() == before.orElseThrow()) {
            sum++;
        }
        assertTrue(sum >= 0);
        assertFalse(CpuMeter.processNs(Long.MAX_VALUE).isPresent());
    }

    @Test
    void shouldSeeTheMemoryOfAJvm() {
        assumeTrue(Files.isReadable(Path.of("/proc/self/status")));
        MemoryMeter.Sample sample = new MemoryMeter(ProcessHandle.current().pid()).sample();
        assertTrue(sample.rssBytes().orElseThrow() > sample.liveHeapBytes().orElse(1));
        assertEquals(MemoryMeter.Sample.UNKNOWN, new MemoryMeter(0).sample());
    }

    @Test
    void shouldDrawPercentiles() {
        Histogram histogram = Histograms.create();
        for (int i = 1; i <= 10_000; i++) {
            Histograms.record(histogram, i * 1000L);
        }
        String svg = new PercentilePlot("a < b").line("one", histogram).line("nothing", Histograms.create()).svg();
        assertTrue(svg.contains("a &lt; b") && svg.contains(">99.99 %<") && svg.contains(">one<"), svg);
        assertEquals(1, svg.split("<polyline", -1).length - 1);
        assertFalse(svg.contains("NaN"), svg);
    }
}
