package io.neurolink.perf.check;

import io.neurolink.perf.micro.BroadcastBenchmark;
import io.neurolink.perf.micro.CodecBenchmark;
import io.neurolink.perf.micro.CommandQueueBenchmark;
import io.neurolink.perf.micro.CountersBenchmark;
import io.neurolink.perf.micro.EchoPathBenchmark;
import io.neurolink.perf.micro.EnvelopeBenchmark;
import io.neurolink.perf.micro.LaneBenchmark;
import io.neurolink.perf.micro.LaneHopBenchmark;
import io.neurolink.perf.micro.MaskingBenchmark;
import io.neurolink.perf.micro.TimersBenchmark;
import io.neurolink.perf.micro.Utf8Benchmark;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The comparisons that are watched: one or a few for everything a message passes, so few that all take less than two minutes. */
final class Comparisons {
    static final List<Comparison> ALL = all();

    private Comparisons() {
    }

    private static List<Comparison> all() {
        List<Comparison> all = new ArrayList<>();
        add(all, CodecBenchmark.class, Map.of(), "decodeBatchOf64Bytes / plainBatchOf64Bytes",
                "decodeBatchOf64BytesText / plainBatchOf64BytesText", "echoBatchOf64Bytes / copyBatchOf64Bytes",
                "decode16KiB / plain16KiB", "decode16KiBText / plain16KiBText", "decode16KiB / copy16KiB", "decode1MiB / copy1MiB");
        for (String length : List.of("64", "16384")) {
            add(all, MaskingBenchmark.class, Map.of("length", length, "alignment", "6"), "masking / naiveLoop", "masking / copyOnly");
        }
        for (String kind : List.of("ASCII", "MIXED")) {
            add(all, Utf8Benchmark.class, Map.of("kind", kind, "chars", "1000"), "validate / validateBaselineNewString",
                    "validate / validateBaselineDecoder", "encode / encodeBaselineGetBytes");
        }
        for (String kind : List.of("SHORT", "LONG")) {
            add(all, EnvelopeBenchmark.class, Map.of("kind", kind), "read / readBaselineLibraryMap", "write / writeBaselineLibraryMap");
        }
        add(all, LaneBenchmark.class, Map.of("length", "64"), "offerAndDrain / copyOnly", "offerAndDrain / arrayBlockingQueue",
                "offerAndDrain / concurrentLinkedQueue", "offerAndDrainSixteen / arrayBlockingQueueSixteen");
        add(all, LaneHopBenchmark.class, Map.of(), "lane / arraysInAQueue", "lane / blockingQueue");
        add(all, CommandQueueBenchmark.class, Map.of(), "offerAndDrain / concurrentLinkedQueue");
        add(all, CountersBenchmark.class, Map.of(), "singleWriter / atomicLong");
        add(all, TimersBenchmark.class, Map.of("connections", "10000"), "armAndCancel / armAndCancelAgrona",
                "armAndCancel / armAndCancelPriorityQueue", "pollIdle / pollIdleAgrona",
                "catchUpAfterAMinute / catchUpAfterAMinutePriorityQueue");
        for (String outstanding : List.of("1", "8")) {
            add(all, BroadcastBenchmark.class, Map.of("connections", "1000", "outstanding", outstanding),
                    "encodeOnce / encodePerRecipient", "encodeOnce / copiesOnly");
        }
        for (String messages : List.of("1", "16")) {
            add(all, EchoPathBenchmark.class, Map.of("messages", messages), "echo / codecOnly");
        }
        return List.copyOf(all);
    }

    private static void add(List<Comparison> all, Class<?> benchmark, Map<String, String> params, String... pairs) {
        for (String pair : pairs) {
            String[] names = pair.split(" / ");
            all.add(new Comparison(benchmark, names[0], names[1], params));
        }
    }
}
