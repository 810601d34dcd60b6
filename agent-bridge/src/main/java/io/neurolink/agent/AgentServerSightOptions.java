package io.neurolink.agent;

import io.neurolink.engine.http.RouteAccess;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that say who may read metrics and status of the standalone server. */
final class AgentServerSightOptions {
    private static final String LOCAL = "local";
    private static final String OPEN = "open";
    private static final String OFF = "off";

    @Option(names = "--metrics", paramLabel = "WHO", defaultValue = LOCAL, order = 28, converter = Metrics.class,
            description = "Who may read /metrics below the base path, in the form of Prometheus: local (clients on this machine, or who has"
                    + " the token where there is one), open (everybody) or off. Default: ${DEFAULT-VALUE}.")
    String metrics = LOCAL;

    @Option(names = "--metrics-token-env", paramLabel = "NAME", order = 28,
            description = "Environment variable that holds the token for /metrics, at least 16 characters: sent as a bearer token or as the"
                    + " password of basic authentication. With it, clients on this machine need it too.")
    String metricsTokenEnv;

    @Option(names = "--status", paramLabel = "WHO", defaultValue = LOCAL, order = 28, converter = Status.class,
            description = "Who may read /status below the base path, which the command \"status\" shows: local (as for --metrics) or off."
                    + " Default: ${DEFAULT-VALUE}.")
    String status = LOCAL;

    @Option(names = "--admin-token-env", paramLabel = "NAME", order = 28,
            description = "Environment variable that holds the token for /status, as --metrics-token-env does for /metrics.")
    String adminTokenEnv;

    /** Tells of a value that is wrong. */
    interface Complaint {
        void unless(boolean condition, String option, String complaint);
    }

    void check(Complaint check) {
        checkName(check, "--metrics-token-env", metricsTokenEnv);
        checkName(check, "--admin-token-env", adminTokenEnv);
        check.unless(metricsTokenEnv == null || metrics.equals(LOCAL), "--metrics-token-env", "makes no sense with --metrics " + metrics);
        check.unless(adminTokenEnv == null || status.equals(LOCAL), "--admin-token-env", "makes no sense with --status " + status);
    }

    private static void checkName(Complaint check, String option, String name) {
        check.unless(name == null || name.matches("[A-Za-z_][A-Za-z0-9_]*"), option, "must be the name of an environment variable");
    }

    /** @return who may read metrics; null = nobody. */
    RouteAccess metricsAccess(Map<String, String> environment) throws BadOptionException {
        return metrics.equals(OPEN) ? RouteAccess.open() : access(metrics, "--metrics-token-env", metricsTokenEnv, environment);
    }

    /** @return who may read the status; null = nobody. */
    RouteAccess statusAccess(Map<String, String> environment) throws BadOptionException {
        return access(status, "--admin-token-env", adminTokenEnv, environment);
    }

    private static RouteAccess access(String who, String option, String variable, Map<String, String> environment)
            throws BadOptionException {
        if (who.equals(OFF)) {
            return null;
        }
        return variable == null ? RouteAccess.local() : RouteAccess.token(token(option, variable, environment));
    }

    /**
     * @return the token that a variable holds.
     * @throws BadOptionException if it is not set, or holds what cannot be a token; its value is not told.
     */
    private static String token(String option, String variable, Map<String, String> environment) throws BadOptionException {
        String token = environment.getOrDefault(variable, "");
        if (token.isEmpty()) {
            throw new BadOptionException(option + ": the environment variable " + variable + " is not set");
        }
        try {
            RouteAccess.token(token);
        } catch (IllegalArgumentException e) {
            throw new BadOptionException(option + ": the environment variable " + variable + ": " + e.getMessage());
        }
        return token;
    }

    private static String oneOf(String value, String... all) {
        if (!List.of(all).contains(value)) {
            throw new TypeConversionException("must be one of " + String.join(", ", all) + ", not '" + value + "'");
        }
        return value;
    }

    /** Who may read metrics. */
    static final class Metrics implements ITypeConverter<String> {
        @Override
        public String convert(String value) {
            return oneOf(value, LOCAL, OPEN, OFF);
        }
    }

    /** Who may read the status. */
    static final class Status implements ITypeConverter<String> {
        @Override
        public String convert(String value) {
            return oneOf(value, LOCAL, OFF);
        }
    }
}
