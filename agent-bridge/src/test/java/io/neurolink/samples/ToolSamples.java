package io.neurolink.samples;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.langchain4j.LangChain4jTools;
import io.neurolink.agent.langchain4j.McpTools;
import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ToolApproval;
import io.neurolink.agent.spi.ToolOutcome;
import io.neurolink.engine.WebSocketConnectionManager;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The samples of the chapter on tools of docs/guide.md. */
final class ToolSamples {
    private ToolSamples() {
    }

    static void travel(WebSocketConnectionManager manager) {
        AgentTool forecast = AgentTool.named("forecast")
                .description("Tells the weather of a city.")
                .string("city", "Name of the city.")
                .blocking(call -> "blue sky over " + call.string("city"));
        AgentTool book = AgentTool.named("book")
                .description("Books a trip.")
                .string("city", "Where to.")
                .optionalWholeNumber("days", "How long, 7 where it is missing.")
                .approval(ToolApproval.REQUIRED)
                .timeout(Duration.ofSeconds(20))
                .blocking(call -> call.wholeNumber("days", 7) + " days in " + call.string("city"));
        Agent agent = Agent.of("travel", (request, sink) -> {
            Map<String, Object> where = Map.of("city", request.prompt());
            sink.text("I see " + sink.callTool("forecast", where).result() + ". ");
            ToolOutcome trip = sink.callTool("book", where);
            sink.text(trip.isFailed() ? "Not booked: " + trip.error() : "Booked: " + trip.result());
        }).withTools(forecast, book);
        manager.registerHandler("/ws/agent", AgentHandler.create(agent));
    }

    static AgentTool clientTool() {
        return AgentTool.named("choose").description("Lets the user choose a seat.").wholeNumber("row", "Which row.").client();
    }

    static final class Weather {
        @Tool("Tells the weather of a city.")
        String forecast(@P(name = "city", value = "Name of the city.") String city) {
            return "blue sky over " + city;
        }
    }

    static Agent annotated(Agent agent) {
        return agent.withTools(LangChain4jTools.of(new Weather()));
    }

    static List<AgentTool> filesOf(List<String> command) {
        McpTools files = McpTools.connect(command, Map.of());                   // a process; close() ends it
        return files.tools("files_").stream()
                .map(tool -> tool.withApproval(ToolApproval.REQUIRED))
                .toList();
    }
}
