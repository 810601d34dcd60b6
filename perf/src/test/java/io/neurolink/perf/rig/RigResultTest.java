package io.neurolink.perf.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.perf.report.Json;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** Other programs read the JSON. */
class RigResultTest {
    private static Histogram histogram(long... valuesNs) {
        Histogram histogram = Histograms.create();
        for (long value : valuesNs) {
            Histograms.record(histogram, value);
        }
        return histogram;
    }

    private static RigResult.Setup setup(String workload, double rate) {
        return new RigResult.Setup(workload, "ws://127.0.0.1:9001/", 50, 64, 2, true, false, "shared", rate);
    }

    @Test
    void shouldWriteOneLineWithEveryFieldThatIsKnown() {
        RigResult result = new RigResult(setup("latency", 1000), 2, 4, null, histogram(1000, 1000, 2000, 3000), histogram(10), 0.25,
                new CpuMeter.Busy(0.5, 0.125), Map.of());
        String json = Json.line(result.toMap());
        assertEquals(1, json.lines().count());
        String start = """
                {"workload":"latency","url":"ws://127.0.0.1:9001/","connections":50,"size":64,"inFlight":2,"text":true,"tls":false,\
                "compression":"shared","rate":1000.0,"seconds":2.0,"messages":4,"perSecond":2.0,"ok":true,"firstError":null,\
                "latencyNs":{"mean":1750,"p50":1000,"p90":3001,"p99":3001,"p999":3001,"max":3001},\
                "sendLagNs":{"mean":10,"p50":10,"p90":10,"p99":10,"p999":10,"max":10},\
                "clientIdle":0.25,"serverCpuNsPerMessage":2.5E8,"serverBusy":0.5,"othersBusy":0.125,"histogram":\"""";
        assertTrue(json.startsWith(start), json + "\n" + start);
    }

    @Test
    void shouldLeaveOutWhatIsNotKnown() {
        RigResult result = new RigResult(setup("throughput", 0), 0, 0, "connection 0: it \"broke\"", histogram(), null, Double.NaN,
                CpuMeter.Busy.UNKNOWN, Map.of());
        Map<String, Object> map = result.toMap();
        for (String name : new String[] {"rate", "sendLagNs", "clientIdle", "serverCpuNsPerMessage", "serverBusy", "othersBusy"}) {
            assertFalse(map.containsKey(name), name);
        }
        String json = Json.line(map);
        assertTrue(json.contains("\"perSecond\":0.0,\"ok\":false,\"firstError\":\"connection 0: it \\\"broke\\\"\""), json);
        assertFalse(json.contains("NaN"), json);
    }

    @Test
    void shouldCarryTheWholeHistogram() throws Exception {
        RigResult result = new RigResult(setup("throughput", 0), 1, 3, null, histogram(5, 70_000, 4_000_000_000L), null, Double.NaN,
                CpuMeter.Busy.UNKNOWN, Map.of());
        byte[] bytes = Base64.getDecoder().decode((String) result.toMap().get("histogram"));
        assertEquals(result.latency(), Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(bytes), 0));
    }

    @Test
    void shouldTellTheVerdictFirst() {
        RigResult result = new RigResult(setup("throughput", 0), 1, 3, "it broke", histogram(5), null, 0.5, CpuMeter.Busy.UNKNOWN,
                Map.of("broadcasts", 3));
        String table = RigReport.table(result);
        assertTrue(table.startsWith("throughput   FAIL: it broke\n"), table);
        assertTrue(table.contains("broadcasts   3\n"), table);
    }
}
