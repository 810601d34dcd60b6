package io.neurolink.engine.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** An event loop or worker made no progress for too long. */
@Name("io.neurolink.Stall")
@Label("Stall")
@Description("An event loop or worker made no progress for too long")
@Category({"NeuroLink", "WebSocket"})
@StackTrace(false)
final class StallEvent extends Event {
    private static final StallEvent PROBE = new StallEvent();

    @Label("Stalled Thread")
    String stalledThread;

    @Label("Stalled For")
    @Timespan(Timespan.NANOSECONDS)
    long stalledFor;

    @Label("Connection")
    String connectionId;

    @Label("Over")
    boolean over;

    static boolean isOn() {
        return PROBE.isEnabled();
    }

    static void emit(String thread, long durationNs, String connectionId, boolean isOver) {
        StallEvent event = new StallEvent();
        event.stalledThread = thread;
        event.stalledFor = durationNs;
        event.connectionId = connectionId;
        event.over = isOver;
        event.commit();
    }
}
