package io.neurolink.agent;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Two looks at the status of a server as lines of text: totals, and rates of what happened in between. */
final class AgentServerStatusView {
    static final int UNLIMITED = Integer.MAX_VALUE;

    private static final int NAME_WIDTH = 13;
    private static final int ERRORS = 5;
    private static final double MS_PER_S = 1000;
    private static final double NS_PER_MS = 1e6;

    private final String url;
    private final int columns;
    private final int rows;
    private final List<String> lines = new ArrayList<>();

    /**
     * @param url     where the server is.
     * @param columns characters of a line; what is more is cut off.
     * @param rows    lines; what is more is left out.
     */
    AgentServerStatusView(String url, int columns, int rows) {
        this.url = url;
        this.columns = columns;
        this.rows = rows;
    }

    /**
     * @param before an earlier look.
     * @param now    a look.
     * @return the lines, without line ends and without anything a terminal would obey.
     */
    List<String> lines(Map<?, ?> before, Map<?, ?> now) {
        boolean isSame = number(before, "pid") == number(now, "pid");
        double seconds = Math.max(0.001, (number(now, "uptimeMs") - number(before, "uptimeMs")) / MS_PER_S);
        Rates rates = new Rates(isSame ? object(before, "counters") : object(now, "counters"), object(now, "counters"), seconds);
        addHead(now);
        addTotals(now, rates);
        list(now, "agents").forEach(agent -> addAgent(agent, isSame ? list(before, "agents") : List.of(), seconds));
        addThreads(now, before, isSame, seconds);
        addConnections(object(now, "connections"));
        addErrors(now);
        addCounters(rates, now.get("gauges") instanceof List<?> gauges ? gauges : List.of());
        return lines.stream().limit(rows).map(this::fitted).toList();
    }

    /** What counters did between two looks. */
    private record Rates(Map<?, ?> before, Map<?, ?> now, double seconds) {
        String of(String counter) {
            return rate((number(now, counter) - number(before, counter)) / seconds);
        }

        String bytesOf(String counter) {
            return bytes((long) ((number(now, counter) - number(before, counter)) / seconds)) + "/s";
        }
    }

    private void addHead(Map<?, ?> now) {
        lines.add(text(now, "server") + "   " + (Boolean.TRUE.equals(now.get("ready")) ? "ready" : "NOT READY") + "   up "
                + age(number(now, "uptimeMs")) + "   pid " + (long) number(now, "pid") + "   " + url);
    }

    private void addTotals(Map<?, ?> now, Rates rates) {
        Map<?, ?> counters = rates.now();
        Map<?, ?> connections = object(now, "connections");
        line("connections", whole(connections, "open") + " open of " + whole(connections, "max") + ", " + whole(connections, "opened")
                + " opened (" + rates.of("connections.opened") + ")" + nonZero("; closed", object(connections, "closed")));
        line("upgrades", whole(object(now, "upgrades"), "accepted") + " accepted"
                + nonZero("; refused", object(object(now, "upgrades"), "refused")));
        line("messages", "in " + rates.of("messages.in") + " (" + whole(counters, "messages.in") + "), out " + rates.of("messages.sent")
                + " (" + whole(counters, "messages.sent") + ")");
        line("traffic", "in " + rates.bytesOf("bytes.in") + " (" + bytes(counters, "bytes.in") + "), out " + rates.bytesOf("bytes.out")
                + " (" + bytes(counters, "bytes.out") + ")");
        Map<?, ?> memory = object(now, "memory");
        line("memory", bytes(memory, "usedBytes") + " of " + bytes(memory, "limitBytes")
                + (Boolean.TRUE.equals(memory.get("tight")) ? " TIGHT" : "") + ", queued " + bytes(memory, "queuedBytes") + "; heap "
                + bytes(memory, "heapUsedBytes") + " of " + bytes(memory, "heapMaxBytes"));
        Map<?, ?> times = object(now, "times");
        line("times", "round trip " + times(object(times, "roundTrip")) + "; handler " + times(object(times, "handler")));
    }

    private void addAgent(Map<?, ?> agent, List<Map<?, ?>> before, double seconds) {
        Map<?, ?> earlier = before.stream().filter(other -> text(other, "name").equals(text(agent, "name"))).findFirst().orElse(agent);
        line("agent", text(agent, "name") + ": " + whole(agent, "active") + " active, " + whole(agent, "started") + " started ("
                + rate((number(agent, "started") - number(earlier, "started")) / seconds) + "), " + whole(agent, "completed")
                + " completed, "
                + whole(agent, "cancelled") + " cancelled, " + whole(agent, "failed") + " failed, " + whole(agent, "kept") + " kept in "
                + bytes(agent, "logBytes"));
        line("", "first token " + times(object(agent, "firstToken")) + "; tokens " + whole(agent, "inputTokens") + " in, "
                + whole(agent, "outputTokens") + " out ("
                + rate((number(agent, "outputTokens") - number(earlier, "outputTokens")) / seconds) + ")");
    }

    private void addThreads(Map<?, ?> now, Map<?, ?> before, boolean isSame, double seconds) {
        table("THREADS", "%-26s %6s %6s %11s %7s %10s  %s", "name", "busy", "cpu", "cycles/s", "stalls", "longest", "state");
        List<Map<?, ?>> earlier = isSame ? list(before, "threads") : List.of();
        for (Map<?, ?> thread : list(now, "threads")) {
            Map<?, ?> same = earlier.stream().filter(other -> text(other, "name").equals(text(thread, "name"))).findFirst().orElse(thread);
            lines.add(String.format(Locale.ROOT, "%-26s %6s %6s %11s %7s %10s  %s", text(thread, "name"),
                    share(thread, same, "busyNs", seconds), thread.get("cpuNs") == null ? "-" : share(thread, same, "cpuNs", seconds),
                    grouped((number(thread, "cycles") - number(same, "cycles")) / seconds), whole(thread, "stalls"),
                    ms(number(thread, "longestMs")), text(thread, "state")));
        }
    }

    private static String share(Map<?, ?> now, Map<?, ?> before, String field, double seconds) {
        double share = (number(now, field) - number(before, field)) / NS_PER_MS / MS_PER_S / seconds;
        return Math.round(100 * Math.max(0, Math.min(1, share))) + " %";
    }

    private void addConnections(Map<?, ?> connections) {
        List<Map<?, ?>> top = list(connections, "top");
        if (top.isEmpty()) {
            return;
        }
        String format = "%-26s %-16s %-14s %7s %7s %10s %10s %10s %9s";
        table("CONNECTIONS by " + text(connections, "order"), format, "id", "user", "path", "age", "idle", "buffered", "in", "out", "rtt");
        for (Map<?, ?> connection : top) {
            lines.add(String.format(Locale.ROOT, format, cut(text(connection, "id"), 26),
                    cut(text(connection, "user"), 16), cut(text(connection, "path"), 14), age(number(connection, "ageMs")),
                    age(number(connection, "idleMs")), bytes(connection, "bufferedBytes"), whole(connection, "messagesIn"),
                    whole(connection, "messagesOut"), connection.get("roundTripMs") == null ? "-" : ms(number(connection, "roundTripMs"))));
        }
    }

    private void addErrors(Map<?, ?> now) {
        List<Map<?, ?>> errors = list(now, "errors");
        if (errors.isEmpty()) {
            return;
        }
        table("ERRORS: " + errors.size() + " kinds", "%9s %7s  %s", "times", "ago", "what");
        errors.stream().limit(ERRORS).forEach(error -> lines.add(String.format(Locale.ROOT, "%9s %7s  %s: %s%s", whole(error, "count"),
                age(Math.max(0, number(now, "takenAt") - number(error, "lastAt"))), text(error, "type"), text(error, "message"),
                error.get("at") == null ? "" : " at " + text(error, "at"))));
    }

    private void addCounters(Rates rates, List<?> gauges) {
        table("COUNTERS that are not 0", "%-36s %16s %12s", "name", "total", "per second");
        rates.now().forEach((name, value) -> {
            if (value instanceof Number number && number.doubleValue() != 0) {
                lines.add(String.format(Locale.ROOT, "%-36s %16s %12s", name, grouped(number.doubleValue()),
                        gauges.contains(name) ? "" : rates.of((String) name)));
            }
        });
    }

    private void table(String title, String format, Object... heads) {
        lines.add("");
        lines.add(title);
        lines.add(String.format(Locale.ROOT, format, heads));
    }

    private void line(String name, String text) {
        lines.add(name + " ".repeat(NAME_WIDTH - name.length()) + text);
    }

    /** What peers have chosen may be made to command a terminal; here it is but text. */
    private String fitted(String line) {
        String plain = line.codePoints().map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
        return cut(plain, columns).stripTrailing();
    }

    private static String cut(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length - 1) + "…";
    }

    private static String nonZero(String title, Map<?, ?> counts) {
        String told = counts.entrySet().stream().filter(entry -> entry.getValue() instanceof Number number && number.longValue() != 0)
                .map(entry -> grouped(((Number) entry.getValue()).doubleValue()) + " " + entry.getKey()).collect(Collectors.joining(", "));
        return told.isEmpty() ? "" : title + " " + told;
    }

    private static String times(Map<?, ?> times) {
        return number(times, "count") == 0 ? "-" : "p50 " + ms(number(times, "p50Ms")) + ", p99 " + ms(number(times, "p99Ms"));
    }

    private static String ms(double ms) {
        return ms == 0 ? "0" : ms < 1 ? Math.max(1, Math.round(ms * MS_PER_S)) + " µs"
                : ms < MS_PER_S ? String.format(Locale.ROOT, "%.1f ms", ms) : String.format(Locale.ROOT, "%.1f s", ms / MS_PER_S);
    }

    private static String age(double ms) {
        Duration age = Duration.ofMillis((long) ms);
        if (age.toDays() > 0) {
            return age.toDays() + "d" + age.toHoursPart() + "h";
        } else if (age.toHours() > 0) {
            return age.toHours() + "h" + age.toMinutesPart() + "m";
        }
        return age.toMinutes() > 0 ? age.toMinutes() + "m" + age.toSecondsPart() + "s" : age.toSeconds() + "s";
    }

    private static String rate(double perSecond) {
        return (perSecond > 0 && perSecond < 10 ? String.format(Locale.ROOT, "%.1f", perSecond) : grouped(perSecond)) + "/s";
    }

    private static String grouped(double value) {
        return String.format(Locale.ROOT, "%,d", Math.round(value));
    }

    private static String whole(Map<?, ?> object, String field) {
        return grouped(number(object, field));
    }

    private static String bytes(Map<?, ?> object, String field) {
        return bytes((long) number(object, field));
    }

    private static String bytes(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        double value = bytes;
        int unit = 0;
        while (Math.abs(value) >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    }

    private static double number(Map<?, ?> object, String field) {
        return object.get(field) instanceof Number number ? number.doubleValue() : 0;
    }

    private static String text(Map<?, ?> object, String field) {
        return object.get(field) == null ? "-" : object.get(field).toString();
    }

    private static Map<?, ?> object(Map<?, ?> object, String field) {
        return object.get(field) instanceof Map<?, ?> map ? map : Map.of();
    }

    private static List<Map<?, ?>> list(Map<?, ?> object, String field) {
        List<Map<?, ?>> objects = new ArrayList<>();
        if (object.get(field) instanceof List<?> list) {
            list.forEach(element -> objects.add((Map<?, ?>) element));
        }
        return objects;
    }
}
