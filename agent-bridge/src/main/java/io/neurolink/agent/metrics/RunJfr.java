package io.neurolink.agent.metrics;

import io.neurolink.engine.spi.TraceContext;
import jdk.jfr.FlightRecorder;

/**
 * Tells Java Flight Recorder of runs. While nobody records, and in a runtime image without {@code jdk.jfr}, it costs a look at a field or
 * two. Any thread.
 */
public final class RunJfr {
    private static final boolean IS_AVAILABLE = isAvailable();

    private RunJfr() {
    }

    private static boolean isAvailable() {
        try {
            Class.forName("jdk.jfr.Event", false, RunJfr.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    /**
     * Tells whether {@link #ended} is wanted. The class of the event is not loaded before anybody records: the JDK would set up all of Java
     * Flight Recorder then, which takes a tenth of a second and more.
     *
     * @return whether somebody records runs.
     */
    public static boolean isOn() {
        return IS_AVAILABLE && FlightRecorder.isInitialized() && RunEvent.isOn();
    }

    /**
     * A run has ended; to be asked first with {@link #isOn}.
     *
     * @param requestId    its id.
     * @param end          how it ended, and what it took.
     * @param trace        its step in its client's trace, or null.
     * @param parentSpanId the step that one belongs to, or null.
     */
    public static void ended(String requestId, RunEnd end, TraceContext trace, String parentSpanId) {
        RunEvent.emit(requestId, end, trace, parentSpanId);
    }
}
