package io.neurolink.perf.compare;

import io.neurolink.perf.compare.Workload.Kind;
import java.util.Arrays;
import java.util.List;

/**
 * What is to be measured.
 *
 * @param servers      in the order of the report
 * @param workloads    in the order of the report
 * @param rounds       cells of each server and workload
 * @param launches     times the servers are started anew, so that one lucky run of the compilers is not the result
 * @param idleRounds   rounds of the workloads that measure memory, which hardly differ
 * @param durationNs   of a cell
 * @param warmUpNs     before each cell
 * @param firstWarmUpNs after each start of a server
 * @param retries      times a cell is measured again when others use the machine
 */
record Plan(List<Contestant> servers, List<Workload> workloads, int rounds, int launches, int idleRounds, long durationNs, long warmUpNs,
        long firstWarmUpNs, int retries) {
    /** Of cells whose connections or clients take long to set up. */
    private static final double OVERHEAD_SECONDS = 0.8;
    private static final double START_SECONDS = 1.2;
    private static final double IDLE_SECONDS = 9;

    /** The workloads of a kind. */
    List<Workload> of(Kind kind) {
        return workloads.stream().filter(workload -> workload.kind() == kind).toList();
    }

    /** The kinds whose servers take turns, of which there is a workload. */
    List<Kind> kindsInTurn() {
        return Arrays.stream(Kind.values()).filter(kind -> kind != Kind.IDLE && !of(kind).isEmpty()).toList();
    }

    List<Contestant> serversOf(Kind kind) {
        return servers.stream().filter(server -> server.kinds().contains(kind)).toList();
    }

    int roundsOf(Workload workload) {
        return workload.isMemory() ? idleRounds : rounds;
    }

    /** The last round of a launch; the first one is the one after the launch before. */
    int lastRound(int launch) {
        return (int) ((long) rounds * launch / launches);
    }

    /** All cells there will be. */
    int cellCount() {
        return workloads.stream().mapToInt(workload -> serversOf(workload.kind()).size() * roundsOf(workload)).sum();
    }

    /** How long it takes on a machine that nobody else uses, roughly. */
    double estimatedSeconds() {
        double seconds = 0;
        for (Kind kind : kindsInTurn()) {
            int servers = serversOf(kind).size();
            seconds += servers * launches * (START_SECONDS + firstWarmUpNs / 1e9);
            seconds += servers * of(kind).size() * rounds * (OVERHEAD_SECONDS + (durationNs + warmUpNs) / 1e9);
        }
        return seconds + serversOf(Kind.IDLE).size() * of(Kind.IDLE).size() * idleRounds * IDLE_SECONDS;
    }
}
