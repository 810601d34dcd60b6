package io.neurolink.agent;

import java.net.URI;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of the command {@code status}, as picocli fills them in. */
@Command(name = AgentServerOptions.NAME + " " + AgentServerStatusCommand.NAME, sortOptions = false, usageHelpWidth = 110,
        description = "Shows how a server that runs is doing: connections, traffic, memory, times, agents, threads, errors, counters.",
        footerHeading = "%n",
        footer = {"In a terminal it shows that anew all the time, until Ctrl-C; otherwise once. Status 1: the server does not answer, or"
                + " does not tell. Status 2: a bad option."})
final class AgentServerStatusOptions {
    private static final int MIN_INTERVAL_MS = 100;

    @Spec
    private CommandSpec spec;

    @Option(names = "--url", paramLabel = "URL", defaultValue = "http://localhost:3000/api", order = 1,
            description = "The server's base path. Default: ${DEFAULT-VALUE}.")
    String url;

    @Option(names = "--token-env", paramLabel = "NAME", order = 2,
            description = "Environment variable that holds the server's --admin-token-env token. Without it none is sent.")
    String tokenEnv;

    @Option(names = "--once", order = 3, description = "Show it once, with the rates of one interval, and end.")
    boolean once;

    @Option(names = "--json", order = 4, description = "Print what the server tells as JSON, and end.")
    boolean json;

    @Option(names = "--interval", paramLabel = "MS", defaultValue = "1000", order = 5,
            description = "Time between two looks, at least 100. Default: ${DEFAULT-VALUE}.")
    int intervalMs;

    @Option(names = "--sort", paramLabel = "BY", defaultValue = "buffered", order = 6,
            description = "Which connections come first: buffered (bytes that wait for them), messages, age, idle, rtt."
                    + " Default: ${DEFAULT-VALUE}.")
    String sort;

    @Option(names = "--limit", paramLabel = "N", defaultValue = "10", order = 7,
            description = "Connections to show, 0 to 1000. Default: ${DEFAULT-VALUE}.")
    int limit;

    @Option(names = "--tls-ca", paramLabel = "FILE", order = 8,
            description = "PEM file with the certificates to trust for https; by default those of the JDK.")
    Path tlsCa;

    @Option(names = {"-h", "--help"}, usageHelp = true, order = 9, description = "Print this and end.")
    boolean help;

    /** @throws ParameterException if a value is wrong; the message names the option. */
    void check() {
        check(url.matches("https?://[^\\s/?#@]+(/[^\\s?#]*)?"), "--url", "must be like http://host:port/api, not '" + url + "'");
        check(tokenEnv == null || tokenEnv.matches("[A-Za-z_][A-Za-z0-9_]*"), "--token-env", "must be the name of an environment variable");
        check(intervalMs >= MIN_INTERVAL_MS, "--interval", "must be at least " + MIN_INTERVAL_MS + ", not " + intervalMs);
        check(AgentServerStatus.Order.named(sort) != null, "--sort",
                "must be one of " + String.join(", ", AgentServerStatus.Order.names()) + ", not '" + sort + "'");
        check(limit >= 0 && limit <= AgentServerStatus.MAX_CONNECTIONS, "--limit",
                "must be 0 to " + AgentServerStatus.MAX_CONNECTIONS + ", not " + limit);
    }

    /** @return where the server tells its status. */
    URI statusUri() {
        return URI.create(url.replaceFirst("/$", "") + "/status?sort=" + sort + "&limit=" + limit);
    }

    private void check(boolean condition, String option, String complaint) {
        if (!condition) {
            throw new ParameterException(spec.commandLine(), option + " " + complaint, spec.findOption(option), null);
        }
    }
}
