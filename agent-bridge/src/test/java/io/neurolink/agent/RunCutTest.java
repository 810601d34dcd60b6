package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.session.AgentHandlerConfig;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentRequest;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.support.CuttableSocket;
import io.neurolink.agent.support.CuttableSocket.Cut;
import io.neurolink.agent.support.RunTranscript;
import io.neurolink.agent.support.StepAgent;
import io.neurolink.agent.support.TestCertificate;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.TlsConfig;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A client that is cut off at any point, by any means, and resumes, ends with exactly what the agent said. Over real sockets, plain and
 * TLS; the ways are spread over the points of the cut, or, with {@code -Druns.cut.all=true}, each is tried at each point.
 */
class RunCutTest {
    private static final boolean IS_LONG = Boolean.getBoolean("runs.cut.all");
    private static final int EVENTS = 200;
    private static final int CLIENTS = 16;
    private static final String FAILURE = "error MODEL_UNAVAILABLE the model went away";

    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final Queue<AutoCloseable> CLOSEABLES = new ConcurrentLinkedQueue<>();
    private static ExecutorService clients;
    private static ExecutorService agents;
    private static StepAgent agent;
    private static AgentHandler handler;
    private static SSLContext tls;
    private static int port;
    private static int tlsPort;

    /**
     * One way for a run to go.
     *
     * @param isFast the agent says everything as soon as it can, so that what is missed comes joined; else each event waits for the client
     * @param fails  the run ends with an error
     * @param isTls  over TLS
     * @param how    the line is cut
     */
    private record Way(boolean isFast, boolean fails, boolean isTls, Cut how) {
        String prompt() {
            return (isFast ? "fast" : "steps") + (fails ? " fails" : "");
        }
    }

    @BeforeAll
    static void serve(@TempDir Path folder) throws Exception {
        clients = Executors.newFixedThreadPool(CLIENTS);
        agents = Executors.newFixedThreadPool(2);
        agent = new StepAgent(agents, RunCutTest::script);
        TestCertificate certificate = TestCertificate.make(folder);
        tls = certificate.trustingContext();
        WebSocketConfig config = WebSocketConfig.builder().maxConnections(100_000).writableMarks(4096, 16_384).build();
        handler = AgentHandler.builder(agent).config(AgentHandlerConfig.builder().matching(config).maxRunLogBytes(16 * 1024 * 1024)
                .viewerlessGrace(Duration.ofMinutes(10)).build()).build();
        port = start(config, null);
        tlsPort = start(config, TlsConfig.pem(certificate.chain(), certificate.key()));
    }

    private static int start(WebSocketConfig config, TlsConfig tlsConfig) throws IOException {
        var manager = new WebSocketConnectionManager(config);
        manager.registerHandler("/ws", handler);
        NeuroLinkServer.Builder builder = NeuroLinkServer.builder().port(0).webSocket(manager).eventLoops(1).workers(2);
        if (tlsConfig != null) {
            builder.tls(tlsConfig);
        }
        NeuroLinkServer server = builder.build().start();
        CLOSEABLES.add(server);
        return server.port();
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable closeable : CLOSEABLES) {
            closeable.close();
        }
        handler.close();
        clients.shutdownNow();
        agents.shutdownNow();
    }

    /** Text and thoughts of all shapes, tools: 200 events that get a seq, the first and the last one included. */
    private static List<AgentEvent> events(boolean isLong) {
        List<AgentEvent> events = new ArrayList<>();
        String filler = isLong ? "x".repeat(20_000) : "";
        for (int i = 0; i < EVENTS - 2; i++) {
            switch (i % 20) {
                case 3, 4 -> events.add(new AgentEvent.Reasoning("because " + i + " \"quoted\"\n"));
                case 7 -> events.add(new AgentEvent.ToolStarted("t" + i, "look", Map.of("at", (long) i)));
                case 8 -> events.add(new AgentEvent.ToolFinished("t" + (i - 1), "look", (long) i, null, 1));
                case 11 -> events.add(new AgentEvent.Text("\ud83d\ude00 " + i + "\ud83d"));
                case 12 -> events.add(new AgentEvent.Text("\ude80 ü€ " + filler));
                default -> events.add(new AgentEvent.Text("w" + i + " " + filler));
            }
        }
        return events;
    }

    private static StepAgent.Script script(AgentRequest request) {
        AgentException failure = request.prompt().contains("fails")
                ? new AgentException(ErrorCode.MODEL_UNAVAILABLE, "the model went away") : null;
        return new StepAgent.Script(events(request.prompt().contains("long")), failure,
                request.prompt().startsWith("fast") ? Integer.MAX_VALUE : 0);
    }

    private static List<Way> ways() {
        List<Way> ways = new ArrayList<>();
        for (boolean isFast : new boolean[] {true, false}) {
            for (boolean isTls : new boolean[] {true, false}) {
                for (Cut how : Cut.values()) {
                    ways.add(new Way(isFast, ways.size() % 2 == 0, isTls, how));
                }
            }
        }
        return ways;
    }

    @Test
    void shouldLoseNothingWhereverTheLineIsCut() throws Exception {
        AtomicLong joined = new AtomicLong();
        List<Future<?>> trials = new ArrayList<>();
        List<Way> ways = ways();
        for (int at = 0; at <= EVENTS; at++) {
            int cutAt = at;
            for (Way way : IS_LONG ? ways : List.of(ways.get(at % ways.size()), ways.get((at + 5) % ways.size()))) {
                trials.add(clients.submit(() -> {
                    joined.addAndGet(new Client(way).cutTwice(cutAt));
                    return null;
                }));
            }
        }
        for (Future<?> trial : trials) {
            trial.get();
        }
        assertTrue(joined.get() > trials.size() / 4, () -> "joined messages: " + joined.get());
    }

    @Test
    void shouldLoseNothingIfTheLineIsCutAfterEveryMessage() throws Exception {
        List<Future<?>> trials = new ArrayList<>();
        for (Way way : ways()) {
            if (!way.isTls() || way.how() == Cut.RESET || IS_LONG) {
                trials.add(clients.submit(() -> {
                    new Client(way).cutAlways();
                    return null;
                }));
            }
        }
        for (Future<?> trial : trials) {
            trial.get();
        }
    }

    @Test
    void shouldLoseNothingForThreeViewersOfWhichOneIsSlowAndOneIsCut() throws Exception {
        for (boolean isTls : new boolean[] {false, true}) {
            Way way = new Way(true, false, isTls, Cut.RESET);
            Client owner = new Client(way, "fast long");
            Client steady = owner.another();
            Client shaky = owner.another();
            Client slow = owner.another();
            owner.open(0);
            owner.start();
            assertEquals("accepted", owner.socket.next().get("type"));
            slow.open(4096);
            slow.resume();
            Future<?> reading = clients.submit(() -> {
                steady.open(0);
                steady.resume();
                steady.readToTheEnd();
                return null;
            });
            Future<?> cutting = clients.submit(() -> {
                shaky.resumeAnewAfterEveryMessage();
                return null;
            });
            owner.readToTheEnd();
            reading.get();
            cutting.get();
            slow.readToTheEnd();
            for (Client client : List.of(owner, steady, shaky, slow)) {
                client.check(events(true), "end stop");
            }
        }
    }

    /** One client and its run. */
    private static final class Client {
        private final Way way;
        private final String prompt;
        private final String id;
        private final RunTranscript transcript = new RunTranscript();
        private CuttableSocket socket;

        Client(Way way) {
            this(way, way.prompt());
        }

        Client(Way way, String prompt) {
            this(way, prompt, "run" + NUMBER.incrementAndGet());
        }

        private Client(Way way, String prompt, String id) {
            this.way = way;
            this.prompt = prompt;
            this.id = id;
        }

        Client another() {
            return new Client(way, prompt, id);
        }

        void open(int receiveBuffer) throws IOException {
            socket = new CuttableSocket(way.isTls() ? tlsPort : port, "/ws", way.isTls() ? tls : null, receiveBuffer);
            CLOSEABLES.add(socket);
            assertEquals("connected", socket.next().get("type"));
        }

        void start() throws IOException {
            socket.send("{\"type\":\"stream\",\"requestId\":\"" + id + "\",\"payload\":{\"prompt\":\"" + prompt + "\"}}");
        }

        void resume() throws IOException {
            socket.send("{\"type\":\"resume\",\"payload\":{\"requestId\":\"" + id + "\",\"after\":" + transcript.seen() + "}}");
        }

        /** Reads one message; the agent may say what comes after it. */
        void read() throws IOException {
            Map<String, Object> message = socket.next();
            if (id.equals(message.get("requestId"))) {
                transcript.take(message);
            }
        }

        /** Lets the agent say one more event than the client has seen, as a race with what the client does next. */
        void letAgentOn() {
            if (!way.isFast()) {
                agents.execute(() -> agent.allow(id, (int) transcript.seen() + 1));
            }
        }

        void readUntil(long seq) throws IOException {
            while (transcript.seen() < seq && !transcript.isOver()) {
                letAgentOn();
                read();
            }
        }

        void readToTheEnd() throws IOException {
            readUntil(Long.MAX_VALUE);
        }

        void reconnect() throws IOException {
            socket.cut(way.how());
            letAgentOn();
            open(0);
            resume();
            assertEquals("resumed", socket.next().get("type"));
        }

        long cutTwice(int at) throws IOException {
            open(0);
            start();
            assertEquals("accepted", socket.next().get("type"));
            readUntil(at);
            reconnect();
            if (!transcript.isOver()) {
                letAgentOn();
                read();
            }
            reconnect();
            readToTheEnd();
            finish();
            return transcript.joinedCount();
        }

        void cutAlways() throws IOException {
            open(0);
            start();
            assertEquals("accepted", socket.next().get("type"));
            while (!transcript.isOver()) {
                reconnect();
                letAgentOn();
                read();
            }
            reconnect();
            finish();
        }

        /** From another connection for every message. */
        void resumeAnewAfterEveryMessage() throws IOException {
            while (!transcript.isOver()) {
                open(0);
                resume();
                assertEquals("resumed", socket.next().get("type"));
                read();
                socket.cut(way.how());
            }
        }

        private void finish() throws IOException {
            check(events(false), way.fails() ? FAILURE : "end stop");
            socket.close();
            agent.forget(id);
        }

        void check(List<AgentEvent> events, String end) {
            assertEquals(RunTranscript.expected(events, end), transcript.parts(), way::toString);
            assertTrue(transcript.isOver());
        }
    }
}
