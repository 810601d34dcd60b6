package io.neurolink.perf.attack;

import io.neurolink.perf.report.Json;
import io.neurolink.perf.report.Table;
import io.neurolink.perf.server.Certificate;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Attacks a server that it starts itself, on the loopback address, and tells what met each attack. */
@Command(name = "attack", sortOptions = false, mixinStandardHelpOptions = true,
        description = "Attacks a server that it starts itself, with a well-behaved client beside the attackers. Ends with 1 if one "
                + "succeeds.")
public final class AttackCommand implements Callable<Integer> {
    private static final long SHORT_FLOOR_MS = 5000;
    private static final long FULL_FLOOR_MS = 20;

    @Spec
    private CommandSpec spec;

    @Option(names = "--short", description = "Small numbers, and loose about latency: for a busy machine.")
    private boolean isShort;

    @Option(names = "--only", arity = "1..*", paramLabel = "NAME", description = "These attacks only.")
    private List<String> only = List.of();

    @Option(names = "--list", description = "Name the attacks, make none.")
    private boolean isList;

    @Option(names = "--floor", paramLabel = "MS",
            description = "The neighbour's p99 may grow to 3 times what it was, or to this. Default: 5000 in the short form, else 20.")
    private Long floorMs;

    @Option(names = "--json", paramLabel = "FILE", description = "Also write the results there.")
    private Path json;

    @Override
    public Integer call() throws Exception {
        List<Attack> chosen = chosen();
        PrintWriter out = spec.commandLine().getOut();
        if (isList) {
            chosen.forEach(attack -> out.println(attack.name()));
            return 0;
        }
        List<AttackResult> results = new ArrayList<>();
        long floor = floorMs != null ? floorMs : isShort ? SHORT_FLOOR_MS : FULL_FLOOR_MS;
        try (Certificate certificate = Certificate.make()) {
            AttackRunner runner = new AttackRunner(isShort, TimeUnit.MILLISECONDS.toNanos(floor), certificate);
            for (Profile profile : Profile.values()) {
                runner.run(profile, chosen.stream().filter(attack -> attack.profile() == profile).toList(), result -> {
                    results.add(result);
                    out.printf("%-22s %-9s %5.1f s  %s  %s%n", result.name(), result.isHeld() ? "held" : "SUCCEEDED", result.seconds(),
                            result.latencyText(), String.join("; ", result.faults()));
                    out.flush();
                });
            }
        }
        report(out, results);
        return results.stream().allMatch(AttackResult::isHeld) ? 0 : 1;
    }

    private List<Attack> chosen() {
        List<String> names = Attacks.ALL.stream().map(Attack::name).toList();
        for (String name : only) {
            if (!names.contains(name)) {
                throw new ParameterException(spec.commandLine(), "--only: there is no attack '" + name + "', but "
                        + String.join(", ", names));
            }
        }
        return Attacks.ALL.stream().filter(attack -> only.isEmpty() || only.contains(attack.name())).toList();
    }

    private void report(PrintWriter out, List<AttackResult> results) throws Exception {
        Table table = new Table();
        table.row("attack", "verdict", "resident MiB", "heap MiB", "neighbour p50/p99 ms", "met by");
        table.row("", "", "before/max/after", "before/max/after", "before -> during (control p99)", "");
        for (AttackResult result : results) {
            table.row(result.name(), result.isHeld() ? "held" : "SUCCEEDED", result.memory().residentText(), result.memory().heapText(),
                    result.latencyText(), String.join("; ", result.bounds()));
        }
        out.println();
        out.print(table);
        long held = results.stream().filter(AttackResult::isHeld).count();
        out.printf("%n%d attacks, %d held%n", results.size(), held);
        out.flush();
        if (json != null) {
            Map<String, Object> all = new LinkedHashMap<>();
            all.put("form", isShort ? "short" : "full");
            all.put("java", Runtime.version().toString());
            all.put("processors", Runtime.getRuntime().availableProcessors());
            all.put("attacks", results.stream().map(AttackResult::toMap).toList());
            Files.writeString(json, Json.of(all));
        }
    }
}
