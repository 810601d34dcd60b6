import io.neurolink.agent.client.AgentClient;
import io.neurolink.agent.client.AgentClientOptions;
import io.neurolink.agent.client.AgentPrompt;
import io.neurolink.agent.client.AgentRun;
import io.neurolink.agent.envelope.EnvelopeReader;
import io.neurolink.engine.CompressionConfig;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.client.ClientTlsConfig;
import io.neurolink.engine.client.WebSocketClient;
import io.neurolink.engine.spi.TraceContext;
import io.neurolink.engine.spi.WebSocketHandler;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Talks to two servers in every way that the dashboard has a panel for, and asks Prometheus each of the dashboard's queries until all have
 * data. Arguments: URL of the plain server, of the one with TLS, the latter's certificate, URL of Prometheus, the dashboard, a file to put
 * the plain server's metrics into.
 */
public final class Sight {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);
    private static final int TARGETS = 2;

    private final HttpClient http = HttpClient.newHttpClient();
    private final EnvelopeReader reader = new EnvelopeReader(1 << 24, 64, 1_000_000);
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final String prometheus;

    private Sight(String prometheus) {
        this.prometheus = prometheus;
    }

    public static void main(String[] args) throws Exception {
        Sight sight = new Sight(args[3]);
        List<Thread> talkers = List.of(new Thread(() -> sight.talk(args[0], ClientTlsConfig.defaults())),
                new Thread(() -> sight.talk(args[1], ClientTlsConfig.defaults().trusting(Path.of(args[2])))));
        talkers.forEach(Thread::start);
        boolean isFine = sight.check(Path.of(args[4]));
        URI metrics = URI.create(args[0].replace("ws:", "http:") + "/api/metrics");
        sight.http.send(HttpRequest.newBuilder(metrics).build(), BodyHandlers.ofFile(Path.of(args[5])));
        sight.isOver.set(true);
        for (Thread talker : talkers) {
            talker.join();
        }
        System.exit(isFine ? 0 : 1);
    }

    private void talk(String url, ClientTlsConfig tls) {
        WebSocketConfig config = WebSocketConfig.builder().compression(CompressionConfig.shared()).build();
        try (WebSocketClient webSocket = WebSocketClient.builder().config(config).tls(tls).build();
                AgentClient client = AgentClient.connect(URI.create(url + "/ws/agent"),
                        AgentClientOptions.defaults().webSocket(webSocket))) {
            while (!isOver.get()) {
                talk(client);
                webSocket.connect(URI.create(url + "/nowhere"), new WebSocketHandler() { }).handle((connection, error) -> null).get();
            }
        } catch (Exception e) {
            e.printStackTrace();
            System.exit(1);
        }
    }

    private static void talk(AgentClient client) throws Exception {
        TraceContext trace = TraceContext.parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", null);
        AgentRun streamed = client.stream(AgentPrompt.of("word ".repeat(500)).option("delayMs", 0).trace(trace)
                .option("tool", Map.of("toolName", "add", "args", Map.of("a", 2, "b", 3))));
        streamed.text();
        client.stream(AgentPrompt.of("one two three").option("delayMs", 5)).text();
        client.generate(AgentPrompt.of("in one piece").option("delayMs", 0)).get();
        client.callTool("sleep", Map.of("ms", 5)).get();
        client.callTool("fly", Map.of()).handle((value, error) -> null).get();
        client.stream(AgentPrompt.of("fail").option("delayMs", 0).option("fail", "MODEL_ERROR")).result()
                .handle((value, error) -> null).get();
        AgentRun endless = client.stream(AgentPrompt.of("go on").option("words", 1_000_000).option("delayMs", 5));
        endless.cancel("enough").get();
        client.attach(streamed.requestId(), 0).result().handle((value, error) -> null).get();
    }

    private boolean check(Path dashboard) throws Exception {
        Map<String, String> missing = new LinkedHashMap<>();
        List<String> queries = queries(dashboard);
        long startNs = System.nanoTime();
        do {
            TimeUnit.SECONDS.sleep(1);
            missing.clear();
            for (String query : queries) {
                String fault = fault(query);
                if (fault != null) {
                    missing.put(query, fault);
                }
            }
        } while (!missing.isEmpty() && System.nanoTime() - startNs < PATIENCE_NS);
        missing.forEach((query, fault) -> System.out.println("no data (" + fault + "): " + query));
        System.out.println(queries.size() - missing.size() + " of " + queries.size() + " queries of the dashboard have data, after "
                + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNs) + " s");
        return missing.isEmpty() && alertsAreLoaded();
    }

    private List<String> queries(Path dashboard) throws Exception {
        Map<?, ?> json = (Map<?, ?>) reader.readValue(ByteBuffer.wrap(Files.readAllBytes(dashboard)));
        List<String> queries = new ArrayList<>();
        for (Object panel : (List<?>) json.get("panels")) {
            if (((Map<?, ?>) panel).get("targets") instanceof List<?> targets) {
                targets.forEach(target -> queries.add(((String) ((Map<?, ?>) target).get("expr")).replace("$__rate_interval", "10s")
                        .replace("$job", "neurolink").replace("$instance", ".+").replace("$agent", ".+")));
            }
        }
        return queries;
    }

    /** @return what is wrong, or null if at least one series has a number now, and of those by server each server has one. */
    private String fault(String query) throws Exception {
        Map<?, ?> answer = ask("/api/v1/query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8));
        if (!"success".equals(answer.get("status"))) {
            return String.valueOf(answer.get("error"));
        }
        List<?> result = (List<?>) ((Map<?, ?>) answer.get("data")).get("result");
        long numbers = result.stream().map(series -> (String) ((List<?>) ((Map<?, ?>) series).get("value")).get(1))
                .filter(value -> !value.equals("NaN")).count();
        if (query.startsWith("sum(up{")) {
            return result.toString().contains(", " + TARGETS + "]") ? null : "not both servers are scraped: " + result;
        }
        return numbers > 0 ? null : result.isEmpty() ? "no series" : "no number";
    }

    private boolean alertsAreLoaded() throws Exception {
        Map<?, ?> answer = ask("/api/v1/rules?type=alert");
        List<String> broken = new ArrayList<>();
        int count = 0;
        for (Object group : (List<?>) ((Map<?, ?>) answer.get("data")).get("groups")) {
            for (Object rule : (List<?>) ((Map<?, ?>) group).get("rules")) {
                count++;
                if (!"ok".equals(((Map<?, ?>) rule).get("health"))) {
                    broken.add(rule.toString());
                }
            }
        }
        System.out.println(count - broken.size() + " of " + count + " alert rules are evaluated");
        broken.forEach(System.out::println);
        return count > 0 && broken.isEmpty();
    }

    private Map<?, ?> ask(String path) throws Exception {
        try {
            byte[] body = http.send(HttpRequest.newBuilder(URI.create(prometheus + path)).build(), BodyHandlers.ofByteArray()).body();
            return (Map<?, ?>) reader.readValue(ByteBuffer.wrap(body));
        } catch (java.net.ConnectException e) {
            return Map.of("status", "error", "error", "Prometheus does not answer yet");
        }
    }
}
