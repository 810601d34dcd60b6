package io.neurolink.agent.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BlockingToolTest {
    private final CancellationSource cancellation = new CancellationSource();
    private final ToolCall call = new ToolCall("c", "args", null, cancellation);

    private CompletableFuture<?> call(AgentTool.BlockingBody body) {
        return AgentTool.blocking("t", "d", "{}", body).call(call).toCompletableFuture();
    }

    @Test
    void shouldGiveWhatTheBodyReturnsOrThrows() {
        assertEquals("args!", call(each -> each.args() + "!").join());
        CompletableFuture<?> failed = call(each -> {
            throw new IOException("disk");
        });
        assertEquals("disk", assertThrows(CompletionException.class, failed::join).getCause().getMessage());
    }

    @Test
    void shouldInterruptTheBodyOfACancelledCall() throws InterruptedException {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        CompletableFuture<?> result = call(each -> {
            running.countDown();
            try {
                return new CountDownLatch(1).await(1, TimeUnit.HOURS);
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
            }
        });
        assertTrue(running.await(30, TimeUnit.SECONDS));
        cancellation.cancel();
        assertTrue(interrupted.await(30, TimeUnit.SECONDS));
        assertTrue(result.isCancelled());
    }

    @Test
    void shouldFailWhenThereIsNoThread() {
        CompletableFuture<?> result = BlockingCall.start(task -> {
            throw new RejectedExecutionException();
        }, each -> 1, call).toCompletableFuture();
        AgentException error = (AgentException) assertThrows(CompletionException.class, result::join).getCause();
        assertEquals("TOOL_FAILED", error.code());
        assertTrue(error.isRetryable());
    }
}
