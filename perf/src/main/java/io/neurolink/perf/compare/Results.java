package io.neurolink.perf.compare;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/** All cells of a comparison, and what follows from them. One thread. */
final class Results {
    private static final int DIGITS = 3;

    private final List<Cell> cells = new ArrayList<>();

    void add(Cell cell) {
        cells.add(cell);
    }

    List<Cell> cells() {
        return List.copyOf(cells);
    }

    List<Cell> cells(String workload, String server) {
        return cells.stream().filter(cell -> cell.workload().equals(workload) && cell.server().equals(server)).toList();
    }

    private List<Cell> goodCells(String workload, String server) {
        return cells(workload, server).stream().filter(Cell::isOk).toList();
    }

    /** Whether a server has anything to show for a workload. */
    boolean has(String workload, String server) {
        return cells.stream().anyMatch(cell -> cell.workload().equals(workload) && cell.server().equals(server) && cell.isOk());
    }

    /** What went wrong first with a server in a workload. */
    Optional<String> complaint(String workload, String server) {
        return cells(workload, server).stream().filter(cell -> !cell.isOk()).map(Cell::complaint).findFirst();
    }

    /** Absolute values, which wander with the machine. */
    Spread spread(String workload, String server, Metric metric) {
        return Spread.of(goodCells(workload, server).stream().mapToDouble(metric::of).toArray());
    }

    /**
     * Ratios of two servers' values within the same round, in which they were measured seconds apart. The median of these is what a
     * comparison is about; it says more than the ratio of two medians.
     */
    Spread ratio(String workload, String server, String base, Metric metric) {
        Map<Integer, Double> bases = new HashMap<>();
        goodCells(workload, base).forEach(cell -> bases.put(cell.round(), metric.of(cell)));
        return Spread.of(goodCells(workload, server).stream()
                .filter(cell -> bases.getOrDefault(cell.round(), 0.0) != 0)
                .mapToDouble(cell -> metric.of(cell) / bases.get(cell.round())).toArray());
    }

    /** Latencies in nanoseconds of all rounds together; empty if no cell brought any. */
    Histogram latencies(String workload, String server) {
        Histogram all = new Histogram(DIGITS);
        for (Cell cell : goodCells(workload, server)) {
            if (cell.text("histogram") != null) {
                all.add(decoded(cell.text("histogram")));
            }
        }
        return all;
    }

    private static Histogram decoded(String base64) {
        try {
            return Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(Base64.getDecoder().decode(base64)), 0);
        } catch (DataFormatException e) {
            throw new IllegalArgumentException("the load client's histogram is broken", e);
        }
    }
}
