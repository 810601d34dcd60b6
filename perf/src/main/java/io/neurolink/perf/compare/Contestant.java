package io.neurolink.perf.compare;

import io.neurolink.perf.compare.Workload.Kind;
import io.neurolink.perf.server.Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A server that takes part.
 *
 * @param name        what the command line calls it
 * @param title       what a reader calls it
 * @param version     its library's, or empty
 * @param isFloor     whether it is no WebSocket server but shows what the least would cost
 * @param isSpinning  whether it uses its core whether there is work or not, so that its processor time says something under full load only
 * @param kinds       what it can do
 * @param command     starts it, but for what depends on the workload
 * @param compression the options that make it compress
 */
record Contestant(String name, String title, String version, boolean isFloor, boolean isSpinning, Set<Kind> kinds, List<String> command,
        List<String> compression) {

    /** Whether it can do what a workload needs. */
    boolean takesPartIn(Workload workload) {
        return kinds.contains(workload.kind());
    }

    /** Whether it is the engine itself. */
    boolean isOurs() {
        return name.startsWith(Contestants.ENGINE);
    }

    /** The command that starts it for one kind of workload, on any free port. */
    List<String> commandFor(Kind kind, Certificate certificate) {
        List<String> all = new ArrayList<>(command);
        all.addAll(List.of("--port", "0"));
        switch (kind) {
            case FAN -> all.add("--broadcast");
            case TLS -> all.addAll(List.of("--tls-cert", certificate.chain().toString(), "--tls-key", certificate.key().toString()));
            case DEFLATE -> all.addAll(compression);
            default -> {
                // Plain echo needs nothing more.
            }
        }
        return all;
    }
}
