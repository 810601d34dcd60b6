package io.neurolink.perf.rig;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Processor time of the server, of this process and of all others, as Linux tells it; elsewhere nothing is known. */
final class CpuMeter {
    /** What the kernel counts in where it counts in ticks, on every Linux that Java runs on. */
    private static final long TICK_NS = 10_000_000;
    private static final Path PROC = Path.of("/proc");
    private static final int STAT_FIELDS = 7;
    private static final int[] BUSY_FIELDS = {1, 2, 3, 6, 7};

    /**
     * Processor time between two looks.
     *
     * @param serverBusy cores that the server kept busy; NaN if not known
     * @param othersBusy cores that neither the server nor this process kept busy; NaN if not known
     */
    record Busy(double serverBusy, double othersBusy) {
        static final Busy UNKNOWN = new Busy(Double.NaN, Double.NaN);
    }

    private record Look(long timeNs, OptionalLong serverNs, OptionalLong selfNs, OptionalLong allNs) {
    }

    private final long serverPid;
    private Look first;

    /** @param serverPid process of the server, 0 if it is not known. */
    CpuMeter(long serverPid) {
        this.serverPid = serverPid;
    }

    void begin() {
        first = look();
    }

    /** @return what was busy since {@link #begin()}. */
    Busy end() {
        Look last = look();
        double elapsedNs = last.timeNs - first.timeNs;
        double server = difference(first.serverNs, last.serverNs) / elapsedNs;
        double others = difference(first.allNs, last.allNs) / elapsedNs - difference(first.selfNs, last.selfNs) / elapsedNs - server;
        return new Busy(server, others < 0 ? 0 : others);
    }

    private static double difference(OptionalLong before, OptionalLong after) {
        return before.isPresent() && after.isPresent() ? after.getAsLong() - before.getAsLong() : Double.NaN;
    }

    private Look look() {
        return new Look(System.nanoTime(), serverPid == 0 ? OptionalLong.empty() : processNs(serverPid),
                processNs(ProcessHandle.current().pid()), allNs());
    }

    /** Time on a processor of all threads that a process has now. */
    static OptionalLong processNs(long pid) {
        long sumNs = 0;
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(PROC.resolve(Long.toString(pid)).resolve("task"))) {
            for (Path task : tasks) {
                sumNs += taskNs(task);
            }
            return OptionalLong.of(sumNs);
        } catch (IOException | RuntimeException notLinux) {
            return OptionalLong.empty();
        }
    }

    private static long taskNs(Path task) throws IOException {
        Path schedstat = task.resolve("schedstat");
        try {
            return Long.parseLong(Files.readString(schedstat).split(" ", 2)[0]);
        } catch (IOException e) {
            if (Files.exists(task)) {
                throw e;
            }
            return 0;
        }
    }

    private static OptionalLong allNs() {
        try {
            String[] fields = Files.readString(PROC.resolve("stat")).lines().findFirst().orElse("").trim().split("\\s+");
            if (fields.length <= STAT_FIELDS) {
                return OptionalLong.empty();
            }
            long ticks = 0;
            for (int field : BUSY_FIELDS) {
                ticks += Long.parseLong(fields[field]);
            }
            return OptionalLong.of(ticks * TICK_NS);
        } catch (IOException | NumberFormatException notLinux) {
            return OptionalLong.empty();
        }
    }
}
