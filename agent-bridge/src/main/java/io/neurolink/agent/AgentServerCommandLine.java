package io.neurolink.agent;

import io.neurolink.agent.AgentServerSources.Setting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Puts the sources of options together: the command line wins, then the environment, then the file of {@code --config}. What environment
 * and file say is handed to picocli as if it had been written in front of the command line, so that one set of rules reads all three.
 */
final class AgentServerCommandLine {
    private static final List<String> OPTIONS_WITH_SECRETS = List.of("--token", "--basic-user", "--cluster");

    private final Map<String, String> environment;

    /**
     * @param environment the process's environment.
     */
    AgentServerCommandLine(Map<String, String> environment) {
        this.environment = environment;
    }

    /**
     * @param args the command line.
     * @return the checked options.
     * @throws BadOptionException if an option or a value is wrong; the message is one line, names it, and holds no secret.
     */
    AgentServerOptions parse(String... args) throws BadOptionException {
        ParseResult given = parseOnly(newCommandLine(), args);
        AgentServerOptions options = options(given.commandSpec().commandLine());
        return options.help || options.version ? options : parseAll(given, args);
    }

    /** @return the text of {@code --help}. */
    static String usage() {
        return newCommandLine().getUsageMessage();
    }

    private AgentServerOptions parseAll(ParseResult given, String... args) throws BadOptionException {
        Map<String, Setting> settings = readSources(given);
        var all = new ArrayList<String>();
        settings.forEach((name, setting) -> {
            if (!given.hasMatchedOption(name)) {
                setting.values().forEach(value -> all.add(name + "=" + value));
            }
        });
        all.addAll(List.of(args));
        CommandLine commandLine = newCommandLine();
        try {
            commandLine.parseArgs(all.toArray(String[]::new));
            options(commandLine).check();
        } catch (ParameterException e) {
            throw new BadOptionException(describe(e, settings, given));
        }
        return options(commandLine);
    }

    private Map<String, Setting> readSources(ParseResult given) throws BadOptionException {
        List<OptionSpec> settable = given.commandSpec().options().stream()
                .filter(option -> !option.usageHelp() && !option.versionHelp()).toList();
        Map<String, Setting> inEnvironment = AgentServerSources.fromEnvironment(settable, environment);
        Setting configInEnvironment = inEnvironment.get("--config");
        Path config = given.hasMatchedOption("--config") ? given.matchedOptionValue("--config", null)
                : configInEnvironment == null ? null : Path.of(configInEnvironment.values().get(0));
        var settings = new HashMap<String, Setting>();
        if (config != null) {
            settings.putAll(AgentServerSources.fromFile(settable, config));
        }
        settings.putAll(inEnvironment);
        return settings;
    }

    private static ParseResult parseOnly(CommandLine commandLine, String... args) throws BadOptionException {
        try {
            return commandLine.parseArgs(args);
        } catch (UnmatchedArgumentException e) {
            throw new BadOptionException(describe(e, args));
        } catch (ParameterException e) {
            throw new BadOptionException(describe(e, Map.of(), null));
        }
    }

    /** An unknown option is named without its value, and a stray argument not at all where it may be a part of a secret. */
    private static String describe(UnmatchedArgumentException e, String... args) {
        String unknown = e.getUnmatched().stream().filter(argument -> argument.startsWith("-")).findFirst().orElse(null);
        if (unknown != null) {
            int equals = unknown.indexOf('=');
            return "unknown option " + (equals < 0 ? unknown : unknown.substring(0, equals));
        }
        boolean mayBeSecret = List.of(args).stream().anyMatch(argument -> OPTIONS_WITH_SECRETS.stream().anyMatch(argument::startsWith));
        int position = List.of(args).indexOf(e.getUnmatched().get(0)) + 1;
        return "argument " + position + (mayBeSecret ? "" : " ('" + e.getUnmatched().get(0) + "')") + " belongs to no option";
    }

    private static String describe(ParameterException e, Map<String, Setting> settings, ParseResult given) {
        String message = e.getMessage().lines().findFirst().orElse("bad option");
        if (!(e.getArgSpec() instanceof OptionSpec option) || given == null || given.hasMatchedOption(option.longestName())) {
            return message;
        }
        Setting setting = settings.get(option.longestName());
        return setting == null ? message : message + " (" + setting.origin() + ")";
    }

    private static CommandLine newCommandLine() {
        return new CommandLine(new AgentServerOptions()).setExpandAtFiles(false);
    }

    private static AgentServerOptions options(CommandLine commandLine) {
        return commandLine.getCommand();
    }
}
