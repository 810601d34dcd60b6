package io.neurolink.perf.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Where a comparison ran. */
final class Environment {
    private static final long GIB = 1024L * 1024 * 1024;

    private Environment() {
    }

    /**
     * @param javaCommand the servers' Java with its flags.
     * @param pinning     who ran where.
     * @return names and what there is under them, in order.
     */
    static Map<String, String> of(List<String> javaCommand, Pinning pinning) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("date", ZonedDateTime.now(ZoneOffset.UTC).format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT)));
        facts.put("processor", valueOf(Path.of("/proc/cpuinfo"), "model name", System.getProperty("os.arch")));
        facts.put("cores", Runtime.getRuntime().availableProcessors() + "; " + pinning.remark());
        facts.put("memory", memory());
        facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version") + ", " + System.getProperty("os.arch"));
        facts.put("Java of the servers", javaVersion(javaCommand.get(0)));
        facts.put("flags of the servers", String.join(" ", javaCommand.subList(1, javaCommand.size())));
        facts.put("Java of the load client", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        return facts;
    }

    private static String memory() {
        String kib = valueOf(Path.of("/proc/meminfo"), "MemTotal", "").replaceAll("\\D", "");
        return kib.isEmpty() ? "not known" : Math.round(Long.parseLong(kib) * 1024.0 / GIB) + " GiB";
    }

    /** The value in a file of lines as {@code name : value}. */
    private static String valueOf(Path file, String name, String otherwise) {
        try {
            return !Files.isReadable(file) ? otherwise : Files.readString(file).lines()
                    .filter(line -> line.startsWith(name)).map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst().orElse(otherwise);
        } catch (IOException e) {
            return otherwise;
        }
    }

    private static String javaVersion(String java) {
        try {
            Process process = new ProcessBuilder(java, "-version").redirectErrorStream(true).start();
            String version = process.inputReader().lines().filter(line -> line.startsWith("OpenJDK") || line.contains("VM"))
                    .collect(Collectors.joining("; "));
            return version.isEmpty() ? java : version;
        } catch (IOException e) {
            return java;
        }
    }
}
