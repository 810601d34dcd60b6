package io.neurolink.engine.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

/** A handler took long for a message. */
@Name("io.neurolink.SlowHandler")
@Label("Slow Handler")
@Description("A handler took long for a message")
@Category({"NeuroLink", "WebSocket"})
@StackTrace(false)
@Threshold("20 ms")
final class SlowHandlerEvent extends Event {
    private static final SlowHandlerEvent PROBE = new SlowHandlerEvent();

    @Label("Connection")
    String connectionId;

    @Label("Path")
    String path;

    static boolean isOn() {
        return PROBE.isEnabled();
    }

    static Object start() {
        SlowHandlerEvent event = new SlowHandlerEvent();
        event.begin();
        return event;
    }

    static void end(Object begun, String connectionId, String path) {
        SlowHandlerEvent event = (SlowHandlerEvent) begun;
        event.end();
        if (event.shouldCommit()) {
            event.connectionId = connectionId;
            event.path = path;
            event.commit();
        }
    }
}
