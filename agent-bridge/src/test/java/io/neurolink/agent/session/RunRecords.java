package io.neurolink.agent.session;

/** Tells people what is in a record of a run. */
public final class RunRecords {
    private RunRecords() {
    }

    /** @return who appended it, and what. */
    public static String describe(byte[] bytes) {
        RunRecord record = RunRecord.read(bytes);
        return "record " + record.number() + " of " + record.node() + "/" + record.instance() + ": events " + record.firstSeq() + " to "
                + record.lastSeq() + (record.has(RunRecord.END) ? ", the end" : "")
                + (record.has(RunRecord.TAKEN_OVER) ? ", taken over" : "");
    }
}
