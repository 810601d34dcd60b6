package io.neurolink.agent.support;

import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentRequest;
import io.neurolink.agent.spi.ChunkPublisher;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/** An agent whose runs say what a script has, as far as the test lets them: at once, or event by event. */
public final class StepAgent implements Agent {
    private final Executor executor;
    private final Function<AgentRequest, Script> scripts;
    private final Map<String, Steps> runs = new ConcurrentHashMap<>();

    /**
     * What a run says.
     *
     * @param events  its events.
     * @param failure what it fails with in the end; null = it finishes.
     * @param allowed how many events it may say before it is let on.
     */
    public record Script(List<AgentEvent> events, AgentException failure, int allowed) {
    }

    public StepAgent(Executor executor, Function<AgentRequest, Script> scripts) {
        this.executor = executor;
        this.scripts = scripts;
    }

    @Override
    public String name() {
        return "steps";
    }

    @Override
    public Flow.Publisher<AgentEvent> run(AgentRequest request) {
        Steps steps = steps(request.requestId());
        Script script = scripts.apply(request);
        steps.allowed.accumulateAndGet(script.allowed(), Math::max);
        steps.script.set(script);
        ChunkPublisher publisher = new ChunkPublisher(steps, executor);
        steps.publisher.set(publisher);
        return publisher;
    }

    private Steps steps(String requestId) {
        return runs.computeIfAbsent(requestId, id -> new Steps());
    }

    /** Lets a run say so many events in all; the run need not be there yet. */
    public void allow(String requestId, int count) {
        Steps steps = steps(requestId);
        steps.allowed.accumulateAndGet(count, Math::max);
        ChunkPublisher publisher = steps.publisher.get();
        if (publisher != null) {
            publisher.wake();
        }
    }

    /** @return how many events the run has said. */
    public int said(String requestId) {
        return steps(requestId).said.get();
    }

    /** Forgets a run. */
    public void forget(String requestId) {
        runs.remove(requestId);
    }

    private static final class Steps implements ChunkPublisher.Source {
        private final AtomicReference<Script> script = new AtomicReference<>();
        private final AtomicReference<ChunkPublisher> publisher = new AtomicReference<>();
        private final AtomicInteger allowed = new AtomicInteger();
        private final AtomicInteger said = new AtomicInteger();

        @Override
        public void produce(ChunkPublisher.Emitter out) {
            produce(out, script.get());
        }

        private void produce(ChunkPublisher.Emitter out, Script script) {
            while (out.isWanted() && said.get() < Math.min(allowed.get(), script.events().size())) {
                out.emit(script.events().get(said.getAndIncrement()));
            }
            if (said.get() == script.events().size() && allowed.get() > said.get()) {
                if (script.failure() == null) {
                    out.finish("stop");
                } else {
                    out.fail(script.failure());
                }
            }
        }
    }
}
