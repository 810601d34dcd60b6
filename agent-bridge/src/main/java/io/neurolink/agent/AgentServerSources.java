package io.neurolink.agent;

import com.dslplatform.json.DslJson;
import com.dslplatform.json.JsonReader;
import com.dslplatform.json.ObjectConverter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.OptionSpec;

/** Where options come from beside the command line: the environment and a JSON file, as values by the option's long name. */
final class AgentServerSources {
    private static final String ENVIRONMENT_PREFIX = "NEUROLINK_";

    private AgentServerSources() {
    }

    /** The values of one option and where they were found. */
    record Setting(List<String> values, String origin) {
    }

    /**
     * @param options     the options that may be set.
     * @param environment the process's environment; empty values count as not set.
     * @return what it sets, by long name.
     */
    static Map<String, Setting> fromEnvironment(List<OptionSpec> options, Map<String, String> environment) {
        var settings = new LinkedHashMap<String, Setting>();
        for (OptionSpec option : options) {
            String name = ENVIRONMENT_PREFIX + option.longestName().substring(2).replace('-', '_').toUpperCase(Locale.ROOT);
            String value = environment.getOrDefault(name, "");
            if (!value.isEmpty()) {
                List<String> values = option.isMultiValue() ? split(option.longestName(), value) : List.of(value);
                settings.put(option.longestName(), new Setting(values, name + " in the environment"));
            }
        }
        return settings;
    }

    /**
     * Splits at commas. Roles are separated by commas too, so what can only be the end of a list of roles is put together again.
     */
    private static List<String> split(String option, String value) {
        var values = new ArrayList<String>();
        boolean open = false;
        for (String part : value.split(",", -1)) {
            boolean goesOn = open || option.equals("--basic-user") && !values.isEmpty() && part.indexOf(':') < 0;
            if (goesOn) {
                values.add(values.remove(values.size() - 1) + "," + part);
            } else {
                values.add(part.strip());
            }
            open = option.equals("--token") && values.get(values.size() - 1).indexOf('=') < 0;
        }
        return values;
    }

    /**
     * @param options the options that may be set.
     * @param file    a JSON object with the options' names in camelCase.
     * @return what it sets, by long name.
     * @throws BadOptionException if it cannot be read, is not a JSON object, or has a key that is no option.
     */
    static Map<String, Setting> fromFile(List<OptionSpec> options, Path file) throws BadOptionException {
        var names = new LinkedHashMap<String, OptionSpec>();
        options.stream().filter(option -> !option.longestName().equals("--config"))
                .forEach(option -> names.put(camelCase(option.longestName()), option));
        var settings = new LinkedHashMap<String, Setting>();
        for (Map.Entry<?, ?> entry : readObject(file).entrySet()) {
            String key = entry.getKey().toString();
            OptionSpec option = names.get(key);
            if (option == null) {
                throw new BadOptionException("--config " + file + ": unknown option \"" + key + "\"");
            }
            boolean isFlag = option.typeInfo().isBoolean() && entry.getValue() instanceof Boolean;
            List<String> values = isFlag ? List.of(entry.getValue().toString())
                    : texts(file, key, entry.getValue(), option.isMultiValue());
            settings.put(option.longestName(), new Setting(values, "\"" + key + "\" in " + file));
        }
        return settings;
    }

    private static Map<?, ?> readObject(Path file) throws BadOptionException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new BadOptionException("--config " + file + ": there is no such file");
        } catch (IOException e) {
            throw new BadOptionException("--config " + file + ": cannot be read: " + e.getMessage());
        }
        Object value = parse(file, bytes);
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw new BadOptionException("--config " + file + ": must be a JSON object");
    }

    private static Object parse(Path file, byte[] bytes) throws BadOptionException {
        try {
            JsonReader<Object> reader = new DslJson<>().newReader(bytes);
            reader.getNextToken();
            Object value = ObjectConverter.deserializeObject(reader);
            String rest = new String(bytes, reader.getCurrentIndex(), bytes.length - reader.getCurrentIndex(), StandardCharsets.UTF_8);
            if (rest.isBlank()) {
                return value;
            }
            throw new BadOptionException("--config " + file + ": is not JSON at byte " + reader.getCurrentIndex());
        } catch (IOException e) {
            throw new BadOptionException("--config " + file + ": is not JSON" + position(e));
        }
    }

    /** The parser's own message quotes the file, which may hold secrets. */
    private static String position(IOException e) {
        Matcher matcher = Pattern.compile("at position: (\\d+)").matcher(String.valueOf(e.getMessage()));
        return matcher.find() ? " at byte " + matcher.group(1) : "";
    }

    private static List<String> texts(Path file, String key, Object value, boolean isMultiValue) throws BadOptionException {
        if (value instanceof List<?> list && isMultiValue) {
            var values = new ArrayList<String>();
            for (Object element : list) {
                values.add(text(file, key, element));
            }
            return values;
        }
        return List.of(text(file, key, value));
    }

    private static String text(Path file, String key, Object value) throws BadOptionException {
        if (value instanceof String || value instanceof Number) {
            return value.toString();
        }
        throw new BadOptionException("--config " + file + ": \"" + key + "\" must be a string or a number");
    }

    private static String camelCase(String option) {
        var name = new StringBuilder();
        for (String word : option.substring(2).split("-")) {
            name.append(name.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return name.toString();
    }
}
