package io.neurolink.perf.rig;

import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What a run has found. The JSON of {@link #toMap()} is described in the package's documentation; what is not known is not in it.
 *
 * @param setup      what was run
 * @param seconds    length of the window
 * @param messages   what was counted in it
 * @param firstError what went wrong first; null if the run is valid
 * @param latency    times of what was counted; null if there are none
 * @param sendLag    how late the client itself was; null for all but latency
 * @param clientIdle share of the window in which the client had nothing to do; NaN if not known
 * @param busy       processor time in the window
 * @param more       figures that only one workload has, in the form of the JSON
 */
record RigResult(Setup setup, double seconds, long messages, String firstError, Histogram latency, Histogram sendLag, double clientIdle,
        CpuMeter.Busy busy, Map<String, Object> more) {
    /**
     * What was run.
     *
     * @param workload    name of the subcommand
     * @param connections connections; subscribers of fanout; slots of connect
     * @param size        bytes of a message; 0 for connect
     * @param inFlight    messages in flight on each connection; broadcasts outstanding; slots of connect
     * @param compression mode in lower case
     * @param rate        messages a second that are wanted; 0 for all but latency
     */
    record Setup(String workload, String url, int connections, int size, int inFlight, boolean isText, boolean isTls, String compression,
            double rate) {
    }

    boolean isOk() {
        return firstError == null;
    }

    double perSecond() {
        return seconds > 0 ? messages / seconds : 0;
    }

    /** Processor time of the server for each message, in nanoseconds; NaN if not known. */
    double serverCpuNsPerMessage() {
        return messages == 0 ? Double.NaN : busy.serverBusy() * 1e9 / perSecond();
    }

    /** The JSON object. */
    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("workload", setup.workload);
        map.put("url", setup.url);
        map.put("connections", setup.connections);
        map.put("size", setup.size);
        map.put("inFlight", setup.inFlight);
        map.put("text", setup.isText);
        map.put("tls", setup.isTls);
        map.put("compression", setup.compression);
        if (setup.rate > 0) {
            map.put("rate", setup.rate);
        }
        map.put("seconds", seconds);
        map.put("messages", messages);
        map.put("perSecond", rounded(perSecond()));
        map.put("ok", isOk());
        map.put("firstError", firstError);
        if (latency != null) {
            map.put("latencyNs", Histograms.percentiles(latency));
        }
        if (sendLag != null) {
            map.put("sendLagNs", Histograms.percentiles(sendLag));
        }
        putKnown(map, "clientIdle", clientIdle);
        putKnown(map, "serverCpuNsPerMessage", serverCpuNsPerMessage());
        putKnown(map, "serverBusy", busy.serverBusy());
        putKnown(map, "othersBusy", busy.othersBusy());
        map.putAll(more);
        if (latency != null) {
            map.put("histogram", Histograms.encode(latency));
        }
        return map;
    }

    private static void putKnown(Map<String, Object> map, String name, double value) {
        if (!Double.isNaN(value)) {
            map.put(name, rounded(value));
        }
    }

    private static double rounded(double value) {
        return Math.round(value * 1e3) / 1e3;
    }
}
