package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.envelope.EnvelopeReader;
import io.neurolink.agent.support.TestCertificate;
import io.neurolink.agent.support.TestSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Metrics, status and the command status of the real main, on real sockets. */
@Timeout(120)
class AgentServerSightTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String TOKEN = "a-token-of-the-operators";

    private static HttpResponse<String> get(RunningServer server, String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + server.port() + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static Map<?, ?> json(String text) {
        return (Map<?, ?>) new EnvelopeReader(1 << 24, 32, 1_000_000).readValue(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static void generate(TestSocket client) throws Exception {
        client.send("{\"type\":\"generate\",\"payload\":{\"prompt\":\"hello\",\"options\":{\"delayMs\":0}}}");
        client.nextOfType("response");
    }

    private static String url(RunningServer server) {
        return "http://localhost:" + server.port() + "/api";
    }

    @Test
    void shouldTellMetricsToPrometheus() throws Exception {
        try (RunningServer server = RunningServer.start(); TestSocket client = TestSocket.connect(server.ws("/ws/agent"))) {
            client.next();
            generate(client);
            assertEquals(404, TestSocket.refusal(server.ws("/nowhere")));
            HttpResponse<String> text = get(server, "/api/metrics");
            assertEquals(200, text.statusCode());
            assertEquals("text/plain; version=0.0.4; charset=utf-8", text.headers().firstValue("Content-Type").orElseThrow());
            List<String> lines = text.body().lines().toList();
            for (String line : List.of("neurolink_connections_open{path=\"/ws/agent\"} 1", "neurolink_connections_open{path=\"/ws\"} 0",
                    "neurolink_upgrades_refused_total{reason=\"not_found\"} 1",
                    "neurolink_agent_runs_ended_total{agent=\"demo\",kind=\"generate\",outcome=\"completed\"} 1",
                    "gen_ai_client_token_usage_sum{gen_ai_operation_name=\"invoke_agent\",gen_ai_provider_name=\"demo\","
                            + "gen_ai_request_model=\"none\",gen_ai_token_type=\"output\"} 3")) {
                assertTrue(lines.contains(line), () -> line + " is missing in\n" + text.body());
            }
            assertTrue(text.body().contains("\nneurolink_build_info{version=\"") && text.body().contains("\nprocess_cpu_seconds_total "));
            HttpResponse<String> openMetrics = get(server, "/api/metrics", "Accept", "application/openmetrics-text;version=1.0.0");
            assertTrue(openMetrics.body().endsWith("# EOF\n"));
        }
    }

    @Test
    void shouldTellTheStatus() throws Exception {
        try (RunningServer server = RunningServer.start("--auth", "bearer", "--token", "ann=hush-hush");
                TestSocket client = TestSocket.connect(server.ws("/ws?token=hush-hush"))) {
            client.next();
            generate(client);
            String body = get(server, "/api/status").body();
            assertFalse(body.contains("hush-hush"));
            Map<?, ?> status = json(body);
            assertEquals(true, status.get("ready"));
            Map<?, ?> connections = (Map<?, ?>) status.get("connections");
            assertEquals(1L, connections.get("open"));
            Map<?, ?> top = (Map<?, ?>) ((List<?>) connections.get("top")).get(0);
            assertEquals("ann", top.get("user"));
            assertEquals("/ws", top.get("path"));
            assertEquals(1L, top.get("messagesIn"));
            Map<?, ?> agent = (Map<?, ?>) ((List<?>) status.get("agents")).get(0);
            assertEquals(List.of("demo", 1L, 1L), List.of(agent.get("name"), agent.get("started"), agent.get("completed")));
            List<?> threads = (List<?>) status.get("threads");
            assertTrue(threads.stream().anyMatch(thread -> ((Map<?, ?>) thread).get("name").equals("neurolink-loop-0")
                    && ((Map<?, ?>) thread).get("state") != null), threads::toString);
            assertEquals(1L, ((Map<?, ?>) status.get("counters")).get("connections.opened"));
        }
    }

    @ParameterizedTest
    @CsvSource({"sort=buffered&limit=0,200", "sort=messages,200", "sort=age,200", "sort=idle,200", "sort=rtt,200", "limit=1000,200",
        "sort=size,400", "limit=-1,400", "limit=1001,400", "limit=x,400", "limit=,400"})
    void shouldCheckWhatIsAskedOfTheStatus(String query, int status) throws Exception {
        try (RunningServer server = RunningServer.start(); TestSocket client = TestSocket.connect(server.ws("/ws"))) {
            client.next();
            HttpResponse<String> response = get(server, "/api/status?" + query);
            assertEquals(status, response.statusCode());
            if (status == 200) {
                Map<?, ?> connections = (Map<?, ?>) json(response.body()).get("connections");
                assertEquals(query.endsWith("limit=0") ? 0 : 1, ((List<?>) connections.get("top")).size());
            }
        }
    }

    @Test
    void shouldTellNothingToOthers() throws Exception {
        try (RunningServer server = RunningServer.start()) {
            for (String path : List.of("/api/metrics", "/api/status")) {
                assertEquals(403, get(server, path, "X-Forwarded-For", "192.0.2.1").statusCode());
                assertEquals(403, get(server, path, "Origin", "https://evil.example").statusCode());
            }
        }
        try (RunningServer server = RunningServer.start("--metrics", "off", "--status", "off")) {
            assertEquals(404, get(server, "/api/metrics").statusCode());
            assertEquals(404, get(server, "/api/status").statusCode());
        }
        try (RunningServer server = RunningServer.start("--metrics", "open")) {
            assertEquals(200, get(server, "/api/metrics", "X-Forwarded-For", "192.0.2.1").statusCode());
        }
    }

    @Test
    void shouldWantTheTokens() throws Exception {
        Map<String, String> environment = Map.of("SCRAPE", TOKEN, "ADMIN", TOKEN + "-2");
        try (RunningServer server = RunningServer.start(environment, "--metrics-token-env", "SCRAPE", "--admin-token-env", "ADMIN")) {
            assertEquals(401, get(server, "/api/metrics").statusCode());
            assertEquals(200, get(server, "/api/metrics", "Authorization", "Bearer " + TOKEN, "X-Forwarded-For", "192.0.2.1").statusCode());
            assertEquals(401, get(server, "/api/status", "Authorization", "Bearer " + TOKEN).statusCode());
            assertEquals(200, get(server, "/api/status", "Authorization", "Bearer " + TOKEN + "-2").statusCode());
            RunningServer without = RunningServer.run(Map.of(), "status", "--url", url(server), "--once");
            assertEquals(1, without.status());
            assertTrue(without.stderr().contains("--token-env"), without.stderr());
            RunningServer with = RunningServer.run(environment, "status", "--url", url(server), "--once", "--interval", "100",
                    "--token-env", "ADMIN");
            assertEquals(0, with.status(), with.stderr());
        }
    }

    @ParameterizedTest
    @CsvSource({"--metrics-token-env", "--admin-token-env"})
    void shouldNotStartWithoutTheTokenItIsToAskFor(String option) {
        RunningServer unset = RunningServer.run(Map.of(), "--port", "0", option, "MISSING");
        assertEquals(2, unset.status());
        assertEquals("neurolink-server: " + option + ": the environment variable MISSING is not set", unset.stderr().strip());
        RunningServer tooShort = RunningServer.run(Map.of("SHORT", "hush"), "--port", "0", option, "SHORT");
        assertEquals(2, tooShort.status());
        assertTrue(tooShort.stderr().contains("at least 16 characters") && !tooShort.stderr().contains("hush"), tooShort.stderr());
    }

    @Test
    void shouldShowARunningServer() throws Exception {
        try (RunningServer server = RunningServer.start(); TestSocket client = TestSocket.connect(server.ws("/ws"))) {
            client.next();
            generate(client);
            RunningServer once = RunningServer.run(Map.of(), "status", "--url", url(server), "--interval", "100");
            assertEquals(0, once.status(), once.stderr());
            String shown = once.stdout();
            assertTrue(shown.startsWith("neurolink-server ") && shown.contains("ready"), shown);
            assertTrue(shown.contains("connections  1 open of 1,000, 1 opened"), shown);
            assertTrue(shown.contains("agent        demo: 0 active, 1 started"), shown);
            assertTrue(shown.contains("neurolink-loop-0") && shown.contains("CONNECTIONS by buffered") && shown.contains("/ws"), shown);
            assertFalse(shown.contains("\u001b"), "no ANSI where there is no terminal");
            RunningServer json = RunningServer.run(Map.of(), "status", "--url", url(server) + "/", "--json", "--limit", "0");
            assertEquals(0, json.status(), json.stderr());
            assertEquals(1L, ((Map<?, ?>) json(json.stdout().strip()).get("connections")).get("open"));
        }
    }

    @Test
    void shouldShowAServerThatSpeaksTls(@TempDir Path folder) throws Exception {
        TestCertificate certificate = TestCertificate.make(folder);
        String chain = certificate.chain().toString();
        try (RunningServer server = RunningServer.start("--tls-cert", chain, "--tls-key", certificate.key().toString())) {
            String url = "https://localhost:" + server.port() + "/api";
            RunningServer strange = RunningServer.run(Map.of(), "status", "--url", url, "--once");
            assertEquals(1, strange.status());
            RunningServer trusted = RunningServer.run(Map.of(), "status", "--url", url, "--json", "--tls-ca", chain);
            assertEquals(0, trusted.status(), trusted.stderr());
        }
    }

    @Test
    void shouldSayWhyThereIsNothingToShow() throws Exception {
        try (Socket bound = new Socket()) {
            bound.bind(new InetSocketAddress(InetAddress.getByName("localhost"), 0));
            String url = "http://localhost:" + bound.getLocalPort();
            assertStatusFails("--url " + url + "/api --once", 1, "there is no server at " + url);
        }
        try (RunningServer server = RunningServer.start("--status", "off")) {
            assertStatusFails("--once --url " + url(server), 1, "there is no status at /api/status");
            assertStatusFails("--once --url http://localhost:" + server.port(), 1, "there is no status at /status");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--url localhost:3000 | --url must be like http://host:port/api, not 'localhost:3000'",
        "--url http://u:p@h/ | --url must be like http://host:port/api",
        "--interval 99 | --interval must be at least 100, not 99",
        "--sort size | --sort must be one of buffered, messages, age, idle, rtt, not 'size'",
        "--limit 1001 | --limit must be 0 to 1000, not 1001",
        "--token-env a-b | --token-env must be the name of an environment variable",
        "--token-env MISSING | --token-env: the environment variable MISSING is not set",
        "--tls-ca none.pem | --tls-ca: none.pem cannot be used",
        "--twice | Unknown option: '--twice'"})
    void shouldNameTheBadOption(String args, String message) {
        assertStatusFails(args, 2, message);
    }

    private static void assertStatusFails(String args, int status, String message) {
        RunningServer failed = RunningServer.run(Map.of(), ("status " + args).split(" "));
        assertEquals(status, failed.status());
        assertTrue(failed.stderr().startsWith("neurolink-server status: ") && failed.stderr().contains(message), failed.stderr());
        assertEquals(1, failed.stderr().lines().count(), failed.stderr());
        assertEquals("", failed.stdout());
    }

    @Test
    void shouldHelp() {
        RunningServer help = RunningServer.run(Map.of(), "status", "--help");
        assertEquals(0, help.status());
        assertTrue(help.stdout().startsWith("Usage: neurolink-server status"), help.stdout());
    }
}
