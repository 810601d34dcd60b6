package io.neurolink.perf.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;

/** One bar for each server, with a whisker from the least to the most. Colours come from the page's style, class {@code sN}. */
final class BarChart {
    private static final int WIDTH = 420;
    private static final int LEFT = 112;
    private static final int RIGHT = 100;
    private static final int TOP = 6;
    private static final int ROW = 24;
    private static final int BAR = 14;

    private final String title;
    private final DoubleFunction<String> format;
    private final List<Bar> bars = new ArrayList<>();
    private double mark = Double.NaN;

    /** One server. */
    private record Bar(String name, String style, Spread spread, String remark) {
    }

    /**
     * @param title  says what is drawn, for those who cannot see it.
     * @param format of a value.
     */
    BarChart(String title, DoubleFunction<String> format) {
        this.title = title;
        this.format = format;
    }

    /** Adds a bar; an empty spread has none, but the remark in its place. */
    BarChart bar(String name, String style, Spread spread, String remark) {
        bars.add(new Bar(name, style, spread, remark));
        return this;
    }

    /** Draws a line through all bars at a value that means something. */
    BarChart mark(double value) {
        mark = value;
        return this;
    }

    boolean isEmpty() {
        return bars.stream().allMatch(bar -> bar.spread.isEmpty());
    }

    String svg() {
        double max = Math.max(Double.isNaN(mark) ? 0 : mark,
                bars.stream().mapToDouble(bar -> bar.spread.isEmpty() ? 0 : bar.spread.max()).max().orElse(0));
        Markup svg = new Markup().add("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">", WIDTH, TOP * 2 + ROW * bars.size(),
                Markup.escaped(title));
        for (int i = 0; i < bars.size(); i++) {
            add(svg, bars.get(i), TOP + ROW * i, max > 0 ? (WIDTH - LEFT - RIGHT) / max : 0);
        }
        if (!Double.isNaN(mark)) {
            double x = LEFT + mark * (WIDTH - LEFT - RIGHT) / max;
            svg.add("<path d=\"M%.1f %dV%d\" class=\"mark\"/>", x, TOP, TOP + ROW * bars.size());
        }
        return svg.add("</svg>").toString();
    }

    private void add(Markup svg, Bar bar, int y, double scale) {
        int middle = y + ROW / 2;
        svg.add("<text x=\"%d\" y=\"%d\" class=\"name\" text-anchor=\"end\">%s</text>", LEFT - 8, middle + 4, Markup.escaped(bar.name));
        if (bar.spread.isEmpty()) {
            svg.add("<text x=\"%d\" y=\"%d\" class=\"quiet\">%s</text>", LEFT, middle + 4, Markup.escaped(bar.remark));
            return;
        }
        double end = LEFT + Math.max(1, Math.max(0, bar.spread.median()) * scale);
        svg.add("<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\" class=\"%s\"/>", LEFT, middle - BAR / 2, end - LEFT, BAR,
                bar.style);
        double right = end;
        if (bar.spread.count() > 1) {
            double low = LEFT + Math.max(0, bar.spread.min()) * scale;
            double high = LEFT + Math.max(0, bar.spread.max()) * scale;
            svg.add("<path d=\"M%.1f %dH%.1fM%.1f %dv8M%.1f %dv8\" class=\"whisker\"/>", low, middle, high, low, middle - 4, high,
                    middle - 4);
            right = high;
        }
        svg.add("<text x=\"%.1f\" y=\"%d\">%s<tspan class=\"quiet\">%s</tspan></text>", right + 6, middle + 4,
                Markup.escaped(format.apply(bar.spread.median())), Markup.escaped(bar.remark));
    }
}
