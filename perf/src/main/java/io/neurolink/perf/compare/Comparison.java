package io.neurolink.perf.compare;

import io.neurolink.perf.compare.Workload.Kind;
import io.neurolink.perf.server.Certificate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Carries out a {@link Plan}. One thread. */
final class Comparison {
    private static final long CELL_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(150);
    private static final double LEAST_WARM_UP_SECONDS = 0.4;

    private final Plan plan;
    private final Processes processes;
    private final Signals signals;
    private final Pinning pinning;
    private final Certificate certificate;
    private final Path logs;
    private final LoadClient client;
    private final Consumer<Cell> taken;

    /**
     * A server that is up.
     *
     * @param process null if it did not start; then there is an error
     */
    private record Entrant(Contestant contestant, ServerProcess process) {
    }

    /**
     * @param clientCommand starts the load client.
     * @param logs          folder for what the servers print.
     * @param taken         gets each cell as soon as it is there.
     */
    Comparison(Plan plan, Processes processes, Signals signals, Pinning pinning, Certificate certificate, List<String> clientCommand,
            Path logs, Consumer<Cell> taken) {
        this.plan = plan;
        this.processes = processes;
        this.signals = signals;
        this.pinning = pinning;
        this.certificate = certificate;
        this.logs = logs;
        this.client = new LoadClient(processes, pinning.client(clientCommand));
        this.taken = taken;
    }

    void run() throws IOException {
        for (int launch = 1; launch <= plan.launches(); launch++) {
            for (Kind kind : plan.kindsInTurn()) {
                launch(kind, launch);
            }
        }
        for (Workload workload : plan.of(Kind.IDLE)) {
            for (int round = 1; round <= plan.idleRounds(); round++) {
                for (Contestant server : Turns.order(plan.serversOf(Kind.IDLE), round)) {
                    alone(server, workload, round);
                }
            }
        }
        client.close();
    }

    /** Starts all servers, warms each of them, and lets them take turns for this launch's rounds. */
    private void launch(Kind kind, int launch) throws IOException {
        List<Workload> workloads = plan.of(kind);
        Turns<Entrant> turns = new Turns<>(signals, entrant -> entrant.process.pid());
        List<Entrant> entrants = new ArrayList<>();
        int firstRound = plan.lastRound(launch - 1) + 1;
        try {
            for (Contestant server : plan.serversOf(kind)) {
                try {
                    Entrant entrant = new Entrant(server, start(server, kind, launch));
                    warmUp(entrant, workloads);
                    turns.rest(entrant);
                    entrants.add(entrant);
                } catch (IOException e) {
                    missAll(server, workloads, launch, e);
                }
            }
            for (int round = firstRound; round <= plan.lastRound(launch); round++) {
                int now = round;
                turns.round(round, entrants, workloads, (entrant, workload) -> take(entrant, workload, now, launch));
            }
        } finally {
            entrants.forEach(entrant -> entrant.process.close());
        }
    }

    private ServerProcess start(Contestant server, Kind kind, int launch) throws IOException {
        Path log = Files.createDirectories(logs).resolve(server.name() + "-" + kind.name().toLowerCase(Locale.ROOT) + "-" + launch
                + ".log");
        return ServerProcess.start(processes, pinning.server(server.commandFor(kind, certificate)), log);
    }

    /** Every workload has its share; a fault of the server shows in the cells and is not told twice. */
    private void warmUp(Entrant entrant, List<Workload> workloads) throws IOException {
        double share = Math.max(LEAST_WARM_UP_SECONDS, plan.firstWarmUpNs() / 1e9 / workloads.size());
        for (Workload workload : workloads) {
            try {
                load(entrant.process, workload, share, LEAST_WARM_UP_SECONDS / 4);
            } catch (IOException e) {
                if (entrant.process.death() != null) {
                    throw new IOException(entrant.process.death(), e);
                }
            }
        }
    }

    private void missAll(Contestant server, List<Workload> workloads, int launch, IOException e) {
        for (Workload workload : workloads) {
            for (int round = plan.lastRound(launch - 1) + 1; round <= plan.lastRound(launch); round++) {
                taken.accept(new Cell(server.name(), workload.name(), round, launch, 1, Map.of(), e.getMessage()));
            }
        }
    }

    private void take(Entrant entrant, Workload workload, int round, int launch) {
        taken.accept(Tries.cleanest(plan.retries(), number -> measure(entrant, workload, round, launch, number)));
    }

    private Cell measure(Entrant entrant, Workload workload, int round, int launch, int number) {
        String name = entrant.contestant.name();
        try {
            if (entrant.process.death() != null) {
                return new Cell(name, workload.name(), round, launch, number, Map.of(), entrant.process.death());
            }
            Map<String, Object> result = load(entrant.process, workload, plan.warmUpNs() / 1e9, plan.durationNs() / 1e9);
            return new Cell(name, workload.name(), round, launch, number, result, null);
        } catch (IOException | IllegalArgumentException e) {
            return new Cell(name, workload.name(), round, launch, number, Map.of(), e.getMessage());
        }
    }

    private Map<String, Object> load(ServerProcess server, Workload workload, double warmUpSeconds, double seconds) throws IOException {
        List<String> cell = new ArrayList<>(List.of(workload.subcommand(), "--url", server.url(), "--json", "-", "--quiet",
                "--server-pid", String.valueOf(server.pid())));
        cell.addAll(workload.options());
        if (!workload.isMemory()) {
            cell.addAll(List.of("--warm-up", milliseconds(warmUpSeconds), "--duration", milliseconds(seconds)));
        }
        return client.run(cell, CELL_TIMEOUT_NS);
    }

    private static String milliseconds(double seconds) {
        return Math.round(seconds * 1000) + "ms";
    }

    /** A fresh process, because memory that was used once is not given back. */
    private void alone(Contestant server, Workload workload, int round) {
        try (ServerProcess process = start(server, Kind.IDLE, round)) {
            taken.accept(measure(new Entrant(server, process), workload, round, round, 1));
        } catch (IOException | UncheckedIOException e) {
            taken.accept(new Cell(server.name(), workload.name(), round, round, 1, Map.of(), e.getMessage()));
        }
    }
}
