package io.neurolink.perf.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Lines over time as SVG, and a page of several. */
public final class Plot {
    private static final int WIDTH = 960;
    private static final int HEIGHT = 260;
    private static final int LEFT = 70;
    private static final int TOP = 40;
    private static final int RIGHT = 180;
    private static final int BOTTOM = 30;
    private static final int GRID_LINES = 4;
    private static final List<String> COLOURS = List.of("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf");

    private final String title;
    private final String unit;
    private final List<Line> lines = new ArrayList<>();

    /** A line. Both arrays have the same length. */
    private record Line(String name, double[] x, double[] y) {
    }

    public Plot(String title, String unit) {
        this.title = title;
        this.unit = unit;
    }

    /** Adds a line of values over seconds. */
    public Plot line(String name, double[] seconds, double[] values) {
        lines.add(new Line(name, seconds, values));
        return this;
    }

    /** A page with a heading, a paragraph and the plots. */
    public static String page(String heading, String text, List<Plot> plots) {
        StringBuilder page = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>")
                .append(escaped(heading)).append("</title></head>\n<body style=\"font-family: sans-serif; margin: 2em\">\n<h1>")
                .append(escaped(heading)).append("</h1>\n<pre>").append(escaped(text)).append("</pre>\n");
        plots.forEach(plot -> page.append(plot.svg()));
        return page.append("</body></html>\n").toString();
    }

    public String svg() {
        double maxX = max(true);
        double maxY = max(false);
        StringBuilder svg = new StringBuilder();
        svg.append(String.format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" "
                + "font-size=\"12\">%n<text x=\"%d\" y=\"20\" font-size=\"15\">%s</text>%n", WIDTH, HEIGHT, LEFT, escaped(title)));
        for (int i = 0; i <= GRID_LINES; i++) {
            double value = maxY * i / GRID_LINES;
            double y = y(value, maxY);
            svg.append(String.format(Locale.ROOT, "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/><text x=\"%d\" y=\"%.1f\" "
                    + "text-anchor=\"end\">%.4g</text>%n", LEFT, y, WIDTH - RIGHT, LEFT - 8, y + 4, value));
        }
        svg.append(String.format(Locale.ROOT, "<text x=\"%d\" y=\"%d\">%s</text>"
                + "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%.0f s</text>%n",
                LEFT, TOP - 6, escaped(unit), WIDTH - RIGHT, HEIGHT - 8, maxX));
        for (int i = 0; i < lines.size(); i++) {
            append(svg, lines.get(i), i, maxX, maxY);
        }
        return svg.append("</svg>\n").toString();
    }

    private static void append(StringBuilder svg, Line line, int index, double maxX, double maxY) {
        String colour = COLOURS.get(index % COLOURS.size());
        svg.append("<polyline fill=\"none\" stroke=\"").append(colour).append("\" stroke-width=\"1.5\" points=\"");
        for (int i = 0; i < line.x.length; i++) {
            double x = LEFT + (WIDTH - LEFT - RIGHT) * line.x[i] / maxX;
            svg.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y(line.y[i], maxY)));
        }
        svg.append(String.format("\"/><text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>%n", WIDTH - RIGHT + 12, TOP + 10 + 18 * index, colour,
                escaped(line.name)));
    }

    private static double y(double value, double maxY) {
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / maxY;
    }

    private double max(boolean isX) {
        double max = 0;
        for (Line line : lines) {
            for (double value : isX ? line.x : line.y) {
                max = Math.max(max, value);
            }
        }
        return max == 0 ? 1 : max;
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
