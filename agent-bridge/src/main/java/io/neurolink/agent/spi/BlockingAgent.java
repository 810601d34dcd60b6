package io.neurolink.agent.spi;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;

/** An agent whose runs each block a thread. */
final class BlockingAgent implements Agent {
    private final String name;
    private final Executor executor;
    private final BlockingBody body;

    BlockingAgent(String name, Executor executor, BlockingBody body) {
        this.name = Objects.requireNonNull(name, "name");
        this.executor = Objects.requireNonNull(executor, "executor");
        this.body = Objects.requireNonNull(body, "body");
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Flow.Publisher<AgentEvent> run(AgentRequest request) {
        return subscriber -> subscriber.onSubscribe(new BlockingRun(executor, body, request, subscriber));
    }
}
