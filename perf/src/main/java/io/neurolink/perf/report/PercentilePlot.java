package io.neurolink.perf.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * Latencies over percentiles as SVG. Both axes are logarithmic: each step to the right leaves a tenth of the messages, so that what
 * happens to the slowest few can be seen.
 */
public final class PercentilePlot {
    private static final int WIDTH = 960;
    private static final int HEIGHT = 420;
    private static final int LEFT = 80;
    private static final int TOP = 50;
    private static final int RIGHT = 260;
    private static final int BOTTOM = 40;
    private static final int POINTS_PER_DECADE = 20;
    private static final int MIN_DECADES = 3;
    private static final double NS_PER_US = 1e3;
    private static final List<String> COLOURS = List.of("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b",
            "#7f7f7f");

    private final String title;
    private final List<Line> lines = new ArrayList<>();

    private record Line(String name, Histogram latency) {
    }

    /** @param title stands above the plot. */
    public PercentilePlot(String title) {
        this.title = title;
    }

    /** Adds a histogram of nanoseconds; an empty one is left out. */
    public PercentilePlot line(String name, Histogram latencyNs) {
        if (latencyNs.getTotalCount() > 0) {
            lines.add(new Line(name, latencyNs));
        }
        return this;
    }

    /** @return the plot, to be used as a file or within a page. */
    public String svg() {
        StringBuilder svg = new StringBuilder(String.format(Locale.ROOT, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
                + "height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">%n<text x=\"%d\" y=\"20\" font-size=\"15\">%s</text>"
                + "<text x=\"%d\" y=\"%d\">microseconds</text>%n", WIDTH, HEIGHT, LEFT, escaped(title), LEFT, TOP - 10));
        int decades = decades();
        int low = (int) Math.floor(Math.log10(Math.max(1, lines.stream().mapToLong(line -> line.latency.getMinValue()).min().orElse(1))));
        int high = (int) Math.ceil(Math.log10(Math.max(1, lines.stream().mapToLong(line -> line.latency.getMaxValue()).max().orElse(1))));
        high = Math.max(high, low + 1);
        appendGrid(svg, decades, low, high);
        for (int i = 0; i < lines.size(); i++) {
            append(svg, i, decades, low, high);
        }
        return svg.append("</svg>\n").toString();
    }

    private static void appendGrid(StringBuilder svg, int decades, int low, int high) {
        for (int exponent = low; exponent <= high; exponent++) {
            double y = y(exponent, low, high);
            svg.append(String.format(Locale.ROOT, "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/><text x=\"%d\" y=\"%.1f\" "
                    + "text-anchor=\"end\">%s</text>%n", LEFT, y, WIDTH - RIGHT, LEFT - 8, y + 4,
                    plain(Math.pow(10, exponent) / NS_PER_US)));
        }
        for (int decade = 0; decade <= decades; decade++) {
            double x = x(decade, decades);
            svg.append(String.format(Locale.ROOT, "<path d=\"M%.1f %dV%d\" stroke=\"#ddd\"/><text x=\"%.1f\" y=\"%d\" "
                    + "text-anchor=\"middle\">%s %%</text>%n", x, TOP, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 18,
                    plain(100 * (1 - Math.pow(10, -decade)))));
        }
    }

    /** So many that the slowest message of the longest run is at the right edge. */
    private int decades() {
        long most = lines.stream().mapToLong(line -> line.latency.getTotalCount()).max().orElse(1);
        return Math.max(MIN_DECADES, (int) Math.ceil(Math.log10(most)));
    }

    private void append(StringBuilder svg, int index, int decades, int low, int high) {
        Line line = lines.get(index);
        String colour = COLOURS.get(index % COLOURS.size());
        svg.append("<polyline fill=\"none\" stroke=\"").append(colour).append("\" stroke-width=\"1.5\" points=\"");
        double ownDecades = Math.log10(line.latency.getTotalCount());
        for (int i = 0; i <= decades * POINTS_PER_DECADE; i++) {
            double decade = Math.min(ownDecades, (double) i / POINTS_PER_DECADE);
            double valueNs = Math.max(1, line.latency.getValueAtPercentile(100 * (1 - Math.pow(10, -decade))));
            svg.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(decade, decades), y(Math.log10(valueNs), low, high)));
        }
        svg.append(String.format(Locale.ROOT, "\"/><text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>%n", WIDTH - RIGHT + 12,
                TOP + 10 + 18 * index, colour, escaped(line.name)));
    }

    private static double x(double decade, int decades) {
        return LEFT + (WIDTH - LEFT - RIGHT) * decade / decades;
    }

    private static double y(double exponent, int low, int high) {
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (exponent - low) / (high - low);
    }

    /** Without an exponent and without zeros at the end. */
    private static String plain(double value) {
        return new BigDecimal(value).round(new MathContext(9)).stripTrailingZeros().toPlainString();
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
