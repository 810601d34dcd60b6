package io.neurolink.agent.spi;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/**
 * A subscription that can tell when a cancelled run has let go of everything upstream. With a plain {@link Flow.Subscription} the client is
 * told {@code "upstreamClosed":"unknown"}.
 */
public interface AgentSubscription extends Flow.Subscription {
    /**
     * Asked after {@code cancel}, from any thread; must not block.
     *
     * @return completes with true once the model's connection and whatever else the run held is closed, with false if it could not be
     *         closed.
     */
    CompletionStage<Boolean> whenClosed();
}
