package io.neurolink.agent.spi;

/** Where the logs of runs are kept. The one that is used without being asked for keeps them in memory. */
public interface RunLogStore {
    /**
     * Opens the log of a run that begins. Any thread; does not block.
     *
     * @param userId    who the run belongs to, or null for an anonymous connection.
     * @param requestId identifies the run among those of its user; among those of anonymous connections it may occur several times.
     * @return an empty log.
     */
    RunLog open(String userId, String requestId);
}
