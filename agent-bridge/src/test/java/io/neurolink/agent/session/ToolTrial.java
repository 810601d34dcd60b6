package io.neurolink.agent.session;

import io.neurolink.agent.envelope.Envelope;
import io.neurolink.agent.envelope.EnvelopeReader;
import io.neurolink.agent.envelope.EnvelopeWriter;
import io.neurolink.agent.metrics.AgentMeter;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentOptions;
import io.neurolink.agent.spi.AgentRequest;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ToolApproval;
import io.neurolink.agent.spi.ToolDeclaration;
import io.neurolink.agent.spi.ToolOutcome;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** The tool calls of one run without the run: a log, a clock, and threads that run when the test says so. */
final class ToolTrial {
    static final AuthenticatedUser ANN = AuthenticatedUser.of("ann");

    final ManualTime time = new ManualTime();
    final WaitingTools waiting = new WaitingTools();
    final List<Map<String, Object>> log = new ArrayList<>();
    final Map<String, AgentTool> ofAgent = new LinkedHashMap<>();
    final List<ToolDeclaration> ofClient = new ArrayList<>();
    Executor threads = time;
    boolean isAutoShown = true;
    List<Object> allowed;
    RunToolContext context;
    private RunTools tools;
    private boolean isAwake;

    ToolTrial add(AgentTool tool) {
        ofAgent.put(tool.name(), tool);
        return this;
    }

    RunTools tools() {
        if (tools == null) {
            AgentHandlerConfig config = AgentHandlerConfig.builder().maxOpenToolCalls(4).toolTimeout(Duration.ofSeconds(10))
                    .approvalTimeout(Duration.ofSeconds(60)).build();
            AgentRequest request = new AgentRequest("r", "p", List.of(), AgentOptions.NONE, null, ANN, ofClient,
                    allowed == null ? Map.of() : Map.of("tools", allowed));
            context = new RunToolContext(config, time, task -> threads.execute(task), time, waiting,
                    new Authorization("scripted", config), new AgentMeter("a", null, Set.of(), 1));
            tools = new RunTools(new ToolSet(ofAgent, request), isAutoShown, context, new Host());
        }
        return tools;
    }

    CompletableFuture<ToolOutcome> request(String id, String name, Object args) {
        return request(id, name, args, null);
    }

    CompletableFuture<ToolOutcome> request(String id, String name, Object args, ToolApproval approval) {
        CompletableFuture<ToolOutcome> outcome = new CompletableFuture<>();
        tools().request(new AgentEvent.ToolRequested(id, name, args, approval, outcome), time.nanoTime());
        settle();
        return outcome;
    }

    /** Threads run, and the run hears of it, until nothing happens any more. */
    void settle() {
        do {
            isAwake = false;
            time.runReady();
            tools().advance(time.nanoTime());
        } while (isAwake);
        time.runReady();
    }

    void pass(Duration duration) {
        time.advance(duration);
        settle();
    }

    void approve(String toolCallId, boolean isApproved) {
        waiting.approve(ANN.id(), envelope("tool_approval", "{\"toolCallId\":\"" + toolCallId + "\",\"approved\":" + isApproved + "}"));
        settle();
    }

    void result(String toolCallId, String fields) {
        waiting.result(ANN.id(), envelope("tool_result", "{\"toolCallId\":\"" + toolCallId + "\"" + fields + "}"));
        settle();
    }

    static Envelope envelope(String type, String payload) {
        return read(ByteBuffer.wrap(("{\"type\":\"" + type + "\",\"payload\":" + payload + "}").getBytes(StandardCharsets.UTF_8)));
    }

    private static Envelope read(ByteBuffer message) {
        return new EnvelopeReader(1 << 20, 64, 10_000).read(message);
    }

    Map<String, Object> last() {
        return log.get(log.size() - 1);
    }

    /** @return the id under which viewers know the call that was made last. */
    String lastId() {
        return (String) last().get("toolCallId");
    }

    private final class Host implements RunTools.Host {
        @Override
        public long append(String type, RunEvents.Body fields) {
            EnvelopeWriter writer = new EnvelopeWriter(1024);
            writer.begin(type);
            fields.accept(writer);
            Envelope event = read(writer.end());
            log.add(event.fields().asMap());
            return log.size();
        }

        @Override
        public void wake() {
            isAwake = true;
        }
    }
}
