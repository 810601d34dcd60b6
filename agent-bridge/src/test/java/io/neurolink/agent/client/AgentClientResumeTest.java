package io.neurolink.agent.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.envelope.EnvelopeWriter;
import io.neurolink.agent.session.AgentHandlerConfig;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.agent.support.ScriptedAgent;
import io.neurolink.agent.support.ScriptedAgent.ScriptedRun;
import io.neurolink.engine.spi.SendResult;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The client against the real handler, without sockets: the line is cut after any message. However it is cut, the events are those of the
 * run, each once.
 */
class AgentClientResumeTest {
    private static final int EVENTS = 200;

    private final ManualTime time = new ManualTime();
    private final ScriptedAgent agent = new ScriptedAgent();
    private final AgentHandler handler = AgentHandler.builder(agent).scheduler(time).clocks(time, time)
            .config(AgentHandlerConfig.defaults()).build();
    private final Network network = new Network();
    private final AgentClient client = new AgentClient(
            AgentClientOptions.defaults().backOff(Duration.ofMillis(1), Duration.ofMillis(10)), network, time, time, time, () -> 0.1);

    /** Connects to the handler, and cuts. */
    private final class Network implements Wire.Opener {
        private Line last;
        private int connectionCount;
        /** Messages of the server that still come through, those of all connections counted. */
        private int cutAfter = Integer.MAX_VALUE;
        private boolean isReplyLost;

        @Override
        public Wire open(Map<String, String> headers, Wire.Target target) {
            connectionCount++;
            last = new Line(target);
            Line line = last;
            time.execute(() -> line.connection.open(handler));
            return last;
        }

        void cut() {
            last.cut();
            time.runReady();
        }
    }

    private final class Line implements Wire {
        private final Target target;
        private final FakeConnection connection = new FakeConnection().marks(1_000_000, 1_000_000);
        private boolean isCut;

        Line(Target target) {
            this.target = target;
            connection.onSent(this::deliver);
        }

        private void deliver(Map<String, Object> message) {
            if (isCut) {
                return;
            }
            if (!message.get("type").equals("connected") && network.cutAfter-- == 0) {
                network.cutAfter = Integer.MAX_VALUE;
                isCut = true;
                time.execute(this::ended);
                return;
            }
            ByteBuffer bytes = new EnvelopeWriter(1 << 20).write(new HashMap<>(message));
            target.onText(StandardCharsets.UTF_8.decode(bytes).toString().getBytes(StandardCharsets.UTF_8));
        }

        private void ended() {
            connection.disconnect();
            target.onClosed(1006, "", null);
        }

        void cut() {
            isCut = true;
            ended();
        }

        @Override
        public SendResult send(byte[] utf8) {
            if (isCut) {
                return SendResult.CLOSED;
            }
            if (network.isReplyLost && new String(utf8, StandardCharsets.UTF_8).contains("\"stream\"")) {
                network.isReplyLost = false;
                isCut = true;
                time.execute(this::ended);
            }
            connection.receive(new String(utf8, StandardCharsets.UTF_8));
            return SendResult.ACCEPTED;
        }

        @Override
        public void close(int code, String reason) {
            cut();
        }
    }

    private void settle() {
        time.advance(Duration.ofSeconds(1));
        time.runReady();
    }

    /** Text of every width, thoughts and tools. */
    private static AgentEvent event(int i) {
        return switch (i % 10) {
            case 3 -> new AgentEvent.Reasoning("hm" + i);
            case 5 -> new AgentEvent.ToolStarted("t" + i, "add", Map.of("a", i));
            case 6 -> new AgentEvent.ToolFinished("t" + (i - 1), "add", i, null, 1);
            case 8 -> new AgentEvent.Text("\uD83D\uDE00ß€" + i);
            default -> new AgentEvent.Text("word" + i + " ");
        };
    }

    /** Joined pieces count as what they were joined of. */
    private static List<String> normalized(List<RunEvent> events) {
        List<String> result = new ArrayList<>();
        String kind = "";
        StringBuilder text = new StringBuilder();
        for (RunEvent event : closed(events)) {
            String newKind = event.getClass().getSimpleName();
            if (!newKind.equals(kind) && !text.isEmpty()) {
                result.add(kind + ": " + text);
                text.setLength(0);
            }
            kind = newKind;
            if (event instanceof RunEvent.Text part) {
                text.append(part.text());
            } else if (event instanceof RunEvent.Reasoning part) {
                text.append(part.text());
            } else {
                result.add(event.toString());
            }
        }
        return result;
    }

    /** With something at the end that is no text. */
    private static List<RunEvent> closed(List<RunEvent> events) {
        return Stream.concat(events.stream(), Stream.of(new RunEvent.Status("end", 0))).toList();
    }

    private List<String> perform(Runnable afterEach) {
        AgentRun run = client.stream(AgentPrompt.of("go"));
        EventLog log = EventLog.of(run);
        time.runReady();
        settle();
        ScriptedRun model = agent.last();
        for (int i = 0; i < EVENTS; i++) {
            model.emit(event(i));
            time.runReady();
            afterEach.run();
        }
        model.emit(new AgentEvent.Finished("stop"));
        model.subscriber.onComplete();
        for (int i = 0; i < 5; i++) {
            settle();
        }
        assertTrue(run.result().isDone(), "has ended");
        assertEquals(log.text(), run.result().join().text());
        assertTrue(log.isComplete);
        List<RunEvent> events = log.events.stream().filter(event -> !(event instanceof RunEvent.Status)).toList();
        assertEquals(EVENTS + 2L, events.get(events.size() - 1).seq());
        return normalized(events.subList(0, events.size() - 1));
    }

    private static List<String> expected() {
        List<RunEvent> events = new ArrayList<>(List.of(new RunEvent.Accepted(null), new RunEvent.Started(1, "go", null)));
        for (int i = 0; i < EVENTS; i++) {
            events.add(eventOf(event(i), i + 2));
        }
        return normalized(events);
    }

    private static RunEvent eventOf(AgentEvent event, long seq) {
        if (event instanceof AgentEvent.Text part) {
            return new RunEvent.Text(seq, part.text());
        } else if (event instanceof AgentEvent.Reasoning part) {
            return new RunEvent.Reasoning(seq, part.text());
        } else if (event instanceof AgentEvent.ToolStarted started) {
            return new RunEvent.ToolCalled(seq, started.toolCallId(), "add", Map.of("a", ((Number) ((Map<?, ?>) started.args())
                    .get("a")).longValue()), "auto", 0);
        }
        AgentEvent.ToolFinished finished = (AgentEvent.ToolFinished) event;
        return new RunEvent.ToolEnded(seq, finished.toolCallId(), "add", ((Number) finished.result()).longValue(), null, 1);
    }

    static IntStream cuts() {
        return IntStream.rangeClosed(0, EVENTS + 2);
    }

    /** Each message is once the one that is lost with its connection. */
    @ParameterizedTest
    @MethodSource("cuts")
    void shouldLoseAndDoubleNothingWhereverTheLineIsCut(int cutAfter) {
        network.cutAfter = cutAfter;
        assertEquals(expected(), perform(this::settle));
        assertEquals(2, network.connectionCount);
    }

    @Test
    void shouldLoseAndDoubleNothingWhenTheLineIsCutAfterEveryEvent() {
        assertEquals(expected(), perform(() -> {
            network.cut();
            settle();
        }));
        assertTrue(network.connectionCount > EVENTS);
    }

    @Test
    void shouldGetWhatCameWhileItWasAway() {
        network.cutAfter = 10;
        assertEquals(expected(), perform(() -> { }));
    }

    @Test
    void shouldNotStartARunTwiceWhenTheAnswerToItsRequestIsLost() {
        network.isReplyLost = true;
        assertEquals(expected(), perform(() -> { }));
        assertEquals(1, agent.runCount());
    }
}
