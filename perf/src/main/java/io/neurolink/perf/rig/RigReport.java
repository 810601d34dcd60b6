package io.neurolink.perf.rig;

import io.neurolink.perf.report.Json;
import io.neurolink.perf.report.PercentilePlot;
import io.neurolink.perf.report.Table;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Hands out a result in every form that was asked for. */
final class RigReport {
    private static final double NS_PER_US = 1e3;

    private RigReport() {
    }

    /** @return the exit status: 0, or 1 if the run is not valid. */
    static int write(RigResult result, RigOptions options) throws IOException {
        PrintWriter out = options.spec().commandLine().getOut();
        String json = Json.line(result.toMap());
        if ("-".equals(options.json())) {
            out.println(json);
        } else {
            out.print(table(result));
            if (options.json() != null) {
                Files.writeString(Path.of(options.json()), json + "\n");
            }
        }
        out.flush();
        if (result.latency() != null && options.hgrm() != null) {
            writeHgrm(result.latency(), options.hgrm());
        }
        if (result.latency() != null && options.svg() != null) {
            String title = result.setup().workload() + ", " + result.setup().connections() + " connections, "
                    + result.setup().size() + " bytes";
            Files.writeString(options.svg(), new PercentilePlot(title).line(result.setup().url(), result.latency()).svg());
        }
        return result.isOk() ? 0 : 1;
    }

    private static void writeHgrm(Histogram latency, Path file) throws IOException {
        try (OutputStream bytes = Files.newOutputStream(file); PrintStream text = new PrintStream(bytes, false, StandardCharsets.UTF_8)) {
            latency.outputPercentileDistribution(text, NS_PER_US);
        }
    }

    /** What people read. */
    static String table(RigResult result) {
        Table table = new Table();
        table.row(result.setup().workload(), result.isOk() ? "ok" : "FAIL: " + result.firstError());
        table.row("url", result.setup().url());
        table.row("connections", Integer.toString(result.setup().connections()));
        table.row("counted", result.messages() + " in " + number(result.seconds()) + " s");
        table.row("per second", number(result.perSecond()));
        addPercentiles(table, "latency us", result.latency());
        addPercentiles(table, "send lag us", result.sendLag());
        addKnown(table, "client idle", result.clientIdle(), "");
        addKnown(table, "server CPU", result.serverCpuNsPerMessage(), " ns each");
        addKnown(table, "server busy", result.busy().serverBusy(), " cores");
        addKnown(table, "others busy", result.busy().othersBusy(), " cores");
        result.more().forEach((name, value) -> addMore(table, name, value));
        return table.toString();
    }

    private static void addPercentiles(Table table, String name, Histogram histogram) {
        if (histogram != null) {
            StringBuilder text = new StringBuilder();
            Histograms.percentiles(histogram).forEach((percentile, ns) -> text.append(percentile).append(' ')
                    .append(number(((Number) ns).doubleValue() / NS_PER_US)).append("  "));
            table.row(name, text.toString().strip());
        }
    }

    private static void addKnown(Table table, String name, double value, String unit) {
        if (!Double.isNaN(value)) {
            table.row(name, number(value) + unit);
        }
    }

    private static void addMore(Table table, String name, Object value) {
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, each) -> addMore(table, name + " " + key, each));
        } else {
            table.row(name, value.toString());
        }
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, Math.abs(value) >= 100 ? "%.0f" : Math.abs(value) >= 10 ? "%.1f" : "%.3f", value);
    }
}
