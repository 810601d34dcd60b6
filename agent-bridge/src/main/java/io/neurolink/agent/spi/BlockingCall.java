package io.neurolink.agent.spi;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;

/** One call of a tool in blocking style. */
final class BlockingCall {
    private BlockingCall() {
    }

    static CompletionStage<?> start(Executor executor, AgentTool.BlockingBody body, ToolCall call) {
        CompletableFuture<Object> result = new CompletableFuture<>();
        FutureTask<Object> task = new FutureTask<>(() -> body.call(call)) {
            @Override
            protected void set(Object value) {
                super.set(value);
                result.complete(value);
            }

            @Override
            protected void setException(Throwable error) {
                super.setException(error);
                result.completeExceptionally(error);
            }
        };
        call.cancellation().onCancel(() -> {
            // First, or the body's answer to the interrupt could take the place of the cancellation.
            result.cancel(false);
            task.cancel(true);
        });
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(
                    new AgentException(ErrorCode.TOOL_FAILED.name(), "The tool is busy", true, AgentException.NO_HINT));
        }
        return result;
    }
}
