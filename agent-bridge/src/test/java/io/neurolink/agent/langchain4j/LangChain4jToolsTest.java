package io.neurolink.agent.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.data.image.Image;
import dev.langchain4j.invocation.InvocationParameters;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.CancellationSource;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.ToolCall;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LangChain4jToolsTest {
    private static final long TIMEOUT_SECONDS = 60;

    /** What a user of LangChain4j has already. */
    static class Weather {
        final CountDownLatch waiting = new CountDownLatch(1);
        final CountDownLatch interrupted = new CountDownLatch(1);

        record Forecast(String city, int degrees, LocalDate day) {
        }

        /** Not a record: LangChain4j's own JSON shows its fields. */
        static final class Bean {
            public final String name = "bean";
            public final List<Integer> sizes = List.of(1, 2);
        }

        @Tool("Tells the weather of a city.")
        Forecast forecast(@P(name = "city", value = "Name of the city.") String city,
                          @P(name = "days", value = "How many days ahead.", required = false) Integer days) {
            return new Forecast(city, days == null ? 20 : days, LocalDate.of(2026, 1, 2));
        }

        @Tool(name = "plain")
        String plain() {
            return "text";
        }

        @Tool
        void nothing() {
            // Its effect is elsewhere.
        }

        @Tool
        Bean bean() {
            return new Bean();
        }

        @Tool
        double sum(@P(name = "numbers") List<Double> numbers) {
            return numbers.stream().mapToDouble(Double::doubleValue).sum();
        }

        @Tool
        Object none() {
            return null;
        }

        @Tool
        Image picture() {
            return Image.builder().base64Data("AAAA").mimeType("image/png").build();
        }

        @Tool
        String broken() {
            throw new IllegalStateException("out of order");
        }

        @Tool
        String coded() {
            throw new AgentException(ErrorCode.RATE_LIMITED, "later");
        }

        @Tool
        String user(InvocationParameters parameters) {
            AuthenticatedUser user = parameters.get(LangChain4jTools.USER);
            return user == null ? "nobody" : user.id();
        }

        @Tool
        String hang() throws InterruptedException {
            waiting.countDown();
            try {
                return String.valueOf(new CountDownLatch(1).await(TIMEOUT_SECONDS, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
            }
        }
    }

    private final Weather weather = new Weather();
    private final List<AgentTool> tools = LangChain4jTools.of(weather);

    private AgentTool tool(String name) {
        return tools.stream().filter(tool -> tool.name().equals(name)).findFirst().orElseThrow();
    }

    private Object call(String name, Object args, AuthenticatedUser user) throws Exception {
        return tool(name).call(new ToolCall("c", args, user, new CancellationSource())).toCompletableFuture()
                .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    private Object call(String name, Object args) throws Exception {
        return call(name, args, null);
    }

    private Throwable failure(String name, Object args) {
        return assertThrows(ExecutionException.class, () -> call(name, args)).getCause();
    }

    @Test
    void shouldMakeAToolOfEachMethod() {
        assertEquals(List.of("bean", "broken", "coded", "forecast", "hang", "none", "nothing", "picture", "plain", "sum",
                "user"),
                tools.stream().map(AgentTool::name).toList());
        AgentTool forecast = tool("forecast");
        assertEquals("Tells the weather of a city.", forecast.description());
        assertEquals(ToolJson.read("""
                {"type":"object","properties":{"city":{"type":"string","description":"Name of the city."},
                "days":{"type":"integer","description":"How many days ahead."}},"required":["city"]}"""),
                ToolJson.read(forecast.inputSchema()));
        assertEquals("", tool("plain").description());
        assertEquals("object", ((Map<?, ?>) ToolJson.read(tool("user").inputSchema())).get("type"));
    }

    @Test
    void shouldGiveJsonValues() throws Exception {
        Map<?, ?> forecast = (Map<?, ?>) call("forecast", Map.of("city", "Oslo", "days", 3L));
        assertEquals("Oslo", forecast.get("city"));
        assertEquals(3L, forecast.get("degrees"));
        assertEquals("text", call("plain", null));
        assertEquals("Success", call("nothing", Map.of()), "what LangChain4j tells a model");
        assertEquals(Map.of("name", "bean", "sizes", List.of(1L, 2L)), call("bean", Map.of()));
        assertEquals(3.5, call("sum", Map.of("numbers", List.of(1L, 2.5))));
        assertEquals(null, call("none", Map.of()));
        assertEquals(List.of(Map.of("type", "image", "mimeType", "image/png", "data", "AAAA")), call("picture", Map.of()));
    }

    @Test
    void shouldGiveTheUser() throws Exception {
        assertEquals("ann", call("user", Map.of(), AuthenticatedUser.of("ann")));
        assertEquals("nobody", call("user", Map.of()));
    }

    @Test
    void shouldTellWhatWentWrong() {
        AgentException failed = AgentException.of(failure("broken", Map.of()), ErrorCode.TOOL_FAILED);
        assertEquals("TOOL_FAILED", failed.code());
        assertEquals("out of order", failed.getMessage());
        assertEquals("RATE_LIMITED", ((AgentException) failure("coded", Map.of())).code());
        AgentException wrong = (AgentException) failure("sum", Map.of("numbers", "many"));
        assertEquals("INVALID_PAYLOAD", wrong.code());
        assertEquals("INVALID_PAYLOAD", ((AgentException) failure("plain", List.of())).code());
    }

    @Test
    void shouldInterruptACallThatIsCancelled() throws Exception {
        CancellationSource cancellation = new CancellationSource();
        var result = tool("hang").call(new ToolCall("c", Map.of(), null, cancellation)).toCompletableFuture();
        assertTrue(weather.waiting.await(TIMEOUT_SECONDS, TimeUnit.SECONDS));
        cancellation.cancel();
        assertTrue(result.isCancelled());
        assertTrue(weather.interrupted.await(TIMEOUT_SECONDS, TimeUnit.SECONDS));
    }

    interface Annotated {
        @Tool("From the interface.")
        String inherited(@P(name = "a") String a);
    }

    static class Base {
        @Tool
        String ofBase() {
            return "base";
        }
    }

    static final class Derived extends Base implements Annotated {
        @Override
        public String inherited(String a) {
            return a + "!";
        }
    }

    @Test
    void shouldFindInheritedMethods() throws Exception {
        List<AgentTool> found = LangChain4jTools.of(new Derived());
        assertEquals(List.of("inherited", "ofBase"), found.stream().map(AgentTool::name).toList());
        assertEquals("x!", found.get(0).call(new ToolCall("c", Map.of("a", "x"), null, new CancellationSource())).toCompletableFuture()
                .get(TIMEOUT_SECONDS, TimeUnit.SECONDS));
    }

    @Test
    void shouldRefuseWhatMakesNoSense() {
        assertEquals("java.lang.String has no method annotated with @Tool",
                assertThrows(IllegalArgumentException.class, () -> LangChain4jTools.of("text")).getMessage());
        assertEquals("two tools are named bean",
                assertThrows(IllegalArgumentException.class, () -> LangChain4jTools.of(new Weather(), new Weather())).getMessage());
    }
}
