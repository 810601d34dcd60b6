package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.agent.support.ScriptedAgent;
import io.neurolink.agent.support.ScriptedAgent.ScriptedRun;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Whatever happens to a run, in whatever order: its events make sense to the viewer. */
class RunPropertyTest {
    private static final int MAX_JOINED = 40;
    private static final int HIGH_MARK = 600;
    /** The longest event but a chunk, and of a chunk all but its text. */
    private static final int MAX_EVENT = 400;
    private static final int MAX_PIECE = 12;
    private static final Set<String> TERMINAL = Set.of("stream_complete", "cancelled", "error");

    private enum Step {
        TEXT, REASONING, TOOL_START, TOOL_END, FINISH, COMPLETE, FAIL, BREAK_RULES, CANCEL, STOP_READING, READ_ALL, READ_ONCE, LANE_FULL,
        LANE_FREE, TIME, LONG_TIME, CLOSE_UPSTREAM, DISCONNECT
    }

    private record Action(Step step, String text) {
    }

    @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE)
    void shouldMakeSenseToTheViewer(@ForAll("actions") List<Action> actions) {
        Trial trial = new Trial();
        for (Action action : actions) {
            trial.perform(action);
        }
        trial.letItEnd();
        trial.check();
    }

    @Provide
    Arbitrary<List<Action>> actions() {
        Arbitrary<Step> steps = Arbitraries.frequency(
                Tuple.of(20, Step.TEXT), Tuple.of(5, Step.REASONING),
                Tuple.of(4, Step.TOOL_START), Tuple.of(4, Step.TOOL_END),
                Tuple.of(1, Step.FINISH), Tuple.of(1, Step.COMPLETE),
                Tuple.of(1, Step.FAIL), Tuple.of(1, Step.BREAK_RULES),
                Tuple.of(1, Step.CANCEL), Tuple.of(8, Step.STOP_READING),
                Tuple.of(4, Step.READ_ALL), Tuple.of(4, Step.READ_ONCE),
                Tuple.of(4, Step.LANE_FULL), Tuple.of(5, Step.LANE_FREE),
                Tuple.of(4, Step.TIME), Tuple.of(1, Step.LONG_TIME),
                Tuple.of(1, Step.CLOSE_UPSTREAM), Tuple.of(1, Step.DISCONNECT));
        Arbitrary<String> texts = Arbitraries.of('a', 'é', '€', '"', '\n', '\ud83d', '\ude00', '\ud83d', '\ude00')
                .list().ofMaxSize(MAX_PIECE).map(chars -> {
                    StringBuilder text = new StringBuilder();
                    chars.forEach(text::append);
                    return text.toString();
                });
        return Combinators.combine(steps, texts).as(Action::new).list().ofMinSize(1).ofMaxSize(80);
    }

    /** One run with everything around it. */
    private static final class Trial {
        private final ManualTime time = new ManualTime();
        private final ScriptedAgent agent = new ScriptedAgent();
        private final AgentHandler handler = AgentHandler.builder(agent).scheduler(time).clocks(time, time)
                .config(AgentHandlerConfig.builder().maxJoinedBytes(MAX_JOINED).build()).build();
        private final FakeConnection connection = new FakeConnection().marks(HIGH_MARK, 100_000).open(handler);
        private final ScriptedRun run;
        private final StringBuilder text = new StringBuilder();
        private final StringBuilder reasoning = new StringBuilder();
        private boolean isAgentDone;
        private boolean isToolOpen;
        private int toolCount;

        Trial() {
            connection.receive("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\",\"options\":{\"canTell\":true}}}");
            run = agent.last();
        }

        void perform(Action action) {
            switch (action.step()) {
                case TEXT -> emit(new AgentEvent.Text(action.text()), action.text(), text, reasoning);
                case REASONING -> emit(new AgentEvent.Reasoning(action.text()), action.text(), reasoning, text);
                case TOOL_START -> startTool();
                case TOOL_END -> endTool();
                case FINISH -> finish();
                case COMPLETE -> {
                    isAgentDone = true;
                    run.subscriber.onComplete();
                }
                case FAIL -> {
                    isAgentDone = true;
                    run.subscriber.onError(new IllegalStateException("failed"));
                }
                case BREAK_RULES -> run.subscriber.onNext(null);
                case CANCEL -> connection.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r\"}}");
                case STOP_READING -> connection.stopReading();
                case READ_ALL -> connection.readAll();
                case READ_ONCE -> connection.readOnce();
                case LANE_FULL -> connection.laneFull(true);
                case LANE_FREE -> connection.laneFull(false);
                case TIME -> time.advance(Duration.ofSeconds(3));
                case LONG_TIME -> time.advance(Duration.ofSeconds(50));
                case CLOSE_UPSTREAM -> run.closed.complete(true);
                case DISCONNECT -> disconnect();
            }
            checkBounds();
        }

        private void emit(AgentEvent event, String piece, StringBuilder heard, StringBuilder other) {
            if (run.isWanted()) {
                if (!run.isCancelled && !isAgentDone && !piece.isEmpty()) {
                    seal(other);
                    heard.append(piece);
                }
                run.emit(event);
            }
        }

        /** A pair whose halves have something else between them is none. */
        private static void seal(StringBuilder heard) {
            int last = heard.length() - 1;
            if (last >= 0 && Character.isHighSurrogate(heard.charAt(last))) {
                heard.setCharAt(last, '\ufffd');
            }
        }

        private void finish() {
            if (run.isWanted()) {
                isAgentDone = true;
                run.emit(new AgentEvent.Finished("length"));
            }
        }

        private void startTool() {
            if (!isToolOpen && run.isWanted()) {
                isToolOpen = true;
                seal(text);
                seal(reasoning);
                run.emit(new AgentEvent.ToolStarted("t" + ++toolCount, "echo", "x"));
            }
        }

        private void endTool() {
            if (isToolOpen && run.isWanted()) {
                isToolOpen = false;
                seal(text);
                seal(reasoning);
                run.emit(new AgentEvent.ToolFinished("t" + toolCount, "echo", "y", null, 1));
            }
        }

        private void disconnect() {
            if (connection.isOpen()) {
                connection.disconnect();
            }
        }

        /** Never more in the socket than the mark, one event, and one joined chunk of at most the mark and one piece. */
        private void checkBounds() {
            long mostPerChar = 6;
            long most = HIGH_MARK + MAX_EVENT + mostPerChar * (MAX_JOINED + MAX_PIECE);
            assertTrue(connection.peakBuffered() <= most, () -> "buffered " + connection.peakBuffered());
            assertTrue(run.requested - run.emitted <= 1);
        }

        /** However the trial went: the viewer reads, and the run is cancelled if it is not over. */
        void letItEnd() {
            connection.laneFull(false);
            connection.readAll();
            perform(new Action(Step.CANCEL, ""));
            run.closed.complete(true);
            time.advance(Duration.ofSeconds(300));
            assertEquals(0, time.armedCount(), "timers of a run that is over");
            assertTrue(run.isCancelled || isAgentDone, "nobody told the agent");
        }

        void check() {
            List<Map<String, Object>> events = connection.ofRun("r").stream().filter(event -> !event.get("type").equals("status")).toList();
            checkSequence(events);
            if (connection.isOpen()) {
                assertTrue(TERMINAL.contains(events.get(events.size() - 1).get("type")), "no terminal event");
                assertEquals(wellFormed(text), joined(events, null));
                assertEquals(wellFormed(reasoning), joined(events, "reasoning"));
            } else {
                assertTrue(wellFormed(text).startsWith(withoutHalf(joined(events, null))));
            }
        }

        private void checkSequence(List<Map<String, Object>> events) {
            long seen = -1;
            boolean isOver = false;
            String openTool = null;
            for (Map<String, Object> event : events) {
                assertFalse(isOver, () -> "after the terminal event: " + event);
                long parts = event.get("n") == null ? 1 : (Long) event.get("n");
                assertEquals(seen + parts, (Long) event.get("seq"), event::toString);
                seen = (Long) event.get("seq");
                isOver = TERMINAL.contains(event.get("type"));
                if (event.get("type").equals("tool_call")) {
                    openTool = (String) event.get("toolCallId");
                } else if (event.get("type").equals("tool_result")) {
                    assertEquals(openTool, event.get("toolCallId"));
                    openTool = null;
                }
            }
            assertTrue(openTool == null || !connection.isOpen(), "a tool is left open");
        }

        private static String joined(List<Map<String, Object>> events, String kind) {
            StringBuilder all = new StringBuilder();
            for (Map<String, Object> event : events) {
                if (event.get("type").equals("chunk") && Objects.equals(kind, event.get("kind"))) {
                    String content = (String) event.get("content");
                    assertFalse(content.isEmpty(), "an empty chunk");
                    all.append(content);
                }
            }
            return all.toString();
        }

        private static String withoutHalf(String content) {
            return content.endsWith("\ufffd") ? content.substring(0, content.length() - 1) : content;
        }

        private static String wellFormed(CharSequence content) {
            StringBuilder result = new StringBuilder();
            content.codePoints().forEach(point -> result.appendCodePoint(point >= 0xD800 && point <= 0xDFFF ? 0xFFFD : point));
            return result.toString();
        }
    }
}
