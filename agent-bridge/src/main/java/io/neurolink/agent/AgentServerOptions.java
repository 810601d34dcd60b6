package io.neurolink.agent;

import io.neurolink.engine.CompressionConfig;
import io.neurolink.engine.IdleMode;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.auth.StoredCredential;
import io.neurolink.engine.spi.HandlerThreading;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of the standalone server, as picocli fills them in. What they may be together is checked by {@link #check()}. */
@Command(name = AgentServerOptions.NAME, sortOptions = false, usageHelpWidth = 110,
        description = "A WebSocket server for AI agents. It speaks the agent protocol, and serves a web console at /.",
        footerHeading = "%n",
        footer = {
            "Every option can also be set in the environment (--max-connections as NEUROLINK_MAX_CONNECTIONS; values of a repeatable option"
                + " separated by commas) and in the JSON file of --config (as \"maxConnections\";"
                + " values of a repeatable option as an array)."
                + " The command line wins, then the environment, then the file.",
            "\"status\" as the first argument shows how a server that runs is doing; \"status --help\" tells how.",
            "It prints \"listening on ws://HOST:PORT\" (wss:// with TLS) when it is ready, and ends with status 0 after SIGTERM or SIGINT."
                + " Status 2: a bad option. Status 1: it could not start.",
            "Passwords and tokens need not be stored as they are: \"neurolink-server hash-password\" and \"neurolink-server hash-token\""
                + " read one from standard input and print a hash to use instead."})
final class AgentServerOptions {
    static final String NAME = "neurolink-server";

    private static final long MIN_MEMORY_BUDGET = 1024 * 1024;
    static final int MAX_THREADS = 256;
    private static final int MAX_DRAIN_MS = 86_400_000;

    /** Above it a message would not fit an array. */
    private static final int MAX_MESSAGE_LENGTH = 1 << 30;

    @Spec
    private CommandSpec spec;

    @Mixin
    AgentServerIdentityOptions identity = new AgentServerIdentityOptions();

    @Option(names = "--host", paramLabel = "HOST", defaultValue = "localhost", order = 1,
            description = "Address to listen on; 0.0.0.0 for all. Default: ${DEFAULT-VALUE}.")
    String host;

    @Option(names = "--port", paramLabel = "PORT", defaultValue = "3000", order = 2,
            description = "Port to listen on; 0 = any free one. Default: ${DEFAULT-VALUE}.")
    int port;

    @Option(names = "--path", paramLabel = "PATH", order = 3,
            description = "WebSocket path that speaks the agent protocol; repeatable. Default: /ws and /ws/agent.")
    List<String> paths = List.of("/ws", "/ws/agent");

    @Option(names = "--base-path", paramLabel = "PATH", defaultValue = "/api", order = 4,
            description = "Prefix of the HTTP routes. Default: ${DEFAULT-VALUE}.")
    String basePath;

    @Option(names = "--max-connections", paramLabel = "N", defaultValue = "1000", order = 5,
            description = "Concurrent connections; further ones are answered with 503. Default: ${DEFAULT-VALUE}.")
    int maxConnections;

    @Option(names = "--max-message-size", paramLabel = "BYTES", defaultValue = "1048576", order = 6,
            description = "Largest message accepted. Default: ${DEFAULT-VALUE}.")
    int maxMessageSize;

    @Option(names = "--max-messages-per-second", paramLabel = "N", defaultValue = "0", order = 6,
            description = "Messages a connection may send per second, twice as many at once; more are answered with RATE_LIMITED;"
                    + " 0 = no limit. Default: ${DEFAULT-VALUE}.")
    int maxMessagesPerSecond;

    @Option(names = "--memory-budget", paramLabel = "BYTES", order = 6,
            description = "Memory for what clients make the server keep, at least 1048576. Default: half of the largest heap.")
    Long memoryBudget;

    @Option(names = "--ping-interval", paramLabel = "MS", defaultValue = "30000", order = 7,
            description = "Time between pings; 0 = no pings. Default: ${DEFAULT-VALUE}.")
    int pingIntervalMs;

    @Option(names = "--pong-timeout", paramLabel = "MS", defaultValue = "10000", order = 8,
            description = "Time for an answer to a ping. Default: ${DEFAULT-VALUE}.")
    int pongTimeoutMs;

    @Option(names = "--auth", paramLabel = "STRATEGY", defaultValue = "none", order = 9, converter = AgentServerConverters.Auth.class,
            description = "none, bearer, apiKey, basic or mtls (the client's TLS certificate); all but the first are required."
                    + " Default: ${DEFAULT-VALUE}.")
    String auth;

    @Option(names = "--token", paramLabel = "USER[:ROLE,ROLE...]=TOKEN", order = 10, converter = AgentServerConverters.Token.class,
            description = "A bearer token or API key, or the hash of one, and whose it is; repeatable.")
    List<StoredCredential> tokens = List.of();

    @Option(names = "--basic-user", paramLabel = "USER:PASSWORD[:ROLE,ROLE...]", order = 11,
            converter = AgentServerConverters.BasicUser.class,
            description = "A user of --auth basic and the password, which has no colon, or its hash; repeatable.")
    List<StoredCredential> basicUsers = List.of();

    @Option(names = "--jwt-secret", paramLabel = "SECRET", order = 11,
            description = "Bearer tokens are JWTs signed with this secret (HS256 and longer) of at least 32 bytes."
                    + " Better set in the environment.")
    String jwtSecret;

    @Option(names = "--jwks", paramLabel = "URL|FILE", order = 11,
            description = "Bearer tokens are JWTs signed with a key of this JWK set (RSA, EC, Ed25519), which may change.")
    String jwks;

    @Option(names = "--jwt-issuer", paramLabel = "ISSUER", order = 11, description = "What the claim iss of a JWT must be.")
    String jwtIssuer;

    @Option(names = "--jwt-audience", paramLabel = "AUDIENCE", order = 11, description = "What the claim aud of a JWT must contain.")
    String jwtAudience;

    @Option(names = "--auth-header", paramLabel = "NAME", order = 12,
            description = "Header that carries the credential. Default: Authorization; X-API-Key for apiKey.")
    String authHeader;

    @Option(names = "--auth-query", paramLabel = "NAME", order = 13,
            description = "Query parameter that carries the credential. Default: token; apiKey for apiKey; none for basic.")
    String authQuery;

    @Option(names = "--auth-first-message", paramLabel = "MS", defaultValue = "0", order = 14,
            description = "Let connections without a credential in if they send \"auth\" within this time; 0 = refuse them."
                    + " Default: ${DEFAULT-VALUE}.")
    int authFirstMessageMs;

    @Option(names = "--require-role", paramLabel = "ROLE", order = 15,
            description = "Role that a user must have, any of them where repeated.")
    List<String> requiredRoles = List.of();

    @Option(names = "--require-permission", paramLabel = "PERMISSION", order = 16,
            description = "Permission that a user must have, all of them where repeated.")
    List<String> requiredPermissions = List.of();

    @Option(names = "--allowed-origin", paramLabel = "ORIGIN", order = 17,
            description = "Origin whose pages may connect, * for any; repeatable. Default: the host of the request.")
    List<String> allowedOrigins = List.of();

    @Option(names = "--event-loops", paramLabel = "N", order = 18, description = "Event loops. Default: by the number of processors.")
    Integer eventLoops;

    @Option(names = "--workers", paramLabel = "N", order = 19,
            description = "Threads that call the agent. Default: by the number of processors.")
    Integer workers;

    @Option(names = "--idle", paramLabel = "MODE", defaultValue = "auto", order = 20, converter = AgentServerConverters.Idle.class,
            description = "What a thread without work does: auto, busy-spin, backoff or blocking. Default: ${DEFAULT-VALUE}.")
    IdleMode idle;

    @Option(names = "--handler-threading", paramLabel = "MODE", defaultValue = "worker", order = 21,
            converter = AgentServerConverters.Threading.class,
            description = "Where the agent is called: worker, inline or virtual (JDK 21 and later). Default: ${DEFAULT-VALUE}.")
    HandlerThreading handlerThreading;

    @Option(names = "--agent", paramLabel = "NAME", defaultValue = "demo", order = 22,
            description = "The agent that answers: demo, openai, anthropic, ollama, or another AgentProvider on the class path."
                    + " Default: ${DEFAULT-VALUE}.")
    String agent;

    @Option(names = "--model", paramLabel = "NAME", order = 22,
            description = "Model of a model agent, unless a client asks for another. Default: by agent.")
    String model;

    @Option(names = "--base-url", paramLabel = "URL", order = 22,
            description = "Where the model's API is; openai speaks to anything compatible. Default: by agent.")
    String baseUrl;

    @Option(names = "--api-key-env", paramLabel = "NAME", order = 22,
            description = "Environment variable that holds the API key. Default: OPENAI_API_KEY, ANTHROPIC_API_KEY; none for ollama.")
    String apiKeyEnv;

    @Option(names = "--tls-cert", paramLabel = "FILE", order = 23,
            description = "PEM file with the server's certificate chain; with --tls-key it speaks wss:// and https:// only."
                    + " Changed files are used for new connections.")
    Path tlsCert;

    @Option(names = "--tls-key", paramLabel = "FILE", order = 24, description = "PEM file with the private key, not encrypted.")
    Path tlsKey;

    @Option(names = "--compression", paramLabel = "MODE", defaultValue = "off", order = 25,
            converter = AgentServerConverters.Compression.class,
            description = "Compress messages of clients that offer it: off, shared (each message for itself) or dedicated (messages may"
                    + " refer to those before; takes memory per connection). Default: ${DEFAULT-VALUE}.")
    CompressionConfig.Mode compression;

    @Option(names = "--trusted-proxy", paramLabel = "ADDRESS", order = 26,
            description = "IP address or block (10.0.0.0/8) of a proxy whose X-Forwarded-For, Forwarded or PROXY protocol header is"
                    + " believed; repeatable. Default: none.")
    List<String> trustedProxies = List.of();

    @Option(names = "--proxy-protocol", paramLabel = "true|false", order = 27, arity = "0..1", defaultValue = "false",
            fallbackValue = "true",
            description = "Connections begin with a PROXY protocol header, version 1 or 2, and come from trusted proxies only."
                    + " Default: ${DEFAULT-VALUE}.")
    boolean proxyProtocol;

    @Option(names = "--max-connections-per-address", paramLabel = "N", defaultValue = "0", order = 28,
            description = "Connections one address may have open, upgraded or not; 0 = no limit. Default: ${DEFAULT-VALUE}.")
    int maxConnectionsPerAddress;

    @Option(names = "--cluster", paramLabel = "nats://HOST:PORT[,...]", order = 28,
            description = "NATS servers by which this server and others with the same --cluster and --cluster-prefix are one;"
                    + " nats://USER:PASSWORD@HOST or nats://TOKEN@HOST where NATS wants it (better set in the environment), tls:// for TLS."
                    + " Default: none, this server is alone.")
    String cluster;

    @Option(names = "--cluster-node", paramLabel = "NAME", order = 28,
            description = "Name of this node, unique in the cluster. Default: a random one at each start.")
    String clusterNode;

    @Option(names = "--cluster-prefix", paramLabel = "PREFIX", order = 28,
            description = "What all subjects in NATS begin with; one for each deployment that shares a NATS. Default: neurolink.")
    String clusterPrefix;

    @Option(names = "--cluster-creds", paramLabel = "FILE", order = 28,
            description = "NATS credentials file: a user's JWT and the seed of its key; read for each connection.")
    Path clusterCreds;

    @Option(names = "--cluster-tls-ca", paramLabel = "FILE", order = 28,
            description = "PEM file with the certificates that NATS is trusted by; with it NATS is spoken to over TLS only."
                    + " Default: the JDK's for tls://.")
    Path clusterTlsCa;

    @Option(names = "--cluster-tls-cert", paramLabel = "FILE", order = 28,
            description = "PEM file with the certificate chain that is shown to NATS; needs --cluster-tls-key.")
    Path clusterTlsCert;

    @Option(names = "--cluster-run-replicas", paramLabel = "N", order = 28,
            description = "How many servers of a NATS cluster keep the events of runs: 1, 3 or 5. Default: 1.")
    Integer clusterRunReplicas;

    @Option(names = "--cluster-run-bytes", paramLabel = "BYTES", order = 28,
            description = "Bytes that NATS keeps of the events of all runs; then the oldest go. Default: 1073741824.")
    Long clusterRunBytes;

    @Option(names = "--cluster-run-age", paramLabel = "MS", order = 28,
            description = "Milliseconds for which NATS keeps an event of a run, at least 60000. Default: 1800000.")
    Long clusterRunAgeMs;

    @Option(names = "--cluster-tls-key", paramLabel = "FILE", order = 28, description = "PEM file with its private key, not encrypted.")
    Path clusterTlsKey;

    @Mixin
    AgentServerLogOptions logOptions;

    @Option(names = "--drain-delay", paramLabel = "MS", defaultValue = "0", order = 28,
            description = "At a signal, time in which everything goes on although /health/ready says 503, for load balancers to notice."
                    + " Default: ${DEFAULT-VALUE}.")
    int drainDelayMs;

    @Option(names = "--drain-timeout", paramLabel = "MS", defaultValue = "10000", order = 28,
            description = "After that, time for runs to finish; connections without one are closed meanwhile. Then up to 5 seconds pass"
                    + " until the process ends. Default: ${DEFAULT-VALUE}.")
    int drainTimeoutMs;

    @Option(names = "--drain-rate", paramLabel = "N", defaultValue = "500", order = 28,
            description = "Connections closed per second, so that clients do not all come back at once; more where the time is short;"
                    + " 0 = all at once. Default: ${DEFAULT-VALUE}.")
    int drainRate;

    @Option(names = "--inherit-socket", paramLabel = "true|false", order = 28, arity = "0..1", defaultValue = "false",
            fallbackValue = "true",
            description = "Listen on the socket that is standard input, given by systemd (StandardInput=socket), instead of --host and"
                    + " --port. Default: ${DEFAULT-VALUE}.")
    boolean inheritSocket;

    @Mixin
    AgentServerSightOptions sight = new AgentServerSightOptions();

    @Option(names = "--config", paramLabel = "FILE", order = 29, description = "A JSON file with options.")
    Path config;

    @Option(names = {"-h", "--help"}, usageHelp = true, order = 30, description = "Print this and end.")
    boolean help;

    @Option(names = {"-V", "--version"}, versionHelp = true, order = 31, description = "Print the version and end.")
    boolean version;

    /**
     * Checks ranges and what the options mean together.
     *
     * @throws ParameterException if something is wrong; the message names the option and never contains a secret.
     */
    void check() {
        checkRange("--port", port, 0, 65_535);
        checkRange("--max-connections", maxConnections, 1, Integer.MAX_VALUE);
        checkRange("--max-connections-per-address", maxConnectionsPerAddress, 0, Integer.MAX_VALUE);
        checkRange("--max-message-size", maxMessageSize, 1, MAX_MESSAGE_LENGTH);
        checkRange("--max-messages-per-second", maxMessagesPerSecond, 0, Integer.MAX_VALUE);
        check(memoryBudget == null || memoryBudget >= MIN_MEMORY_BUDGET, "--memory-budget",
                "must be at least " + MIN_MEMORY_BUDGET + ", not " + memoryBudget);
        checkRange("--ping-interval", pingIntervalMs, 0, Integer.MAX_VALUE);
        checkRange("--pong-timeout", pongTimeoutMs, 1, Integer.MAX_VALUE);
        checkRange("--auth-first-message", authFirstMessageMs, 0, Integer.MAX_VALUE);
        checkRange("--drain-delay", drainDelayMs, 0, MAX_DRAIN_MS);
        checkRange("--drain-timeout", drainTimeoutMs, 0, MAX_DRAIN_MS);
        checkRange("--drain-rate", drainRate, 0, Integer.MAX_VALUE);
        checkRange("--event-loops", eventLoops == null ? 1 : eventLoops, 1, MAX_THREADS);
        checkRange("--workers", workers == null ? 1 : workers, 1, MAX_THREADS);
        check(!host.isBlank(), "--host", "must not be empty");
        check(isPath(basePath), "--base-path", "must start with '/' and have no query, not '" + basePath + "'");
        checkPaths();
        checkOrigins();
        AgentServerIdentity.check(this);
        checkProxies();
        checkModel();
        sight.check(this::check);
        check(tlsCert == null || tlsKey != null, "--tls-cert", "needs --tls-key");
        check(tlsKey == null || tlsCert != null, "--tls-key", "needs --tls-cert");
        checkCluster();
    }

    private void checkCluster() {
        checkNeedsCluster("--cluster-node", clusterNode);
        checkNeedsCluster("--cluster-prefix", clusterPrefix);
        checkNeedsCluster("--cluster-creds", clusterCreds);
        checkNeedsCluster("--cluster-run-replicas", clusterRunReplicas);
        checkNeedsCluster("--cluster-run-bytes", clusterRunBytes);
        checkNeedsCluster("--cluster-run-age", clusterRunAgeMs);
        checkNeedsCluster("--cluster-tls-ca", clusterTlsCa);
        checkNeedsCluster("--cluster-tls-cert", clusterTlsCert);
        checkNeedsCluster("--cluster-tls-key", clusterTlsKey);
        check(clusterTlsCert == null || clusterTlsKey != null, "--cluster-tls-cert", "needs --cluster-tls-key");
        check(clusterTlsKey == null || clusterTlsCert != null, "--cluster-tls-key", "needs --cluster-tls-cert");
        if (cluster != null) {
            AgentServerCluster.check(this, (option, complaint) -> check(false, option, complaint));
        }
    }

    private void checkNeedsCluster(String option, Object value) {
        check(value == null || cluster != null, option, "needs --cluster");
    }

    /** @return whether connections are encrypted. */
    boolean isTls() {
        return tlsCert != null;
    }

    /** @return the prefix of the HTTP routes without a slash at its end; empty for the root. */
    String normalizedBasePath() {
        return basePath.endsWith("/") ? basePath.substring(0, basePath.length() - 1) : basePath;
    }

    /** @return whether connections must authenticate. */
    boolean isAuthRequired() {
        return !auth.equals("none");
    }

    private void checkPaths() {
        for (String path : paths) {
            check(isPath(path), "--path", "must start with '/' and have no query, not '" + path + "'");
        }
        check(new HashSet<>(paths).size() == paths.size(), "--path", "is given twice with the same value");
    }

    private static boolean isPath(String path) {
        return path.startsWith("/") && path.chars().allMatch(c -> c > ' ' && c != '?' && c != '#' && c < 0x7F);
    }

    private void checkOrigins() {
        for (String origin : allowedOrigins) {
            check(origin.equals("*") || origin.equals("null") || origin.matches("[A-Za-z][A-Za-z0-9+.-]*://[^/\\s]+"),
                    "--allowed-origin", "must be '*' or like https://host:port, without a path, not '" + origin + "'");
        }
    }

    private void checkModel() {
        boolean isDemo = agent.equals("demo");
        check(!isDemo || model == null, "--model", "needs an --agent that uses a model");
        check(!isDemo || baseUrl == null, "--base-url", "needs an --agent that uses a model");
        check(!isDemo || apiKeyEnv == null, "--api-key-env", "needs an --agent that uses a model");
        check(model == null || !model.isBlank(), "--model", "must not be empty");
        check(baseUrl == null || baseUrl.matches("https?://[^\\s/?#@]+(/[^\\s?#]*)?"), "--base-url",
                "must be like https://host:port/path, with no user, query or fragment");
        check(apiKeyEnv == null || apiKeyEnv.matches("[A-Za-z_][A-Za-z0-9_]*"), "--api-key-env",
                "must be the name of an environment variable");
    }

    /** @return what the agent is to be made with, by the names that providers know. */
    Map<String, String> agentSettings() {
        var settings = new HashMap<String, String>();
        putIfSet(settings, "model", model);
        putIfSet(settings, "baseUrl", baseUrl);
        putIfSet(settings, "apiKeyEnv", apiKeyEnv);
        return settings;
    }

    private static void putIfSet(Map<String, String> settings, String name, String value) {
        if (value != null) {
            settings.put(name, value);
        }
    }

    private void checkProxies() {
        check(!proxyProtocol || !trustedProxies.isEmpty(), "--proxy-protocol", "needs --trusted-proxy");
        try {
            NeuroLinkServer.builder().trustedProxies(trustedProxies.toArray(String[]::new));
        } catch (IllegalArgumentException e) {
            check(false, "--trusted-proxy", e.getMessage().substring("trustedProxies ".length()));
        }
    }

    /** As {@link #check}. */
    void checkRange(String option, int value, int min, int max) {
        String range = max == Integer.MAX_VALUE ? "at least " + min : min + " to " + max;
        check(value >= min && value <= max, option, "must be " + range + ", not " + value);
    }

    /** @throws ParameterException that names the option, unless the condition holds. */
    void check(boolean condition, String option, String complaint) {
        if (!condition) {
            throw new ParameterException(spec.commandLine(), option + " " + complaint, spec.findOption(option), null);
        }
    }
}
