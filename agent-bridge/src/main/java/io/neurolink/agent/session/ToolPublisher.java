package io.neurolink.agent.session;

import io.neurolink.agent.metrics.AgentMeter;
import io.neurolink.agent.metrics.ToolEnd;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentSubscription;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.CancellationSource;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.ToolCall;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.TraceContext;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.NanoClock;

/** One call of a tool as a publisher of one {@link AgentEvent.ToolFinished}. */
final class ToolPublisher implements Flow.Publisher<AgentEvent> {
    private final AgentTool tool;
    private final Object args;
    private final AuthenticatedUser user;
    private final TraceContext trace;
    private final NanoClock clock;
    private final AgentMeter meter;

    ToolPublisher(AgentTool tool, Object args, AuthenticatedUser user, TraceContext trace, RunContext context) {
        this.tool = tool;
        this.args = args;
        this.user = user;
        this.trace = trace;
        this.clock = context.nanoClock();
        this.meter = context.meter();
    }

    @Override
    public void subscribe(Flow.Subscriber<? super AgentEvent> subscriber) {
        subscriber.onSubscribe(new Call(subscriber));
    }

    private final class Call implements AgentSubscription {
        private final Flow.Subscriber<? super AgentEvent> subscriber;
        private final String toolCallId = UnguessableIds.next("call_");
        private final CancellationSource cancellation = new CancellationSource();
        private final AtomicBoolean started = new AtomicBoolean();
        private final AtomicBoolean isCounted = new AtomicBoolean();
        private final AtomicLong startNs = new AtomicLong();
        private final CompletableFuture<Boolean> closed = new CompletableFuture<>();

        Call(Flow.Subscriber<? super AgentEvent> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public void request(long count) {
            if (started.compareAndSet(false, true)) {
                call();
            }
        }

        private void call() {
            startNs.set(clock.nanoTime());
            CompletionStage<?> result;
            try {
                result = tool.call(new ToolCall(toolCallId, args, user, cancellation, trace));
                if (result == null) {
                    throw new AgentException(ErrorCode.TOOL_FAILED, "The tool " + tool.name() + " returned no stage");
                }
            } catch (RuntimeException e) {
                result = CompletableFuture.failedStage(e);
            }
            result.whenComplete(this::finished);
        }

        private void finished(Object value, Throwable error) {
            closed.complete(true);
            if (cancellation.isCancelled()) {
                return;
            }
            count(error == null ? ToolEnd.COMPLETED : ToolEnd.FAILED);
            if (error != null) {
                subscriber.onError(error);
                return;
            }
            long durationMs = TimeUnit.NANOSECONDS.toMillis(clock.nanoTime() - startNs.get());
            subscriber.onNext(new AgentEvent.ToolFinished(toolCallId, tool.name(), value, null, durationMs));
            subscriber.onComplete();
        }

        private void count(ToolEnd end) {
            if (isCounted.compareAndSet(false, true)) {
                meter.toolEnded(tool.name(), false, end, clock.nanoTime() - startNs.get());
            }
        }

        @Override
        public void cancel() {
            if (started.compareAndSet(false, true)) {
                closed.complete(true);
            } else {
                count(ToolEnd.CANCELLED);
            }
            cancellation.cancel();
        }

        @Override
        public CompletionStage<Boolean> whenClosed() {
            return closed;
        }
    }
}
