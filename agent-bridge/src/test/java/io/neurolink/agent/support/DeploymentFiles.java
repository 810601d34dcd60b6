package io.neurolink.agent.support;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.Yaml;

/** The files of docs/operations that tell others how to run the server, read as those others read them. */
public final class DeploymentFiles {
    private static final Path FOLDER = Path.of("").toAbsolutePath().getParent().resolve("docs/operations");

    private DeploymentFiles() {
    }

    public static Path path(String name) {
        return FOLDER.resolve(name);
    }

    public static String text(String name) throws IOException {
        return Files.readString(path(name), StandardCharsets.UTF_8);
    }

    /** @return the array that follows a word of the Dockerfile; the form that no shell stands between. */
    @SuppressWarnings("unchecked")
    public static List<String> dockerArray(String instruction) throws IOException {
        Matcher line = Pattern.compile("^" + instruction + " [^\\[]*(\\[.*])$", Pattern.MULTILINE).matcher(text("container/Dockerfile"));
        if (!line.find()) {
            throw new IOException("no " + instruction + " with an array");
        }
        return (List<String>) new Yaml().load(line.group(1));
    }

    /** @return the values of a directive of the service, in their order. */
    public static List<String> unit(String directive) throws IOException {
        Matcher lines = Pattern.compile("^" + directive + "=(.*)$", Pattern.MULTILINE).matcher(text("systemd/neurolink.service"));
        List<String> values = new ArrayList<>();
        while (lines.find()) {
            values.add(lines.group(1));
        }
        return values;
    }

    /** @return the Kubernetes object of that kind. */
    @SuppressWarnings("unchecked")
    public static Map<String, Object> kubernetes(String kind) throws IOException {
        for (Object object : new Yaml().loadAll(text("kubernetes/neurolink.yaml"))) {
            if (((Map<String, Object>) object).get("kind").equals(kind)) {
                return (Map<String, Object>) object;
            }
        }
        throw new IOException("no " + kind);
    }

    /**
     * Follows names and places in lists, such as {@code spec.containers.0.image}.
     *
     * @param from where to begin.
     * @param path what to follow.
     * @param type what is expected there.
     * @return what is there, or null.
     */
    public static <T> T at(Object from, String path, Class<T> type) {
        Object present = from;
        for (String step : path.split("\\.")) {
            present = present instanceof List<?> list ? list.get(Integer.parseInt(step))
                    : present == null ? null : ((Map<?, ?>) present).get(step);
        }
        return type.cast(present);
    }
}
