package io.neurolink.agent.session;

import io.neurolink.agent.spi.AgentException;

/** A run that connections look at: one of this node, or one of another node that is followed here. Any thread. */
interface ViewedRun {
    String requestId();

    /** @return whose run it is; null for an anonymous connection's. */
    String userId();

    /** A viewer's connection takes more, or is gone. */
    void onViewer(RunViewer viewer);

    /** A viewer wants the events after one. */
    void resume(RunViewer viewer, long after);

    /** Events up to one are not needed any more by a viewer, or by a connection that is none, then null. */
    void ack(RunViewer viewer, long seq);

    /** Ends it, if it is a run of this node. The last event tells of a failure: not the client wanted it to end, and it may ask again. */
    void stop(AgentException failure);

    /** There may be memory again. */
    void onRoom();
}
