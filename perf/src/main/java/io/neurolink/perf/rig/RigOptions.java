package io.neurolink.perf.rig;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** What all workloads can be told: the server, and where the results go. */
final class RigOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--url", paramLabel = "URL",
            description = "The server, as ws://host:port/path. Default: one that is started for the run.")
    private String url;

    @Option(names = "--server-pid", paramLabel = "PID", description = "Process of that server, to see its processor time and memory.")
    private Long serverPid;

    @Option(names = "--server-args", paramLabel = "ARGS", defaultValue = "",
            description = "Options of echo-server for the server that is started, in one argument: --server-args=\"--idle blocking\".")
    private String serverArgs;

    @Option(names = "--server-jvm-args", paramLabel = "ARGS", defaultValue = "",
            description = "Arguments for the Java of that server, in one argument: --server-jvm-args=\"-Xmx1g\".")
    private String serverJvmArgs;

    @Option(names = "--tls", description = "Start that server with TLS. With --url the URL says it: wss://.")
    private boolean isTls;

    @Option(names = "--insecure", description = "Trust any certificate.")
    private boolean isInsecure;

    @Option(names = "--json", paramLabel = "FILE",
            description = "Write the results there, as one line; - is the standard output, without the table.")
    private String json;

    @Option(names = "--hgrm", paramLabel = "FILE",
            description = "Write the percentiles of the latency there, as HistogramLogProcessor does.")
    private Path hgrm;

    @Option(names = "--svg", paramLabel = "FILE", description = "Draw the percentiles of the latency there.")
    private Path svg;

    @Option(names = "--quiet", description = "No progress on standard error.")
    private boolean isQuiet;

    String url() {
        return url;
    }

    long serverPid() {
        return serverPid == null ? 0 : serverPid;
    }

    List<String> serverArgs() {
        return words(serverArgs);
    }

    List<String> serverJvmArgs() {
        return words(serverJvmArgs);
    }

    private static List<String> words(String text) {
        return Arrays.stream(text.split("\\s+")).filter(word -> !word.isEmpty()).toList();
    }

    boolean isTls() {
        return isTls;
    }

    boolean isInsecure() {
        return isInsecure;
    }

    Path hgrm() {
        return hgrm;
    }

    Path svg() {
        return svg;
    }

    String json() {
        return json;
    }

    /** Progress of a command, or none. */
    Progress progress() {
        return new Progress(isQuiet ? null : spec.commandLine().getErr(), spec.name());
    }

    CommandSpec spec() {
        return spec;
    }

    /** @throws ParameterException if options contradict each other. */
    void check() {
        if (url == null && serverPid != null) {
            throw wrong("--server-pid is for a server of --url");
        }
        if (url != null && !(serverArgs + serverJvmArgs).isEmpty()) {
            throw wrong((serverArgs.isEmpty() ? "--server-jvm-args" : "--server-args") + " is for a server that is started, not for --url");
        }
        if (url != null && isTls) {
            throw wrong("--tls is for a server that is started; with --url write wss://");
        }
        checkFolder("--json", json == null || "-".equals(json) ? null : Path.of(json));
        checkFolder("--hgrm", hgrm);
        checkFolder("--svg", svg);
        if (serverPid != null && serverPid < 1) {
            throw wrong("--server-pid must be at least 1, not " + serverPid);
        }
    }

    /** Found out before the run, not after it. */
    private void checkFolder(String option, Path file) {
        Path folder = file == null ? null : file.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            throw wrong(option + ": there is no folder " + folder);
        }
    }

    /** Where the server is. */
    Target target(String of) {
        try {
            return Target.parse(of);
        } catch (IllegalArgumentException e) {
            throw wrong("--url " + e.getMessage());
        }
    }

    /** @throws ParameterException if the value is not from {@code min} to {@code max}. */
    void checkRange(String option, long value, long min, long max) {
        if (value < min || value > max) {
            throw wrong(option + " must be " + min + " to " + max + ", not " + value);
        }
    }

    /** A complaint about an option. */
    ParameterException wrong(String what) {
        return new ParameterException(spec.commandLine(), what);
    }

    /** Compression, as {@code shared}. */
    static final class CompressionConverter implements ITypeConverter<Compression.Mode> {
        @Override
        public Compression.Mode convert(String value) {
            return Arrays.stream(Compression.Mode.values()).filter(mode -> name(mode).equals(value)).findFirst()
                    .orElseThrow(() -> new TypeConversionException("must be one of off, shared, dedicated, not '" + value + "'"));
        }
    }

    static String name(Compression.Mode mode) {
        return mode.name().toLowerCase(Locale.ROOT);
    }
}
