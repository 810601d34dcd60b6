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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * Whatever happens to a run and to those who look at it, in whatever order: every viewer is sent what the agent said, each event once and
 * in order from its cursor on, or is told that it cannot be; and in the end nothing is left.
 */
class RunPropertyTest {
    private static final int VIEWERS = 3;
    private static final int MAX_JOINED = 40;
    private static final int HIGH_MARK = 600;
    private static final int LOG_LIMIT = 32 * 1024;
    /** The longest event but a chunk, and of a chunk all but its text. */
    private static final int MAX_EVENT = 400;
    private static final int MAX_PIECE = 12;
    private static final int MAX_TIMES = 60;
    private static final int MAX_BYTES_PER_CHAR = 6;
    private static final int MAX_SECONDS = 299;
    private static final Set<String> TERMINAL = Set.of("stream_complete", "cancelled", "error");

    private enum Step {
        TEXT, REASONING, TOOL_START, TOOL_END, FINISH, COMPLETE, FAIL, BREAK_RULES, CANCEL, STOP_READING, READ_ALL, READ_ONCE, LANE_FULL,
        LANE_FREE, TIME, LONG_TIME, CLOSE_UPSTREAM, DISCONNECT, RESUME_WHERE_IT_WAS, RESUME_ANYWHERE, ACK
    }

    private record Action(Step step, String text, int viewer, int number) {
    }

    @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE)
    void shouldMakeSenseToEveryViewer(@ForAll("actions") List<Action> actions) {
        Trial trial = new Trial();
        for (Action action : actions) {
            trial.perform(action);
        }
        trial.letItEnd();
        trial.checkThatItIsForgotten();
    }

    @Provide
    Arbitrary<List<Action>> actions() {
        Arbitrary<Step> steps = Arbitraries.frequency(
                Tuple.of(24, Step.TEXT), Tuple.of(5, Step.REASONING),
                Tuple.of(4, Step.TOOL_START), Tuple.of(4, Step.TOOL_END),
                Tuple.of(1, Step.FINISH), Tuple.of(1, Step.COMPLETE),
                Tuple.of(1, Step.FAIL), Tuple.of(1, Step.BREAK_RULES),
                Tuple.of(1, Step.CANCEL), Tuple.of(8, Step.STOP_READING),
                Tuple.of(6, Step.READ_ALL), Tuple.of(4, Step.READ_ONCE),
                Tuple.of(4, Step.LANE_FULL), Tuple.of(6, Step.LANE_FREE),
                Tuple.of(4, Step.TIME), Tuple.of(1, Step.LONG_TIME),
                Tuple.of(1, Step.CLOSE_UPSTREAM), Tuple.of(4, Step.DISCONNECT),
                Tuple.of(8, Step.RESUME_WHERE_IT_WAS), Tuple.of(3, Step.RESUME_ANYWHERE),
                Tuple.of(3, Step.ACK));
        Arbitrary<String> pieces = Arbitraries.of('a', 'é', '€', '"', '\n', '\ud83d', '\ude00', '\ud83d', '\ude00')
                .list().ofMaxSize(MAX_PIECE).map(chars -> {
                    StringBuilder text = new StringBuilder();
                    chars.forEach(text::append);
                    return text.toString();
                });
        Arbitrary<String> texts = Combinators.combine(pieces, Arbitraries.integers().between(1, MAX_TIMES)).as(String::repeat);
        return Combinators.combine(steps, texts, Arbitraries.integers().between(0, VIEWERS - 1), Arbitraries.integers().between(0, 120))
                .as(Action::new).list().ofMinSize(1).ofMaxSize(120);
    }

    /** What the agent has said, by seq, as the journal is to number it. */
    private static final class Oracle {
        /** Kind and content of chunks; null for other events. */
        private final List<String[]> chunks = new ArrayList<>();
        private final Map<Long, Map<String, Object>> events = new HashMap<>();
        private String half = "";
        private String halfKind;

        void text(String kind, String text) {
            if (text.isEmpty()) {
                return;
            }
            if (!kind.equals(halfKind)) {
                seal();
            }
            String all = half + text;
            boolean endsOpen = Character.isHighSurrogate(all.charAt(all.length() - 1));
            half = endsOpen ? all.substring(all.length() - 1) : "";
            halfKind = kind;
            add(kind, endsOpen ? all.substring(0, all.length() - 1) : all);
        }

        private void add(String kind, String content) {
            if (!content.isEmpty()) {
                chunks.add(new String[] {kind, wellFormed(content)});
            }
        }

        /** A pair whose halves have something else between them is none. */
        void seal() {
            String sealed = half;
            half = "";
            add(halfKind, sealed);
        }

        void event() {
            seal();
            chunks.add(null);
        }

        /** An event with this seq was sent to somebody. */
        void check(Map<String, Object> message, long seq, long parts) {
            if (!message.get("type").equals("chunk")) {
                assertEquals(1, parts);
                assertEquals(events.computeIfAbsent(seq, unknown -> message), message);
                return;
            }
            if (seq == chunks.size() + 1) {
                seal();
            }
            String kind = message.get("kind") == null ? "text" : (String) message.get("kind");
            StringBuilder content = new StringBuilder();
            for (long each = seq - parts + 1; each <= seq; each++) {
                String[] chunk = chunks.get((int) each - 1);
                assertTrue(chunk != null && chunk[0].equals(kind), () -> "no chunk of this kind: " + message);
                content.append(chunk[1]);
            }
            assertEquals(content.toString(), message.get("content"));
            assertTrue(parts == 1 || content.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8).length <= MAX_JOINED * 2,
                    () -> "too much is joined: " + message);
        }

        private static String wellFormed(CharSequence content) {
            StringBuilder result = new StringBuilder();
            content.codePoints().forEach(point -> result.appendCodePoint(point >= 0xD800 && point <= 0xDFFF ? 0xFFFD : point));
            return result.toString();
        }
    }

    /** One who looks at the run, on one connection after the other. */
    private final class Viewer {
        private final Trial trial;
        private FakeConnection connection;
        private int read;
        private long cursor = -1;
        private boolean isAttached;
        private boolean isOver;
        private long oldest;

        Viewer(Trial trial) {
            this.trial = trial;
            open();
        }

        void open() {
            connection = new FakeConnection().marks(HIGH_MARK, 100_000).open(trial.handler);
            read = 1;
            isAttached = false;
        }

        void disconnect() {
            readOn();
            if (connection.isOpen()) {
                connection.disconnect();
            }
            isAttached = false;
        }

        void resume(long after) {
            if (!connection.isOpen()) {
                open();
            }
            connection.receive("{\"type\":\"resume\",\"payload\":{\"requestId\":\"r\",\"after\":" + after + "}}");
        }

        long nextAfter() {
            return Math.max(0, Math.max(cursor, oldest - 1));
        }

        /** Reads what came. */
        void readOn() {
            List<Map<String, Object>> messages = connection.messages();
            for (; read < messages.size(); read++) {
                take(messages.get(read));
            }
        }

        private void take(Map<String, Object> message) {
            switch ((String) message.get("type")) {
                case "status" -> { }
                case "resumed" -> resumed(message);
                case "resume_failed" -> failed(message);
                default -> event(message);
            }
        }

        private void resumed(Map<String, Object> message) {
            long after = (Long) message.get("after");
            assertTrue((Long) message.get("to") >= after);
            if (isAttached) {
                assertEquals(cursor, after, "the cursor of one who looks already does not move");
            }
            isOver = message.get("to").equals(after) && !(Boolean) message.get("live");
            isAttached = !isOver;
            cursor = after;
        }

        private void failed(Map<String, Object> message) {
            isAttached = false;
            if (message.get("reason").equals("trimmed")) {
                oldest = (Long) message.get("oldestSeq");
            } else {
                assertEquals("epoch", message.get("reason"));
            }
        }

        private void event(Map<String, Object> message) {
            assertTrue(isAttached || message.get("type").equals("accepted"), () -> "to one who does not look: " + message);
            assertFalse(isOver, () -> "after the terminal event: " + message);
            long seq = (Long) message.get("seq");
            long parts = message.get("n") == null ? 1 : (Long) message.get("n");
            assertEquals(cursor + parts, seq, message::toString);
            cursor = seq;
            isAttached = true;
            if (seq > 0) {
                trial.oracle.check(message, seq, parts);
            }
            isOver = TERMINAL.contains(message.get("type"));
            if (isOver) {
                isAttached = false;
            }
        }
    }

    /** One run with everything around it. */
    private final class Trial {
        private final ManualTime time = new ManualTime();
        private final ScriptedAgent agent = new ScriptedAgent();
        private final AgentHandler handler = AgentHandler.builder(agent).scheduler(time).clocks(time, time)
                .config(AgentHandlerConfig.builder().maxJoinedBytes(MAX_JOINED).maxRunLogBytes(LOG_LIMIT).build()).build();
        private final Oracle oracle = new Oracle();
        private final List<Viewer> viewers = new ArrayList<>();
        private final ScriptedRun run;
        private boolean isAgentDone;
        private boolean isToolOpen;
        private int toolCount;
        private int passedSeconds;

        Trial() {
            for (int i = 0; i < VIEWERS; i++) {
                viewers.add(new Viewer(this));
            }
            oracle.event();
            viewers.get(0).connection.receive(
                    "{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\",\"options\":{\"canTell\":true}}}");
            run = agent.last();
        }

        void perform(Action action) {
            Viewer viewer = viewers.get(action.viewer());
            switch (action.step()) {
                case TEXT -> emit(new AgentEvent.Text(action.text()), "text", action.text());
                case REASONING -> emit(new AgentEvent.Reasoning(action.text()), "reasoning", action.text());
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
                case CANCEL -> viewer.connection.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r\"}}");
                case STOP_READING -> viewer.connection.stopReading();
                case READ_ALL -> viewer.connection.readAll();
                case READ_ONCE -> viewer.connection.readOnce();
                case LANE_FULL -> viewer.connection.laneFull(true);
                case LANE_FREE -> viewer.connection.laneFull(false);
                case TIME -> pass(3);
                case LONG_TIME -> pass(50);
                case CLOSE_UPSTREAM -> run.closed.complete(true);
                case DISCONNECT -> viewer.disconnect();
                case RESUME_WHERE_IT_WAS -> viewer.resume(viewer.nextAfter());
                case RESUME_ANYWHERE -> viewer.resume(action.number());
                case ACK -> viewer.connection.receive("{\"type\":\"ack\",\"payload\":{\"requestId\":\"r\",\"seq\":"
                        + Math.min(action.number(), viewer.cursor + 1) + "}}");
            }
            viewers.forEach(Viewer::readOn);
            checkBounds();
        }

        /** Not so much in all that the run could be forgotten before the trial is over. */
        private void pass(int seconds) {
            if (passedSeconds + seconds < MAX_SECONDS) {
                passedSeconds += seconds;
                time.advance(Duration.ofSeconds(seconds));
            }
        }

        private boolean isListening() {
            return !run.isCancelled && !isAgentDone;
        }

        private void emit(AgentEvent event, String kind, String piece) {
            if (run.isWanted()) {
                if (isListening()) {
                    oracle.text(kind, piece);
                }
                run.emit(event);
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
                tool(new AgentEvent.ToolStarted("t" + ++toolCount, "echo", "x"));
            }
        }

        private void endTool() {
            if (isToolOpen && run.isWanted()) {
                isToolOpen = false;
                tool(new AgentEvent.ToolFinished("t" + toolCount, "echo", "y", null, 1));
            }
        }

        private void tool(AgentEvent event) {
            if (isListening()) {
                oracle.event();
            }
            run.emit(event);
        }

        /** Never more in a socket than the mark, one event, and one chunk; never more in the log than its limit and one chunk. */
        private void checkBounds() {
            long longestChunk = MAX_EVENT + (long) MAX_BYTES_PER_CHAR * MAX_PIECE * MAX_TIMES;
            for (Viewer viewer : viewers) {
                long peak = viewer.connection.peakBuffered();
                assertTrue(peak <= HIGH_MARK + MAX_EVENT + longestChunk, () -> "buffered " + peak);
            }
            long logBytes = handler.counters().get("runs.log_bytes");
            assertTrue(logBytes <= RunMemory.RUN_OVERHEAD + LOG_LIMIT + 2 * 8192 + longestChunk, () -> "log " + logBytes);
            assertTrue(run.requested - run.emitted <= 1);
        }

        /** However the trial went: everybody reads, and the run is cancelled if it is not over. */
        void letItEnd() {
            for (Viewer viewer : viewers) {
                viewer.connection.laneFull(false);
                viewer.connection.readAll();
                viewer.readOn();
            }
            Viewer late = new Viewer(this);
            late.connection.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r\"}}");
            run.closed.complete(true);
            assertTrue(run.isCancelled || isAgentDone, "nobody told the agent");
            viewers.forEach(Viewer::readOn);
            for (Viewer viewer : viewers) {
                assertTrue(viewer.isOver || !viewer.isAttached, "no terminal event");
                if (viewer.nextAfter() >= 0) {
                    resumeToTheEnd(viewer);
                }
            }
            resumeToTheEnd(late);
            assertEquals(0, handler.counters().get("runs.viewers"));
        }

        private void resumeToTheEnd(Viewer viewer) {
            viewer.resume(viewer.nextAfter());
            viewer.readOn();
            if (!viewer.isAttached && !viewer.isOver) {
                viewer.cursor = viewer.oldest - 1;
                viewer.resume(viewer.nextAfter());
                viewer.readOn();
            }
            assertTrue(viewer.isOver, () -> "no terminal event after " + viewer.cursor);
        }

        void checkThatItIsForgotten() {
            time.advance(Duration.ofSeconds(301));
            assertEquals(0, time.armedCount(), "timers of a run that is forgotten");
            Map<String, Long> counters = handler.counters();
            for (String name : List.of("runs.active", "runs.kept", "runs.log_bytes", "runs.viewers")) {
                assertEquals(0, counters.get(name), name);
            }
            Viewer late = new Viewer(this);
            late.resume(0);
            assertEquals("expired", late.connection.messages().get(1).get("reason"));
        }
    }
}
