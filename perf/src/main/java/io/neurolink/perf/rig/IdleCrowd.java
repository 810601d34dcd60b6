package io.neurolink.perf.rig;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/**
 * Opens connections, sends one message on each, leaves them alone for a time, closes them, and looks at the server's memory in between and
 * at its processor time meanwhile.
 */
final class IdleCrowd implements Workload {
    private static final int FIRST_CONNECTIONS = 100;

    private final Client client;
    private final int connections;
    private final Times times;
    private final Supplier<MemoryMeter.Sample> memory;
    private final CpuMeter cpu;
    private final Progress progress;
    private final Histogram latency = Histograms.create();
    private final Map<String, MemoryMeter.Sample> samples = new LinkedHashMap<>();
    private long echoed;
    private double seconds;
    private Held held;

    /**
     * How long it takes.
     *
     * @param drainNs time for all echoes of a stage.
     * @param holdNs  time that the connections stay after their echo.
     */
    record Times(long drainNs, long holdNs) {
    }

    /** While the connections stayed. */
    private record Held(double seconds, long pings, double serverBusy) {
    }

    /**
     * @param memory looks at the server's memory.
     * @param cpu    looks at its processor time.
     */
    IdleCrowd(Client client, int connections, Times times, Supplier<MemoryMeter.Sample> memory, CpuMeter cpu, Progress progress) {
        this.client = client;
        this.connections = connections;
        this.times = times;
        this.memory = memory;
        this.cpu = cpu;
        this.progress = progress;
        client.start(this);
    }

    /** A few connections come first and go again, so that what a server makes once is not counted as theirs. */
    void run() {
        crowd(Math.min(FIRST_CONNECTIONS, connections), false);
        latency.reset();
        long beginNs = client.nowNs();
        crowd(connections, true);
        seconds = (client.nowNs() - beginNs) / 1e9;
    }

    private void crowd(int count, boolean isMeasured) {
        sample("before", isMeasured);
        Run.open(client, count, index -> index, progress);
        sample("open", isMeasured);
        echoOnEach();
        sample("touched", isMeasured);
        if (isMeasured && times.holdNs > 0 && client.firstError() == null) {
            hold();
        }
        Run.closeAll(client, progress);
        sample("closed", isMeasured);
    }

    private void sample(String stage, boolean isMeasured) {
        if (isMeasured && client.firstError() == null) {
            samples.put(stage, memory.get());
        }
    }

    private void echoOnEach() {
        progress.phase("echoes:");
        long wanted = echoed;
        long deadlineNs = client.nowNs() + times.drainNs;
        for (Link link : client.links()) {
            wanted++;
            link.add(1);
            link.flush();
            turn();
        }
        while (client.firstError() == null && echoed < wanted) {
            if (turn() - deadlineNs >= 0) {
                client.fail(wanted - echoed + " messages were not answered within " + times.drainNs / 1e9 + " s");
            }
        }
    }

    private void hold() {
        progress.phase("waiting:");
        long pings = client.pingCount();
        long beginNs = client.nowNs();
        cpu.begin();
        long nowNs = beginNs;
        while (client.firstError() == null && nowNs - beginNs < times.holdNs) {
            nowNs = turn();
        }
        held = new Held((nowNs - beginNs) / 1e9, client.pingCount() - pings, cpu.end().serverBusy());
    }

    private long turn() {
        long nowNs = client.turn();
        progress.tell(nowNs, echoed);
        return nowNs;
    }

    @Override
    public void onOpen(Link link, long nowNs) {
        // It stays as it is.
    }

    @Override
    public void onWriting(Link link, long first, long end, long nowNs) {
        link.times().put(first, link.expected(), nowNs);
    }

    @Override
    public void onMessage(Link link, long sequence, long nowNs) {
        echoed++;
        Histograms.record(latency, nowNs - link.times().get(sequence));
    }

    @Override
    public void onReadEnd(Link link) {
        // An echo causes nothing.
    }

    @Override
    public boolean doWork(long nowNs) {
        return false;
    }

    RigResult result(RigResult.Setup setup) {
        Map<String, Object> stages = new LinkedHashMap<>();
        samples.forEach((stage, sample) -> stages.put(stage, sample.toMap()));
        return new RigResult(setup, seconds, latency.getTotalCount(), client.firstError(), latency, null, Double.NaN, CpuMeter.Busy.UNKNOWN,
                more(stages));
    }

    private Map<String, Object> more(Map<String, Object> stages) {
        Map<String, Object> more = new LinkedHashMap<>();
        more.put("memory", stages);
        more.put("perConnection", perConnection());
        if (held != null) {
            more.put("held", held());
        }
        return more;
    }

    private Map<String, Object> perConnection() {
        Map<String, Object> each = new LinkedHashMap<>();
        putGrowth(each, "rssOpen", sample("before").rssBytes(), sample("open").rssBytes());
        putGrowth(each, "rssTouched", sample("before").rssBytes(), sample("touched").rssBytes());
        putGrowth(each, "heapOpen", sample("before").liveHeapBytes(), sample("open").liveHeapBytes());
        putGrowth(each, "heapTouched", sample("before").liveHeapBytes(), sample("touched").liveHeapBytes());
        return each;
    }

    private Map<String, Object> held() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("seconds", held.seconds);
        map.put("pings", held.pings);
        if (!Double.isNaN(held.serverBusy)) {
            map.put("cpuNsPerConnectionSecond", Math.round(held.serverBusy * 1e9 / connections));
        }
        return map;
    }

    private MemoryMeter.Sample sample(String stage) {
        return samples.getOrDefault(stage, MemoryMeter.Sample.UNKNOWN);
    }

    private void putGrowth(Map<String, Object> map, String name, OptionalLong before, OptionalLong after) {
        if (before.isPresent() && after.isPresent()) {
            map.put(name, Math.round((after.getAsLong() - before.getAsLong()) / (double) connections));
        }
    }
}
