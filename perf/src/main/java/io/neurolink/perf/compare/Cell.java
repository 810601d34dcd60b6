package io.neurolink.perf.compare;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One run of the load client against one server.
 *
 * @param server   who
 * @param workload what
 * @param round    when; rounds go on counting over the launches
 * @param launch   number of the server's process
 * @param tries    runs made, of which this is the cleanest
 * @param result   the client's own words; empty if there is none
 * @param error    why there is no result, or null
 */
record Cell(String server, String workload, int round, int launch, int tries, Map<String, Object> result, String error) {
    /** Whether every message was answered, and rightly. */
    boolean isOk() {
        return error == null && Boolean.TRUE.equals(result.get("ok"));
    }

    /** What went wrong, in a line. */
    String complaint() {
        return error != null ? error : String.valueOf(result.getOrDefault("firstError", "not ok"));
    }

    /** @return a number of the result, NaN if it has none of that name */
    double number(String... path) {
        Object value = result;
        for (String name : path) {
            value = value instanceof Map<?, ?> map ? map.get(name) : null;
        }
        return value instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    /** @return a text of the result, or null */
    String text(String name) {
        return result.get(name) instanceof String text ? text : null;
    }

    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("server", server);
        map.put("workload", workload);
        map.put("round", round);
        map.put("launch", launch);
        map.put("tries", tries);
        if (error != null) {
            map.put("error", error);
        } else {
            map.put("result", result);
        }
        return map;
    }
}
