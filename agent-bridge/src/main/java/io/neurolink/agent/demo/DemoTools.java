package io.neurolink.agent.demo;

import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.ToolCall;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The tools of the demo agent. None blocks. */
final class DemoTools {
    private static final long MAX_SLEEP_MS = TimeUnit.HOURS.toMillis(1);

    private DemoTools() {
    }

    static List<AgentTool> all(ScheduledExecutorService scheduler) {
        return List.of(
                AgentTool.of("echo", "Returns its arguments.", "{}", call -> CompletableFuture.completedStage(call.args())),
                AgentTool.of("add", "Adds two numbers.",
                        """
                        {"type":"object","properties":{"a":{"type":"number"},"b":{"type":"number"}},"required":["a","b"]}""",
                        call -> CompletableFuture.completedStage(add(call.number("a"), call.number("b")))),
                AgentTool.of("clock", "Tells the time, as ISO 8601 in UTC.", "{\"type\":\"object\"}",
                        call -> CompletableFuture.completedStage(Instant.now().truncatedTo(ChronoUnit.MILLIS).toString())),
                AgentTool.of("sleep", "Waits some milliseconds.",
                        """
                        {"type":"object","properties":{"ms":{"type":"integer","minimum":0}},"required":["ms"]}""",
                        call -> sleep(call, scheduler)));
    }

    /** Whole numbers give a whole number, unless it is too large for one. */
    private static Number add(Number a, Number b) {
        if (a instanceof Long && b instanceof Long) {
            try {
                return Math.addExact(a.longValue(), b.longValue());
            } catch (ArithmeticException e) {
                return a.doubleValue() + b.doubleValue();
            }
        }
        double sum = a.doubleValue() + b.doubleValue();
        if (Double.isInfinite(sum)) {
            throw new AgentException(ErrorCode.TOOL_FAILED, "the sum is out of range");
        }
        return sum;
    }

    private static CompletionStage<?> sleep(ToolCall call, ScheduledExecutorService scheduler) {
        long ms = call.wholeNumber("ms");
        if (ms < 0 || ms > MAX_SLEEP_MS) {
            throw new AgentException(ErrorCode.INVALID_PAYLOAD, "args.ms must be 0 to " + MAX_SLEEP_MS);
        }
        CompletableFuture<Object> result = new CompletableFuture<>();
        Future<?> timer = scheduler.schedule(() -> result.complete(Map.of("sleptMs", ms)), ms, TimeUnit.MILLISECONDS);
        call.cancellation().onCancel(() -> {
            timer.cancel(false);
            result.cancel(false);
        });
        return result;
    }
}
