package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.AccessLog;
import io.neurolink.engine.CompressionConfig;
import io.neurolink.engine.IdleMode;
import io.neurolink.engine.auth.StoredCredential;
import io.neurolink.engine.spi.HandlerThreading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AgentServerCommandLineTest {
    @TempDir
    private Path folder;

    private final Map<String, String> environment = new HashMap<>();

    @Test
    void shouldHaveTheDocumentedDefaults() throws BadOptionException {
        AgentServerOptions options = parse("");
        assertEquals("localhost", options.host);
        assertEquals(3000, options.port);
        assertEquals(List.of("/ws", "/ws/agent"), options.paths);
        assertEquals("/api", options.normalizedBasePath());
        assertEquals(List.of(1000, 1_048_576, 30_000, 10_000, 0), List.of(options.maxConnections, options.maxMessageSize,
                options.pingIntervalMs, options.pongTimeoutMs, options.authFirstMessageMs));
        assertEquals("none", options.auth);
        assertFalse(options.isAuthRequired());
        assertEquals(IdleMode.AUTO, options.idle);
        assertEquals(CompressionConfig.Mode.OFF, options.compression);
        assertEquals(HandlerThreading.WORKER, options.handlerThreading);
        assertEquals("demo", options.agent);
        assertEquals(List.of("local", "local"), List.of(options.sight.metrics, options.sight.status));
        assertEquals(List.of(), options.allowedOrigins);
        assertEquals(Arrays.asList(null, null, null, null), Arrays.asList(options.eventLoops, options.workers, options.authHeader,
                options.authQuery));
    }

    @Test
    void shouldReadWhoMayLook() throws BadOptionException {
        AgentServerSightOptions open = parse("--metrics open --status off").sight;
        assertEquals(List.of("open", "off"), List.of(open.metrics, open.status));
        AgentServerSightOptions tokens = parse("--metrics-token-env T --admin-token-env U").sight;
        assertEquals(List.of("T", "U"), List.of(tokens.metricsTokenEnv, tokens.adminTokenEnv));
    }

    static Stream<Arguments> shouldReadEveryOption() {
        return Stream.of(
                option("--host 0.0.0.0", options -> options.host, "0.0.0.0"),
                option("--port 0", options -> options.port, 0),
                option("--port=65535", options -> options.port, 65_535),
                option("--path /a", options -> options.paths, List.of("/a")),
                option("--path /a --path /b/*", options -> options.paths, List.of("/a", "/b/*")),
                option("--base-path /v1/", AgentServerOptions::normalizedBasePath, "/v1"),
                option("--base-path /", AgentServerOptions::normalizedBasePath, ""),
                option("--max-connections 1", options -> options.maxConnections, 1),
                option("--max-message-size 64", options -> options.maxMessageSize, 64),
                option("--max-messages-per-second 20", options -> options.maxMessagesPerSecond, 20),
                option("--memory-budget 5000000000", options -> options.memoryBudget, 5_000_000_000L),
                option("--ping-interval 0", options -> options.pingIntervalMs, 0),
                option("--pong-timeout 1", options -> options.pongTimeoutMs, 1),
                option("--auth bearer --token ann=t0p", options -> options.tokens, List.of(credential("ann", "t0p"))),
                option("--auth apiKey --token ann:admin,ops=a=b,c", options -> options.tokens,
                        List.of(credential("ann", "a=b,c", "admin", "ops"))),
                option("--auth bearer --token ann=x --token bob:ops=y", options -> options.tokens,
                        List.of(credential("ann", "x"), credential("bob", "y", "ops"))),
                option("--auth basic --basic-user ann:secret", options -> options.basicUsers, List.of(credential("ann", "secret"))),
                option("--auth basic --basic-user ann:s=,:admin,ops", options -> options.basicUsers,
                        List.of(credential("ann", "s=,", "admin", "ops"))),
                option("--auth bearer --token a=b --auth-header X-Token", options -> options.authHeader, "X-Token"),
                option("--auth bearer --token a=b --auth-query t", options -> options.authQuery, "t"),
                option("--auth bearer --token a=b --auth-first-message 500", options -> options.authFirstMessageMs, 500),
                option("--auth bearer --token a=b --require-role r --require-role s", options -> options.requiredRoles, List.of("r", "s")),
                option("--auth bearer --token a=b --require-permission p", options -> options.requiredPermissions, List.of("p")),
                option("--allowed-origin https://a.example --allowed-origin http://localhost:8080", options -> options.allowedOrigins,
                        List.of("https://a.example", "http://localhost:8080")),
                option("--allowed-origin *", options -> options.allowedOrigins, List.of("*")),
                option("--trusted-proxy 10.0.0.0/8 --trusted-proxy ::1", options -> options.trustedProxies, List.of("10.0.0.0/8", "::1")),
                option("--proxy-protocol --trusted-proxy ::1", options -> options.proxyProtocol, true),
                option("--trusted-proxy ::1 --proxy-protocol=false", options -> options.proxyProtocol, false),
                option("--trusted-proxy ::1 --proxy-protocol=true", options -> options.proxyProtocol, true),
                option("--max-connections-per-address 0", options -> options.maxConnectionsPerAddress, 0),
                option("--drain-delay 5000", options -> options.drainDelayMs, 5000),
                option("--drain-timeout 0", options -> options.drainTimeoutMs, 0),
                option("--drain-rate 100", options -> options.drainRate, 100),
                option("--inherit-socket", options -> options.inheritSocket, true),
                option("--event-loops 2", options -> options.eventLoops, 2),
                option("--workers 3", options -> options.workers, 3),
                option("--compression off", options -> options.compression, CompressionConfig.Mode.OFF),
                option("--compression shared", options -> options.compression, CompressionConfig.Mode.SHARED),
                option("--compression dedicated", options -> options.compression, CompressionConfig.Mode.DEDICATED),
                option("--idle busy-spin", options -> options.idle, IdleMode.BUSY_SPIN),
                option("--idle backoff", options -> options.idle, IdleMode.BACKOFF),
                option("--idle blocking", options -> options.idle, IdleMode.BLOCKING),
                option("--handler-threading inline", options -> options.handlerThreading, HandlerThreading.INLINE),
                option("--tls-cert c.pem --tls-key k.pem", options -> List.of(options.tlsCert, options.tlsKey),
                        List.of(Path.of("c.pem"), Path.of("k.pem"))),
                option("--agent other", options -> options.agent, "other"),
                option("--agent openai --model gpt-x", AgentServerOptions::agentSettings, Map.of("model", "gpt-x")),
                option("--agent openai --base-url http://localhost:8080/v1 --api-key-env MY_KEY", AgentServerOptions::agentSettings,
                        Map.of("baseUrl", "http://localhost:8080/v1", "apiKeyEnv", "MY_KEY")),
                option("--agent ollama", AgentServerOptions::agentSettings, Map.of()),
                option("--help", options -> options.help, true),
                option("-V", options -> options.version, true));
    }

    @Test
    void shouldReadTheOptionsOfACluster() throws BadOptionException {
        AgentServerOptions options = parse("--cluster nats://a:1,nats://b --cluster-node n --cluster-prefix p.q");
        assertEquals(List.of("nats://a:1,nats://b", "n", "p.q"), List.of(options.cluster, options.clusterNode, options.clusterPrefix));
    }

    @Test
    void shouldReadTheOptionsOfRunsInACluster() throws BadOptionException {
        AgentServerOptions options = parse(
                "--cluster nats://a --cluster-run-replicas 3 --cluster-run-bytes 2000000 --cluster-run-age 90000");
        assertEquals(List.of(3, 2_000_000L, 90_000L),
                List.of(options.clusterRunReplicas, options.clusterRunBytes, options.clusterRunAgeMs));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void shouldReadEveryOption(String line, Function<AgentServerOptions, Object> value, Object expected) throws BadOptionException {
        assertEquals(expected, value.apply(parse(line)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--prot 1 | unknown option --prot",
        "--jwt-secret=hush | --jwt-secret needs --auth bearer",
        "--jwks f.json --auth apiKey | --jwks needs --auth bearer",
        "--auth bearer --jwt-secret=hush | --jwt-secret must have at least 32 bytes, not 4",
        "--auth bearer --jwks no-such.json | --jwks cannot be read: no-such.json",
        "--auth bearer --jwks http://id.example/keys | --jwks must be read from https:// (or http://localhost),"
            + " not from http://id.example/keys",
        "--auth bearer --token a=b --jwt-issuer i | --jwt-issuer needs --jwt-secret or --jwks",
        "--auth bearer --token a=b --jwt-audience i | --jwt-audience needs --jwt-secret or --jwks",
        "--tls-cert c.pem | --tls-cert needs --tls-key",
        "--tls-key k.pem | --tls-key needs --tls-cert",
        "--cluster-node a | --cluster-node needs --cluster",
        "--cluster-prefix a | --cluster-prefix needs --cluster",
        "--cluster-run-replicas 3 | --cluster-run-replicas needs --cluster",
        "--cluster-run-bytes 1048576 | --cluster-run-bytes needs --cluster",
        "--cluster-run-age 60000 | --cluster-run-age needs --cluster",
        "--cluster nats://a --cluster-run-replicas 2 | --cluster-run-replicas must be 1, 3 or 5, not 2",
        "--cluster nats://a --cluster-run-bytes 1000 | --cluster-run-bytes must be at least 1048576, not 1000",
        "--cluster nats://a --cluster-run-age 1000 | --cluster-run-age must be at least 60000 ms, not 1000",
        "--cluster-creds a | --cluster-creds needs --cluster",
        "--cluster-tls-ca a | --cluster-tls-ca needs --cluster",
        "--cluster-tls-cert a | --cluster-tls-cert needs --cluster",
        "--cluster-tls-key a | --cluster-tls-key needs --cluster",
        "--cluster nats://a --cluster-tls-cert a | --cluster-tls-cert needs --cluster-tls-key",
        "--cluster nats://a --cluster-tls-key a | --cluster-tls-key needs --cluster-tls-cert",
        "--cluster http://hushhush@a | --cluster must be like nats://host:port or tls://host:port, several separated by commas",
        "--cluster nats://a --cluster-creds no-such.creds | --cluster-creds cannot be read: no-such.creds",
        "--cluster nats://a --cluster-prefix a.*.b | --cluster-prefix must be letters, digits, '-' and '_', with dots between them,"
            + " at most 64 characters, not 'a.*.b'",
        "8080 | argument 1 ('8080') belongs to no option",
        "--port | Missing required parameter for option '--port' (PORT)",
        "--port abc | Invalid value for option '--port': 'abc' is not an int",
        "--port -1 | --port must be 0 to 65535, not -1",
        "--port 65536 | --port must be 0 to 65535, not 65536",
        "--port 1 --port 2 | option '--port' (PORT) should be specified only once",
        "--host= | --host must not be empty",
        "--path ws | --path must start with '/' and have no query, not 'ws'",
        "--path /ws?x | --path must start with '/' and have no query, not '/ws?x'",
        "--path /a --path /a | --path is given twice with the same value",
        "--base-path api | --base-path must start with '/' and have no query, not 'api'",
        "--max-connections 0 | --max-connections must be at least 1, not 0",
        "--max-connections-per-address -1 | --max-connections-per-address must be at least 0, not -1",
        "--proxy-protocol | --proxy-protocol needs --trusted-proxy",
        "--trusted-proxy localhost | --trusted-proxy must be an IP address or a block like 192.0.2.0/24, not 'localhost'",
        "--trusted-proxy 10.0.0.0/33 | --trusted-proxy must be an IP address or a block like 192.0.2.0/24, not '10.0.0.0/33'",
        "--max-message-size 0 | --max-message-size must be 1 to 1073741824, not 0",
        "--max-message-size 99999999999 | Invalid value for option '--max-message-size': '99999999999' is not an int",
        "--max-messages-per-second -1 | --max-messages-per-second must be at least 0, not -1",
        "--memory-budget 1048575 | --memory-budget must be at least 1048576, not 1048575",
        "--access-log-format xml | Invalid value for option '--access-log-format': must be one of logfmt, json, not 'xml'",
        "--ping-interval -1 | --ping-interval must be at least 0, not -1",
        "--pong-timeout 0 | --pong-timeout must be at least 1, not 0",
        "--auth jwt | Invalid value for option '--auth': must be one of none, bearer, apiKey, basic, mtls, not 'jwt'",
        "--auth bearer | --auth bearer needs at least one --token, --credentials-file, --jwt-secret, --jwks or --introspection",
        "--auth apiKey | --auth apiKey needs at least one --token, or --credentials-file",
        "--auth basic | --auth basic needs at least one --basic-user, or --credentials-file",
        "--auth mtls | --auth mtls needs --tls-client-ca",
        "--tls-client-ca ca.pem | --tls-client-ca needs --tls-cert and --tls-key",
        "--tls-client-certificates wanted | --tls-client-certificates needs --tls-client-ca",
        "--tls-client-certificates none | Invalid value for option '--tls-client-certificates': must be one of required, wanted, not"
            + " 'none'",
        "--mtls-user cn | Invalid value for option '--mtls-user': must be one of subject, subject-cn, san-dns, san-email, san-uri, not"
            + " 'cn'",
        "--credentials-file f | --credentials-file needs --auth bearer, apiKey or basic",
        "--auth basic --basic-user a:b --credentials-file f | --credentials-file excludes --token, --basic-user, --jwt-secret, --jwks and"
            + " --introspection",
        "--auth bearer --token a=b --jwt-secret 0123456789abcdef0123456789abcdef | --token excludes --jwt-secret, --jwks and"
            + " --introspection",
        "--introspection https://id.example/i | --introspection needs --auth bearer",
        "--auth bearer --introspection https://id.example/i --introspection-client c | --introspection needs --introspection-secret-env or"
            + " --introspection-secret-file, one of them",
        "--auth bearer --introspection https://id.example/i --introspection-secret-env S | --introspection needs --introspection-client",
        "--auth bearer --introspection http://id.example/i --introspection-client c --introspection-secret-env S | --introspection must be"
            + " https:// (or http://localhost), with no user and no fragment",
        "--auth bearer --introspection https://id.example/i --introspection-client c --introspection-secret-env S --token a=b | --token"
            + " excludes --jwt-secret, --jwks and --introspection",
        "--require-role-for stream=a | --require-role-for needs --auth",
        "--require-permission-for stream=a | --require-permission-for needs --auth",
        "--auth bearer --token a=b --require-role-for stream | Invalid value for option '--require-role-for' (ACTION=ROLE): must be like"
            + " stream=NAME or tool:add=NAME, not 'stream'",
        "--auth bearer --token a=b --require-permission-for ping=x | Invalid value for option '--require-permission-for'"
            + " (ACTION=PERMISSION): action must be the type of a message that is asked about, tool:NAME or tool:*, not 'ping'",
        "--user-messages-per-minute -1 | --user-messages-per-minute must be at least 0, not -1",
        "--user-runs-per-minute -1 | --user-runs-per-minute must be at least 0, not -1",
        "--user-tokens-per-minute -1 | --user-tokens-per-minute must be 0 to 10000000000, not -1",
        "--user-concurrent-runs 0 | --user-concurrent-runs must be at least 1, not 0",
        "--introspection-client c | --introspection-client needs --introspection",
        "--introspection-secret-env S | --introspection-secret-env needs --introspection",
        "--introspection-secret-file f | --introspection-secret-file needs --introspection",
        "--introspection-issuer i | --introspection-issuer needs --introspection",
        "--introspection-audience a | --introspection-audience needs --introspection",
        "--token ann=t0p | --token needs --auth bearer or --auth apiKey",
        "--auth bearer --token a=x --token b=x | --token is given twice with the same token",
        "--auth basic --basic-user a:x --basic-user a:y | --basic-user is given twice with the same user",
        "--basic-user ann:pw | --basic-user needs --auth basic",
        "--auth-header X-Token | --auth-header needs --auth bearer or --auth apiKey",
        "--auth bearer --token a=b --auth-header=x: | --auth-header must be the name of a header",
        "--auth-query t | --auth-query needs --auth bearer or --auth apiKey",
        "--auth basic --basic-user a:b --auth-query t | --auth-query needs --auth bearer or --auth apiKey",
        "--auth-first-message 10 | --auth-first-message needs --auth bearer or --auth apiKey",
        "--require-role admin | --require-role needs --auth",
        "--require-permission p | --require-permission needs --auth",
        "--allowed-origin example.com | --allowed-origin must be '*' or like https://host:port, without a path, not 'example.com'",
        "--drain-delay -1 | --drain-delay must be 0 to 86400000, not -1",
        "--drain-timeout 86400001 | --drain-timeout must be 0 to 86400000, not 86400001",
        "--drain-rate -1 | --drain-rate must be at least 0, not -1",
        "--event-loops 0 | --event-loops must be 1 to 256, not 0",
        "--workers 257 | --workers must be 1 to 256, not 257",
        "--compression gzip | Invalid value for option '--compression': must be one of off, shared, dedicated, not 'gzip'",
        "--idle lazy | Invalid value for option '--idle': must be one of auto, busy-spin, backoff, blocking, not 'lazy'",
        "--handler-threading pool | Invalid value for option '--handler-threading': must be one of worker, inline, virtual, not 'pool'",
        "--model gpt-x | --model needs an --agent that uses a model",
        "--base-url http://localhost | --base-url needs an --agent that uses a model",
        "--api-key-env KEY | --api-key-env needs an --agent that uses a model",
        "--agent openai --model= | --model must not be empty",
        "--agent openai --base-url localhost:8080 | --base-url must be like https://host:port/path, with no user, query or fragment",
        "--agent openai --base-url http://u:p@host/ | --base-url must be like https://host:port/path, with no user, query or fragment",
        "--agent openai --base-url ftp://host/ | --base-url must be like https://host:port/path, with no user, query or fragment",
        "--agent openai --api-key-env sk-abc | --api-key-env must be the name of an environment variable",
        "--agent openai --api-key hush | unknown option --api-key",
        "--metrics all | Invalid value for option '--metrics': must be one of local, open, off, not 'all'",
        "--status open | Invalid value for option '--status': must be one of local, off, not 'open'",
        "--metrics-token-env a-b | --metrics-token-env must be the name of an environment variable",
        "--metrics off --metrics-token-env T | --metrics-token-env makes no sense with --metrics off",
        "--status off --admin-token-env T | --admin-token-env makes no sense with --status off",
        "--config no-such-file.json | --config no-such-file.json: there is no such file"})
    void shouldNameTheBadOption(String line, String message) {
        assertEquals(message, failure(line));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--auth bearer --token hushhush", "--auth bearer --token =hushhush", "--auth bearer --token ann:=hushhush",
        "--auth bearer --token ann:a,,b=hushhush", "--token ann=hushhush", "--auth bearer --token ann=x hushhush",
        "--auth basic --basic-user hushhush", "--auth basic --basic-user ann:hushhush:r:s", "--auth basic --basic-user :hushhush",
        "--auth basic --basic-user ann:hushhush:", "--basic-user ann:hushhush", "--password=hushhush", "--jwt-secret hushhush",
        "--auth bearer --token a=hushhush --token b=hushhush",
        "--auth basic --basic-user ann:pbkdf2-sha256$hushhush", "--auth bearer --token ann=sha256$hushhush",
        "--auth bearer --introspection https://ann:hushhush@id.example/i --introspection-client c --introspection-secret-env S",
        "--auth bearer --token ann=hushhush --port x"})
    void shouldNeverRepeatASecret(String line) {
        assertFalse(failure(line).contains("hushhush"), failure(line));
        assertFalse(failure(line).isBlank());
    }

    @Test
    void shouldNotPrintTheSecretOfACredential() {
        assertFalse(credential("ann", "hushhush").toString().contains("hushhush"));
    }

    @Test
    void shouldTakeVirtualThreadsOnlyWhereThereAreSome() throws BadOptionException {
        int jdk = Runtime.version().feature();
        if (jdk < 21) {
            assertEquals("Invalid value for option '--handler-threading': virtual needs JDK 21 or later, this is " + jdk,
                    failure("--handler-threading virtual"));
        } else {
            assertEquals(HandlerThreading.VIRTUAL, parse("--handler-threading virtual").handlerThreading);
        }
    }

    @Test
    void shouldPreferCommandLineToEnvironmentToFile() throws Exception {
        String file = file("{\"host\": \"f\", \"port\": 1, \"maxConnections\": 11, \"path\": [\"/f\", \"/g\"]}");
        environment.put("NEUROLINK_PORT", "2");
        environment.put("NEUROLINK_MAX_CONNECTIONS", "22");
        environment.put("NEUROLINK_PATH", "/e");
        AgentServerOptions options = parse("--port 3 --config " + file);
        assertEquals("f", options.host);
        assertEquals(22, options.maxConnections);
        assertEquals(3, options.port);
        assertEquals(List.of("/e"), options.paths);
        assertEquals(List.of("/c"), parse("--path /c --config " + file).paths);
        assertEquals(2, parse("--config " + file).port);
        environment.clear();
        assertEquals(List.of("/f", "/g"), parse("--config " + file).paths);
    }

    @Test
    void shouldReadAFlagFromEnvironmentAndFile() throws Exception {
        environment.put("NEUROLINK_TRUSTED_PROXY", "10.0.0.1,::1");
        assertFalse(parse("").proxyProtocol);
        assertTrue(parse("--config " + file("{\"proxyProtocol\": true}")).proxyProtocol);
        environment.put("NEUROLINK_PROXY_PROTOCOL", "true");
        AgentServerOptions options = parse("");
        assertTrue(options.proxyProtocol);
        assertEquals(List.of("10.0.0.1", "::1"), options.trustedProxies);
        assertFalse(parse("--proxy-protocol=false").proxyProtocol);
    }

    @Test
    void shouldFindTheFileByTheEnvironment() throws Exception {
        environment.put("NEUROLINK_CONFIG", file("{\"maxConnections\": 7}"));
        assertEquals(7, parse("").maxConnections);
        assertEquals(8, parse("--config " + file("{\"maxConnections\": 8}")).maxConnections);
    }

    @Test
    void shouldSplitRepeatableOptionsInTheEnvironmentAtCommas() throws BadOptionException {
        environment.put("NEUROLINK_ALLOWED_ORIGIN", "https://a.example, https://b.example");
        environment.put("NEUROLINK_AUTH", "bearer");
        environment.put("NEUROLINK_TOKEN", "ann:admin,ops=t0p,bob=pot,eve:x=y=");
        environment.put("NEUROLINK_REQUIRE_ROLE", "admin,ops");
        AgentServerOptions options = parse("");
        assertEquals(List.of("https://a.example", "https://b.example"), options.allowedOrigins);
        assertEquals(List.of(credential("ann", "t0p", "admin", "ops"), credential("bob", "pot"), credential("eve", "y=", "x")),
                options.tokens);
        assertEquals(List.of("admin", "ops"), options.requiredRoles);
    }

    @Test
    void shouldSplitBasicUsersInTheEnvironment() throws BadOptionException {
        environment.put("NEUROLINK_AUTH", "basic");
        environment.put("NEUROLINK_BASIC_USER", "ann:pw:admin,ops,bob:pw2");
        assertEquals(List.of(credential("ann", "pw", "admin", "ops"), credential("bob", "pw2")), parse("").basicUsers);
    }

    @Test
    void shouldIgnoreEmptyVariables() throws BadOptionException {
        environment.put("NEUROLINK_PORT", "");
        assertEquals(3000, parse("").port);
    }

    @Test
    void shouldSayWhereABadValueCameFrom() throws IOException {
        environment.put("NEUROLINK_PORT", "abc");
        assertEquals("Invalid value for option '--port': 'abc' is not an int (NEUROLINK_PORT in the environment)", failure(""));
        environment.put("NEUROLINK_PORT", "-5");
        assertEquals("--port must be 0 to 65535, not -5 (NEUROLINK_PORT in the environment)", failure(""));
        environment.clear();
        String file = file("{\"idle\": \"lazy\"}");
        assertTrue(failure("--config " + file).endsWith("not 'lazy' (\"idle\" in " + file + ")"), failure("--config " + file));
    }

    @Test
    void shouldReadEveryKindOfValueInAFile() throws Exception {
        AgentServerOptions options = parse("--config " + file("""
                {
                  "port": 0, "maxMessageSize": "2048", "path": "/only", "auth": "apiKey",
                  "token": ["ann:admin,ops=a,b", "bob=c"], "requireRole": ["admin"], "authHeader": "X-Key", "idle": "backoff",
                  "compression": "shared"
                }
                """));
        assertEquals(0, options.port);
        assertEquals(2048, options.maxMessageSize);
        assertEquals(List.of("/only"), options.paths);
        assertEquals(List.of(credential("ann", "a,b", "admin", "ops"), credential("bob", "c")), options.tokens);
        assertEquals("X-Key", options.authHeader);
        assertEquals(IdleMode.BACKOFF, options.idle);
        assertEquals(CompressionConfig.Mode.SHARED, options.compression);
    }

    static Stream<Arguments> shouldNameWhatIsWrongInAFile() {
        return Stream.of(
                Arguments.of("{\"prot\": 1}", "unknown option \"prot\""),
                Arguments.of("{\"config\": \"x\"}", "unknown option \"config\""),
                Arguments.of("{\"help\": \"x\"}", "unknown option \"help\""),
                Arguments.of("{\"max-connections\": 1}", "unknown option \"max-connections\""),
                Arguments.of("{\"port\": null}", "\"port\" must be a string or a number"),
                Arguments.of("{\"port\": true}", "\"port\" must be a string or a number"),
                Arguments.of("{\"port\": [1]}", "\"port\" must be a string or a number"),
                Arguments.of("{\"path\": [{}]}", "\"path\" must be a string or a number"),
                Arguments.of("[1]", "must be a JSON object"),
                Arguments.of("\"port\"", "must be a JSON object"));
    }

    @ParameterizedTest
    @MethodSource
    void shouldNameWhatIsWrongInAFile(String json, String complaint) throws IOException {
        String file = file(json);
        assertEquals("--config " + file + ": " + complaint, failure("--config " + file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{\"token\": [\"hushhush\" \"x\"]}", "{\"token\": hushhush}",
        "{\"port\": 1} hushhush", "\uFEFF{}", "{\"port\": 1,}"})
    void shouldRefuseWhatIsNotJsonWithoutQuotingIt(String json) throws IOException {
        String file = file(json);
        String message = failure("--config " + file);
        assertTrue(message.startsWith("--config " + file + ": is not JSON"), message);
        assertFalse(message.contains("hushhush"), message);
        assertEquals(1, message.lines().count());
    }

    @Test
    void shouldReadTheOptionsOfTheAccessLog() throws BadOptionException {
        assertFalse(parse("").logOptions.accessLog().isOn());
        assertEquals("-", parse("--access-log -").logOptions.target);
        assertEquals(AccessLog.Format.LOGFMT, parse("--access-log -").logOptions.accessLog().format());
        assertEquals(AccessLog.Format.JSON, parse("--access-log - --access-log-format json").logOptions.accessLog().format());
    }

    @Test
    void shouldDescribeEveryOptionInTheHelp() {
        String help = AgentServerCommandLine.usage();
        for (String option : List.of("--host", "--port", "--path", "--base-path", "--max-connections", "--max-message-size",
                "--max-messages-per-second", "--memory-budget", "--access-log", "--access-log-format",
                "--ping-interval", "--pong-timeout", "--auth=", "--token", "--basic-user", "--auth-header", "--auth-query",
                "--auth-first-message", "--require-role", "--require-permission", "--allowed-origin", "--event-loops", "--workers",
                "--idle", "--handler-threading", "--agent", "--model", "--base-url", "--api-key-env", "--compression", "--config", "--help",
                "--version", "--cluster=", "--cluster-node", "--cluster-prefix", "--cluster-creds", "--cluster-tls-ca",
                "--cluster-tls-cert", "--cluster-tls-key",
                "--credentials-file", "--introspection=", "--introspection-client", "--introspection-secret-env",
                "--introspection-secret-file", "--introspection-issuer", "--introspection-audience", "--mtls-user", "--tls-client-ca",
                "--tls-client-certificates", "hash-password", "hash-token", "--require-role-for", "--require-permission-for",
                "--user-messages-per-minute", "--user-runs-per-minute", "--user-tokens-per-minute", "--user-concurrent-runs")) {
            assertTrue(help.contains(option), option);
        }
    }

    private static Arguments option(String line, Function<AgentServerOptions, Object> value, Object expected) {
        return Arguments.of(line, value, expected);
    }

    private static StoredCredential credential(String user, String secret, String... roles) {
        return new StoredCredential(user, List.of(roles), secret);
    }

    private AgentServerOptions parse(String line) throws BadOptionException {
        return new AgentServerCommandLine(environment).parse(line.isEmpty() ? new String[0] : line.split(" "));
    }

    private String failure(String line) {
        return assertThrows(BadOptionException.class, () -> parse(line)).getMessage();
    }

    private String file(String json) throws IOException {
        return Files.writeString(Files.createTempFile(folder, "config", ".json"), json).toString();
    }
}
