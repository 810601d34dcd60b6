package io.neurolink.perf.compare;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * Latencies over percentiles, a line for each server. Both axes are logarithmic; each step to the right is a tenth of the messages that are
 * left. Colours come from the page's style, class {@code sN}.
 */
final class PercentileChart {
    private static final int WIDTH = 420;
    private static final int HEIGHT = 260;
    private static final int LEFT = 52;
    private static final int RIGHT = 14;
    private static final int TOP = 10;
    private static final int BOTTOM = 26;
    private static final int STEPS_A_DECADE = 16;
    /** Fewer messages than this beyond a percentile say nothing about it. */
    private static final int LEAST_BEYOND = 10;
    private static final int MOST_DECADES = 5;
    private static final int LABEL_FACTOR = 3;
    private static final double LABEL_WIDTH = 48;
    private static final List<String> LABELS = List.of("50 %", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %");

    private final String title;
    private final List<Line> lines = new ArrayList<>();
    private double lowest = Double.MAX_VALUE;
    private double highest;
    private double decades;

    /** One server. */
    private record Line(String style, Histogram latencies, double decades) {
    }

    /** @param title says what is drawn, for those who cannot see it. */
    PercentileChart(String title) {
        this.title = title;
    }

    /** Adds a line, unless there are too few latencies for one. */
    void line(String style, Histogram latenciesNs) {
        double reach = Math.min(MOST_DECADES, Math.log10((double) latenciesNs.getTotalCount() / LEAST_BEYOND));
        if (reach > 0) {
            lines.add(new Line(style, latenciesNs, reach));
            decades = Math.max(decades, reach);
            lowest = Math.min(lowest, Math.max(1, latenciesNs.getValueAtPercentile(1)));
            highest = Math.max(highest, latenciesNs.getValueAtPercentile(100 - 100 * Math.pow(10, -reach)));
        }
    }

    boolean isEmpty() {
        return lines.isEmpty();
    }

    String svg() {
        Markup svg = new Markup().add("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">", WIDTH, HEIGHT, Markup.escaped(title));
        addPercentiles(svg);
        addTimes(svg);
        for (Line line : lines) {
            svg.add("<polyline class=\"%s\" points=\"", line.style);
            int steps = (int) Math.floor(line.decades * STEPS_A_DECADE);
            for (int i = 0; i <= steps; i++) {
                double decade = (double) i / STEPS_A_DECADE;
                double percentile = Math.max(1, 100 - 100 * Math.pow(10, -decade));
                svg.add("%.1f,%.1f ", x(decade), y(line.latencies.getValueAtPercentile(percentile)));
            }
            svg.add("\"/>");
        }
        return svg.add("</svg>").toString();
    }

    private void addPercentiles(Markup svg) {
        double labelledTo = -LABEL_WIDTH;
        addPercentile(svg, 0, "", Double.MAX_VALUE);
        for (int decade = 0; decade <= Math.floor(decades); decade++) {
            double at = decade == 0 ? Math.log10(2) : decade;
            boolean hasRoom = x(at) - labelledTo >= LABEL_WIDTH;
            addPercentile(svg, at, LABELS.get(decade), hasRoom ? x(at) : Double.MAX_VALUE);
            labelledTo = hasRoom ? x(at) : labelledTo;
        }
    }

    private static void addLabel(Markup svg, double x, String label) {
        svg.add("<text x=\"%.1f\" y=\"%d\" class=\"quiet\" text-anchor=\"%s\">%s</text>", x, HEIGHT - BOTTOM + 18,
                x > WIDTH - LABEL_WIDTH / 2 ? "end" : "middle", label);
    }

    private void addPercentile(Markup svg, double decade, String label, double labelX) {
        svg.add("<path d=\"M%.1f %dV%d\" class=\"grid\"/>", x(decade), TOP, HEIGHT - BOTTOM);
        if (labelX < WIDTH) {
            addLabel(svg, labelX, label);
        }
    }

    /** Lines at 1, 3 and 10 of each power, or at the powers only if there are many. */
    private void addTimes(Markup svg) {
        boolean isWide = Math.log10(highest / lowest) > 2.5;
        for (double power = Math.pow(10, Math.floor(Math.log10(lowest))); power <= highest * 1.01; power *= 10) {
            for (double ns : new double[] {power, LABEL_FACTOR * power}) {
                if (ns >= lowest * 0.99 && ns <= highest * 1.01 && (ns == power || !isWide)) {
                    svg.add("<path d=\"M%d %.1fH%d\" class=\"grid\"/>", LEFT, y(ns), WIDTH - RIGHT);
                    svg.add("<text x=\"%d\" y=\"%.1f\" class=\"quiet\" text-anchor=\"end\">%s</text>", LEFT - 6, y(ns) + 4, label(ns));
                }
            }
        }
    }

    private static String label(double ns) {
        double us = ns / 1e3;
        return us >= 999_999 ? Math.round(us / 1e6) + " s" : us >= 999 ? Math.round(us / 1e3) + " ms"
                : us >= 0.99 ? Math.round(us) + " µs" : Math.round(ns) + " ns";
    }

    private double x(double decade) {
        return LEFT + (WIDTH - LEFT - RIGHT) * decade / decades;
    }

    private double y(double ns) {
        double share = highest <= lowest ? 0.5 : Math.log(Math.max(lowest, ns) / lowest) / Math.log(highest / lowest);
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share;
    }
}
