package io.neurolink.perf.compare;

import java.util.List;

/**
 * One kind of load.
 *
 * @param name       what the command line calls it
 * @param title      what a reader calls it
 * @param kind       the kind of server it needs
 * @param subcommand the load client's
 * @param options    the load client's
 */
record Workload(String name, String title, Kind kind, String subcommand, List<String> options) {
    /** How a server is started for a workload. Those of one kind share a process. */
    enum Kind {
        /** Plain echo. */
        ECHO,
        /** Every message to everybody. */
        FAN,
        /** Echo over TLS. */
        TLS,
        /** Echo with permessage-deflate. */
        DEFLATE,
        /** Plain echo, in a fresh process for every cell, because what is measured is memory. */
        IDLE
    }

    private static final int NAME_COLUMN = 10;

    /** What is counted. */
    String unit() {
        return switch (subcommand) {
            case "fanout" -> "deliveries";
            case "connect" -> "connects";
            default -> "messages";
        };
    }

    /** Whether it measures memory, not speed. */
    boolean isMemory() {
        return kind == Kind.IDLE;
    }

    /** Whether the client sets the pace, so that only latency and processor time tell servers apart. */
    boolean isOpenLoop() {
        return options.contains("--rate");
    }

    @Override
    public String toString() {
        return name + " ".repeat(Math.max(1, NAME_COLUMN - name.length())) + title;
    }
}
