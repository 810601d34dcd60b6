package io.neurolink.perf.compare;

import io.neurolink.perf.PerfVersion;
import io.neurolink.perf.compare.Workload.Kind;
import io.neurolink.perf.report.Json;
import io.neurolink.perf.rig.Durations;
import io.neurolink.perf.server.Certificate;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** This engine beside other servers. */
@Command(name = "compare", sortOptions = false, mixinStandardHelpOptions = true,
        description = "The same workloads against this engine and other servers, each in a process of its own, which take turns: a table of"
                + " ratios, raw results and an HTML page with plots. Ends with 1 if this engine failed in a cell.")
public final class CompareCommand implements Callable<Integer> {
    private static final int QUICK_ROUNDS = 4;
    private static final int ROUNDS = 5;
    private static final int IDLE_ROUNDS = 2;
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);
    /** Ratios are taken to these if nothing else is said. */
    private static final List<String> BASES = List.of(Contestants.NETTY, Contestants.NIO_FLOOR);
    /** The ratios of a baseline: to a floor, or where there is none, to the server that is nearest. */
    private static final List<String> BASELINE_BASES = List.of(Contestants.NIO_FLOOR, Contestants.C_FLOOR, Contestants.NETTY);

    @Spec
    private CommandSpec spec;

    @Option(names = "--quick", description = "The engine, Netty and the floors; e50, p16 and e16k; 4 short rounds; less than 2 minutes.")
    private boolean isQuick;

    @Option(names = "--servers", split = ",", paramLabel = "NAME", description = "Of: engine, engine-spin, netty, netty-epoll, vertx, "
            + "undertow, jetty, java-websocket, nio-floor, c-floor. Default: all.")
    private List<String> serverNames;

    @Option(names = "--server", paramLabel = "NAME=COMMAND", description = "One more server, as an older jar of this engine. COMMAND gets "
            + "'--port 0', and '--broadcast' for fan-out, and prints 'listening on ws://HOST:PORT'. Repeatable.")
    private List<String> moreServers = List.of();

    @Option(names = "--workloads", split = ",", paramLabel = "NAME", description = "Of: e1, e50, e500, p16, e16k, e1m, text300, rate, "
            + "connect, fan1k, fan5k, fan1k8, tls50, tls16k, deflate1k, idle. Default: all.")
    private List<String> workloadNames;

    @Option(names = "--rounds", paramLabel = "N", description = "Cells of each server and workload. Default: 5.")
    private Integer rounds;

    @Option(names = "--launches", paramLabel = "N", description = "Times the servers are started anew. Default: 2.")
    private Integer launches;

    @Option(names = "--duration", paramLabel = "TIME", converter = Durations.class, description = "Of a cell, as 800ms or 2s. Default: 1s.")
    private Long durationNs;

    @Option(names = "--warm-up", paramLabel = "TIME", converter = Durations.class, description = "Before each cell. Default: 300ms.")
    private Long warmUpNs;

    @Option(names = "--first-warm-up", paramLabel = "TIME", converter = Durations.class,
            description = "After each start of a server. Default: 10s.")
    private Long firstWarmUpNs;

    @Option(names = "--retries", paramLabel = "N",
            description = "Times a cell is measured again during which others used more than 15 %% of a core. Default: 2.")
    private Integer retries;

    @Option(names = "--rate", paramLabel = "N", defaultValue = "20000",
            description = "Messages a second of the workload rate. Default: ${DEFAULT-VALUE}.")
    private int rate;

    @Option(names = "--idle-connections", paramLabel = "N", defaultValue = "10000",
            description = "Connections of the workload idle. Default: ${DEFAULT-VALUE}.")
    private int idleConnections;

    @Option(names = "--heap", paramLabel = "SIZE", defaultValue = "512m", description = "Heap of every JVM. Default: ${DEFAULT-VALUE}.")
    private String heap;

    @Option(names = "--jdk", paramLabel = "HOME", description = "The JDK of the servers. Default: this one.")
    private Path jdk;

    @Option(names = "--base", split = ",", paramLabel = "NAME", description = "Ratios are taken to these. Default: netty,nio-floor.")
    private List<String> baseNames;

    @Option(names = "--out", paramLabel = "DIR", description = "Gets all that is written. Default: neurolink-compare-<timestamp>.")
    private Path out;

    @Option(names = "--json", paramLabel = "FILE", description = "The raw cells, one object a line. Default: cells.jsonl in --out.")
    private Path json;

    @Option(names = "--html", paramLabel = "FILE", description = "The page. Default: report.html in --out.")
    private Path html;

    @Option(names = "--hgrm", paramLabel = "DIR", description = "Latencies, a file for each workload and server. Default: hgrm in --out.")
    private Path hgrm;

    @Option(names = "--check", paramLabel = "FILE", description = "End with 1 if this engine's ratios to the floor are much worse than "
            + "those that --write-baseline once wrote.")
    private Path check;

    @Option(names = "--tolerance", paramLabel = "SHARE", defaultValue = "0.4",
            description = "How much worse, as a share. Default: ${DEFAULT-VALUE}.")
    private double tolerance;

    @Option(names = "--write-baseline", paramLabel = "FILE", description = "Write those ratios.")
    private Path writeBaseline;

    private final Results results = new Results();

    @Override
    public Integer call() throws Exception {
        List<Workload> workloads = workloads();
        checkOptions();
        Map<String, Object> baseline = check == null ? Map.of() : readBaseline();
        out = out != null ? out : Path.of("neurolink-compare-" + LocalDateTime.now().format(STAMP));
        Files.createDirectories(out);
        Path temporary = Files.createTempDirectory("neurolink-compare");
        temporary.toFile().deleteOnExit();
        try {
            Contestants contestants = new Contestants(javaCommand(), javaRelease(), System.getProperty("java.class.path"), peersFolder(),
                    version());
            Plan plan = plan(contestants, workloads, temporary);
            contestants.remarks().forEach(this::say);
            measure(plan);
            report(plan, contestants.remarks());
            return verdict(plan, baseline);
        } finally {
            Folders.delete(temporary);
        }
    }

    private void say(String line) {
        PrintWriter console = spec.commandLine().getOut();
        console.println(line);
        console.flush();
    }

    // ---------------------------------------------------------------- options

    private void checkOptions() {
        for (String name : names(serverNames, List.of())) {
            if (!Contestants.NAMES.contains(name)) {
                throw wrong("--servers: there is no server '" + name + "', but " + String.join(", ", Contestants.NAMES));
            }
        }
        checkAtLeast("--rounds", rounds, 1);
        checkAtLeast("--launches", launches, 1);
        checkAtLeast("--retries", retries, 0);
        checkAtLeast("--rate", rate, 1);
        checkAtLeast("--idle-connections", idleConnections, 1);
        if (tolerance < 0 || tolerance >= 1) {
            throw wrong("--tolerance must be from 0 to less than 1, not " + tolerance);
        }
        if (!heap.matches("[1-9]\\d{0,5}[mg]")) {
            throw wrong("--heap must be a size as 512m or 1g, not '" + heap + "'");
        }
        if (jdk != null && !Files.isExecutable(jdk.resolve("bin/java"))) {
            throw wrong("--jdk: there is no bin/java in " + jdk);
        }
    }

    private void checkAtLeast(String option, Integer value, int least) {
        if (value != null && value < least) {
            throw wrong(option + " must be at least " + least + ", not " + value);
        }
    }

    private List<Workload> workloads() {
        List<Workload> all = Workloads.all(rate, idleConnections);
        List<String> names = names(workloadNames, isQuick ? Workloads.QUICK : all.stream().map(Workload::name).toList());
        for (String name : names) {
            if (all.stream().noneMatch(workload -> workload.name().equals(name))) {
                throw wrong("--workloads: there is no workload '" + name + "', but "
                        + String.join(", ", all.stream().map(Workload::name).toList()));
            }
        }
        return all.stream().filter(workload -> names.contains(workload.name())).toList();
    }

    private static List<String> names(List<String> chosen, List<String> otherwise) {
        return chosen == null ? otherwise : chosen;
    }

    private Map<String, Object> readBaseline() throws IOException {
        try {
            return JsonText.read(Files.readString(check));
        } catch (IllegalArgumentException e) {
            throw wrong("--check: " + e.getMessage());
        }
    }

    private ParameterException wrong(String what) {
        return new ParameterException(spec.commandLine(), what);
    }

    private List<String> javaCommand() {
        Path home = jdk != null ? jdk : Path.of(System.getProperty("java.home"));
        return List.of(home.resolve("bin/java").toString(), "-XX:+UseParallelGC", "-Xms" + heap, "-Xmx" + heap);
    }

    /** The feature release of the servers' JDK, from the file that every JDK has. */
    private int javaRelease() throws IOException {
        if (jdk == null) {
            return Runtime.version().feature();
        }
        Path release = jdk.resolve("release");
        Matcher version = Pattern.compile("(?m)^JAVA_VERSION=\"(\\d+)").matcher(Files.isReadable(release) ? Files.readString(release) : "");
        return version.find() ? Integer.parseInt(version.group(1)) : Runtime.version().feature();
    }

    /** The folder beside the jar, or beside the compiled classes. */
    private static Path peersFolder() {
        Path first = Path.of(System.getProperty("java.class.path").split(File.pathSeparator)[0]).toAbsolutePath();
        return first.resolveSibling("peers");
    }

    private static String version() {
        return new PerfVersion().getVersion()[0];
    }

    private Plan plan(Contestants contestants, List<Workload> workloads, Path temporary) throws IOException {
        List<String> names = names(serverNames, isQuick ? Contestants.QUICK : Contestants.NAMES);
        List<Contestant> servers = new ArrayList<>(contestants.find(names, temporary));
        for (String definition : moreServers) {
            servers.add(more(definition));
        }
        if (servers.isEmpty()) {
            throw wrong("no server can be started");
        }
        int rounds = this.rounds != null ? this.rounds : isQuick ? QUICK_ROUNDS : ROUNDS;
        int launches = Math.min(rounds, this.launches != null ? this.launches : isQuick ? 1 : 2);
        return new Plan(servers, workloads, rounds, launches, Math.min(rounds, IDLE_ROUNDS),
                chosen(durationNs, 800, 1000), chosen(warmUpNs, 200, 300), chosen(firstWarmUpNs, 5000, 10_000),
                retries != null ? retries : isQuick ? 1 : 2);
    }

    private long chosen(Long chosenNs, long quickMs, long fullMs) {
        return chosenNs != null ? chosenNs : TimeUnit.MILLISECONDS.toNanos(isQuick ? quickMs : fullMs);
    }

    private Contestant more(String definition) {
        int equals = definition.indexOf('=');
        if (equals < 1 || definition.length() == equals + 1) {
            throw wrong("--server must be as NAME=COMMAND, not '" + definition + "'");
        }
        String name = definition.substring(0, equals);
        if (Contestants.NAMES.contains(name)) {
            throw wrong("--server: '" + name + "' is the name of another server");
        }
        String command = definition.substring(equals + 1);
        return new Contestant(name, "given by --server", "", false, false, EnumSet.of(Kind.ECHO, Kind.FAN, Kind.IDLE),
                List.of(command.strip().split("\\s+")), List.of());
    }

    /** Those of the bases that take part; the first server if none does. */
    private List<String> bases(Plan plan) {
        List<String> names = plan.servers().stream().map(Contestant::name).toList();
        List<String> bases = names(baseNames, BASES).stream().filter(names::contains).toList();
        return bases.isEmpty() ? names.subList(0, 1) : bases;
    }

    // ---------------------------------------------------------------- measuring

    private void measure(Plan plan) throws Exception {
        Pinning pinning = Pinning.ofMachine();
        Signals signals = Signals.ofSystem();
        List<String> client = List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseParallelGC",
                "-Xms" + heap, "-Xmx" + heap, "-cp", System.getProperty("java.class.path"), "io.neurolink.perf.Perf", "load-cells");
        say(String.format(Locale.ROOT, "%d cells, about %.0f minutes; %s", plan.cellCount(), Math.ceil(plan.estimatedSeconds() / 60),
                pinning.remark()));
        ProgressLines progress = new ProgressLines(plan, this::say, System::nanoTime);
        try (Processes processes = new Processes(signals); Certificate certificate = Certificate.make();
                CellLog log = new CellLog(json != null ? json : out.resolve("cells.jsonl"))) {
            new Comparison(plan, processes, signals, pinning, certificate, client, out.resolve("logs"), cell -> {
                results.add(cell);
                log.add(cell);
                progress.taken(cell);
            }).run();
        }
    }

    // ---------------------------------------------------------------- results

    private void report(Plan plan, List<String> remarks) throws IOException {
        List<String> bases = bases(plan);
        say(new ConsoleReport(results, plan, bases).toString());
        HgrmFiles.write(results, plan, hgrm != null ? hgrm : out.resolve("hgrm"));
        Path page = html != null ? html : out.resolve("report.html");
        Map<String, String> environment = Environment.of(javaCommand(), Pinning.ofMachine());
        environment.put("command", "java -jar neurolink-perf.jar " + String.join(" ", spec.commandLine().getParent().getParseResult()
                .originalArgs()));
        Files.writeString(page, new HtmlReport(results, plan, bases, environment, remarks).page());
        say("page: " + page.toAbsolutePath());
    }

    private int verdict(Plan plan, Map<String, Object> baseline) throws IOException {
        Map<String, Object> now = Baseline.of(results, plan, BASELINE_BASES);
        if (writeBaseline != null) {
            Files.writeString(writeBaseline, Json.of(now));
        }
        List<String> faults = new ArrayList<>(Baseline.collapses(baseline, now, tolerance));
        if (check != null) {
            long comparable = Baseline.comparable(baseline, now);
            say("checked " + comparable + " workloads against " + check + ": " + (faults.isEmpty() ? "none collapsed" : "COLLAPSED"));
            if (comparable == 0) {
                faults.add("--check: no workload of " + check + " was measured");
            }
        }
        for (Contestant server : plan.servers().stream().filter(Contestant::isOurs).toList()) {
            for (Workload workload : plan.workloads()) {
                results.complaint(workload.name(), server.name())
                        .ifPresent(complaint -> faults.add(server.name() + " failed in " + workload.name() + ": " + complaint));
            }
        }
        faults.forEach(this::say);
        return faults.isEmpty() ? 0 : 1;
    }
}
