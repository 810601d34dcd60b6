package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ToolApproval;
import io.neurolink.agent.spi.ToolOutcome;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.agent.support.ScriptedAgent;
import io.neurolink.agent.support.ScriptedAgent.ScriptedRun;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Whatever is asked, approved, refused, answered, cancelled, cut and resumed, in whatever order: every call has one sensible story. */
class RunToolsPropertyTest {
    private static final Set<String> TERMINAL = Set.of("stream_complete", "cancelled", "error");

    private enum Step {
        ASK_AUTO, ASK_REQUIRED, ASK_CLIENT, ASK_UNKNOWN, APPROVE, REFUSE, CLIENT_RESULT, CLIENT_ERROR, TOOL_RESULT, TOOL_FAILURE, TEXT,
        THREADS, TIME, LONG_TIME, RECONNECT, SECOND_VIEWER, STOP_READING, READ, CANCEL, FINISH
    }

    private record Action(Step step, int which) {
    }

    @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE)
    void shouldTellOneStoryOfEveryCall(@ForAll("actions") List<Action> actions) {
        Trial trial = new Trial();
        actions.forEach(trial::perform);
        trial.letItEnd();
        trial.check();
    }

    @Provide
    Arbitrary<List<Action>> actions() {
        Arbitrary<Step> steps = Arbitraries.frequency(
                Tuple.of(5, Step.ASK_AUTO), Tuple.of(8, Step.ASK_REQUIRED), Tuple.of(8, Step.ASK_CLIENT), Tuple.of(1, Step.ASK_UNKNOWN),
                Tuple.of(8, Step.APPROVE), Tuple.of(4, Step.REFUSE), Tuple.of(5, Step.CLIENT_RESULT), Tuple.of(2, Step.CLIENT_ERROR),
                Tuple.of(6, Step.TOOL_RESULT), Tuple.of(2, Step.TOOL_FAILURE), Tuple.of(4, Step.TEXT), Tuple.of(8, Step.THREADS),
                Tuple.of(4, Step.TIME), Tuple.of(1, Step.LONG_TIME), Tuple.of(6, Step.RECONNECT), Tuple.of(3, Step.SECOND_VIEWER),
                Tuple.of(3, Step.STOP_READING), Tuple.of(3, Step.READ), Tuple.of(1, Step.CANCEL), Tuple.of(1, Step.FINISH));
        return Combinators.combine(steps, Arbitraries.integers().between(0, 7)).as(Action::new).list().ofMinSize(3).ofMaxSize(60);
    }

    /** One run, its viewer that comes and goes, and a second one now and then. */
    private static final class Trial {
        private final ManualTime time = new ManualTime();
        private final Map<String, Integer> started = new HashMap<>();
        private final List<CompletableFuture<Object>> atWork = new ArrayList<>();
        private final Map<String, CompletableFuture<ToolOutcome>> outcomes = new LinkedHashMap<>();
        private final ScriptedAgent agent = new ScriptedAgent(tool("auto"), tool("required").withApproval(ToolApproval.REQUIRED),
                AgentTool.client("client", "d", "{}"));
        private final AgentHandler handler = AgentHandler.builder(agent).scheduler(time).clocks(time, time).toolThreads(time).build();
        private final List<Map<String, Object>> seen = new ArrayList<>();
        private final Set<String> approved = new HashSet<>();
        private final ScriptedRun run;
        private FakeConnection viewer;
        private int taken;
        private boolean isAgentDone;

        Trial() {
            viewer = connect();
            viewer.receive("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}");
            run = agent.last();
        }

        private AgentTool tool(String name) {
            return AgentTool.of(name, "d", "{}", call -> {
                started.merge(call.toolCallId(), 1, Integer::sum);
                CompletableFuture<Object> result = new CompletableFuture<>();
                atWork.add(result);
                return result;
            });
        }

        private FakeConnection connect() {
            return new FakeConnection().marks(2000, 1_000_000).open(handler);
        }

        void perform(Action action) {
            switch (action.step()) {
                case ASK_AUTO -> ask("auto");
                case ASK_REQUIRED -> ask("required");
                case ASK_CLIENT -> ask("client");
                case ASK_UNKNOWN -> ask("unknown");
                case APPROVE -> decide(action.which(), true);
                case REFUSE -> decide(action.which(), false);
                case CLIENT_RESULT -> answer("tool_result", action.which(), "\"result\":7");
                case CLIENT_ERROR -> answer("tool_result", action.which(), "\"error\":\"no\"");
                case TOOL_RESULT -> work(action.which()).complete(5);
                case TOOL_FAILURE -> work(action.which()).completeExceptionally(new IllegalStateException("broken"));
                case TEXT -> text();
                case THREADS -> time.runReady();
                case TIME -> time.advance(Duration.ofSeconds(11));
                case LONG_TIME -> time.advance(Duration.ofSeconds(70));
                case RECONNECT -> reconnect();
                case SECOND_VIEWER -> second(action.which());
                case STOP_READING -> viewer.stopReading();
                case READ -> viewer.readAll();
                case CANCEL -> cancel();
                case FINISH -> finish();
            }
            collect();
        }

        private void ask(String tool) {
            if (run.isWanted()) {
                String id = "c" + outcomes.size();
                CompletableFuture<ToolOutcome> outcome = new CompletableFuture<>();
                outcomes.put(id, outcome);
                run.emit(new AgentEvent.ToolRequested(id, tool, id, outcome));
            }
        }

        private List<String> calls(String approval) {
            return seen.stream().filter(event -> event.get("type").equals("tool_call")
                    && (approval == null ? !event.get("approval").equals("auto") : event.get("approval").equals(approval)))
                    .map(event -> (String) event.get("toolCallId")).toList();
        }

        private void decide(int which, boolean isApproved) {
            String id = answer("tool_approval", which, "\"approved\":" + isApproved);
            if (isApproved && id != null) {
                approved.add(id);
            }
        }

        private String answer(String type, int which, String fields) {
            List<String> ids = calls(null);
            if (ids.isEmpty()) {
                return null;
            }
            String id = ids.get(Math.max(0, ids.size() - 1 - which));
            viewer.receive("{\"type\":\"" + type + "\",\"payload\":{\"toolCallId\":\"" + id + "\"," + fields + "}}");
            return id;
        }

        private CompletableFuture<Object> work(int which) {
            return atWork.isEmpty() ? new CompletableFuture<>() : atWork.get(Math.max(0, atWork.size() - 1 - which));
        }

        private void text() {
            if (run.isWanted()) {
                run.text("t");
            }
        }

        private void finish() {
            if (run.isWanted()) {
                isAgentDone = true;
                run.emit(new AgentEvent.Finished("stop"));
            }
        }

        private void cancel() {
            viewer.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r\"}}");
        }

        private long lastSeq() {
            return seen.isEmpty() ? 0 : (Long) seen.get(seen.size() - 1).get("seq");
        }

        private void reconnect() {
            collect();
            viewer.disconnect();
            viewer = connect();
            taken = 0;
            viewer.receive("{\"type\":\"resume\",\"payload\":{\"requestId\":\"r\",\"after\":" + lastSeq() + "}}");
        }

        private void second(int after) {
            FakeConnection second = connect();
            second.receive("{\"type\":\"resume\",\"payload\":{\"requestId\":\"r\",\"after\":" + Math.min(after, lastSeq()) + "}}");
            if (after % 2 == 0) {
                second.disconnect();
            }
        }

        /** Events that are sent again are the same as before, and those of calls that wait. */
        private void collect() {
            List<Map<String, Object>> messages = viewer.messages();
            for (; taken < messages.size(); taken++) {
                Map<String, Object> message = messages.get(taken);
                if (message.get("seq") instanceof Long seq && Objects.equals(message.get("requestId"), "r")) {
                    if (!message.get("type").equals("tool_call") || seq > lastSeq()) {
                        seen.add(message);
                    } else {
                        assertTrue(seen.contains(message), () -> "sent again, but not as before: " + message);
                        assertFalse(message.get("approval").equals("auto"));
                        assertTrue(seen.stream().noneMatch(event -> event.get("type").equals("tool_result")
                                && event.get("toolCallId").equals(message.get("toolCallId"))), () -> "does not wait: " + message);
                    }
                }
            }
        }

        void letItEnd() {
            viewer.readAll();
            perform(new Action(Step.CANCEL, 0));
            time.advance(Duration.ofSeconds(5));
            if (seen.stream().noneMatch(event -> TERMINAL.contains(event.get("type")))) {
                perform(new Action(Step.RECONNECT, 0));
            }
            time.runReady();
            collect();
        }

        void check() {
            long seq = -1;
            Map<Object, String> stories = new HashMap<>();
            for (Map<String, Object> event : seen) {
                long parts = event.get("n") == null ? 1 : (Long) event.get("n");
                assertEquals(seq + parts, (Long) event.get("seq"), event::toString);
                seq = (Long) event.get("seq");
                Object id = event.get("toolCallId");
                if (event.get("type").equals("tool_call")) {
                    assertEquals(null, stories.put(id, "open"));
                } else if (event.get("type").equals("tool_result")) {
                    assertEquals("open", stories.put(id, "closed"), event::toString);
                } else if (TERMINAL.contains(event.get("type"))) {
                    assertEquals(seen.size() - 1, seen.indexOf(event), () -> "after the end: " + seen);
                    assertFalse(stories.containsValue("open"), () -> "left open: " + seen);
                }
            }
            assertTrue(TERMINAL.contains(seen.get(seen.size() - 1).get("type")), seen::toString);
            checkTools();
        }

        private void checkTools() {
            assertTrue(started.values().stream().allMatch(count -> count == 1), () -> "run twice: " + started);
            for (String id : calls("required")) {
                assertTrue(!started.containsKey(id) || approved.contains(id), () -> "not approved: " + id);
            }
            for (String id : calls("client")) {
                assertFalse(started.containsKey(id), () -> "run on the server: " + id);
            }
            outcomes.forEach((id, outcome) -> assertTrue(outcome.isDone(), () -> "the agent waits for ever: " + id));
            assertNotNull(run);
            assertTrue(run.isCancelled || isAgentDone || seen.stream().anyMatch(event -> event.get("type").equals("error")));
        }
    }
}
