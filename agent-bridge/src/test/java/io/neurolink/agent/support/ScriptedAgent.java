package io.neurolink.agent.support;

import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentRequest;
import io.neurolink.agent.spi.AgentSubscription;
import io.neurolink.agent.spi.AgentTool;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/** An agent that does exactly what the test tells it, rules kept or broken. */
public final class ScriptedAgent implements Agent {
    private final List<AgentTool> tools;
    private final List<ScriptedRun> runs = new ArrayList<>();

    public ScriptedAgent(AgentTool... tools) {
        this.tools = List.of(tools);
    }

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public List<AgentTool> tools() {
        return tools;
    }

    @Override
    public Flow.Publisher<AgentEvent> run(AgentRequest request) {
        ScriptedRun run = new ScriptedRun(request);
        runs.add(run);
        return run;
    }

    /** @return how many runs were started. */
    public int runCount() {
        return runs.size();
    }

    /** @return the run that was started last. */
    public ScriptedRun last() {
        return runs.get(runs.size() - 1);
    }

    /** @return a run by the order of its start. */
    public ScriptedRun run(int index) {
        return runs.get(index);
    }

    /** One run. */
    public static final class ScriptedRun implements Flow.Publisher<AgentEvent> {
        public final AgentRequest request;
        public Flow.Subscriber<? super AgentEvent> subscriber;
        public long requested;
        public long emitted;
        public boolean isCancelled;
        public RuntimeException throwOnRequest;
        public RuntimeException throwOnCancel;
        /** Completed by the test; null = the subscription cannot tell. */
        public CompletableFuture<Boolean> closed;

        ScriptedRun(AgentRequest request) {
            this.request = request;
        }

        @Override
        public void subscribe(Flow.Subscriber<? super AgentEvent> newSubscriber) {
            subscriber = newSubscriber;
            if (!request.options().extra().containsKey("lateSubscription")) {
                subscribed();
            }
        }

        public void subscribed() {
            boolean canTell = request.options().extra().containsKey("canTell");
            closed = canTell ? new CompletableFuture<>() : null;
            subscriber.onSubscribe(canTell ? new TellingSubscription() : new PlainSubscription());
        }

        /** @return whether the viewer wants an event. */
        public boolean isWanted() {
            return requested > emitted;
        }

        public void emit(AgentEvent event) {
            emitted++;
            subscriber.onNext(event);
        }

        public void text(String text) {
            emit(new AgentEvent.Text(text));
        }

        private void requested(long count) {
            if (throwOnRequest != null) {
                throw throwOnRequest;
            }
            requested += count;
        }

        private void cancelled() {
            isCancelled = true;
            if (throwOnCancel != null) {
                throw throwOnCancel;
            }
        }

        private final class PlainSubscription implements Flow.Subscription {
            @Override
            public void request(long count) {
                requested(count);
            }

            @Override
            public void cancel() {
                cancelled();
            }
        }

        private final class TellingSubscription implements AgentSubscription {
            @Override
            public void request(long count) {
                requested(count);
            }

            @Override
            public void cancel() {
                cancelled();
            }

            @Override
            public CompletionStage<Boolean> whenClosed() {
                return closed;
            }
        }
    }
}
