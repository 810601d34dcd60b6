package io.neurolink.perf.check;

/** What is to be thought of a figure. */
enum Verdict {
    OK("ok"),
    /** Nothing is stored that it could be compared with. */
    NEW("new"),
    COLLAPSED("COLLAPSED"),
    ALLOCATES("ALLOCATES");

    /** Bytes per operation that are no garbage but rounding. */
    static final double SLACK_BYTES = 1;

    /** Where hundreds of bytes are allocated anyway, a few more or less are noise. */
    private static final double SLACK_SHARE = 0.05;

    private final String text;

    Verdict(String text) {
        this.text = text;
    }

    /** @param stored what was measured before, or null. */
    static Verdict of(Figure now, Stored.Entry stored, double tolerance) {
        if (stored == null) {
            return NEW;
        }
        if (!(now.ratio() <= stored.ratio() * tolerance)) {
            return COLLAPSED;
        }
        double allowedBytes = stored.allocatedBytes() * (1 + SLACK_SHARE) + SLACK_BYTES + now.overheadBytes();
        return now.allocatedBytes() > allowedBytes ? ALLOCATES : OK;
    }

    boolean isFailure() {
        return this == COLLAPSED || this == ALLOCATES;
    }

    @Override
    public String toString() {
        return text;
    }
}
