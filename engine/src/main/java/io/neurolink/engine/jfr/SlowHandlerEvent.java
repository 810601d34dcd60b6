package io.neurolink.engine.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

/** A handler took long for a message, or for a few that came one upon the other. */
@Name("io.neurolink.SlowHandler")
@Label("Slow Handler")
@Description("A handler took long for a message, or for a few that came one upon the other")
@Category({"NeuroLink", "WebSocket"})
@StackTrace(false)
@Threshold("20 ms")
final class SlowHandlerEvent extends Event {
    private static final SlowHandlerEvent PROBE = new SlowHandlerEvent();

    @Label("Connection")
    String connectionId;

    @Label("Path")
    String path;

    @Label("Messages")
    @Description("How many messages were handled in that time")
    int messages;

    static boolean isOn() {
        return PROBE.isEnabled();
    }

    /** @param unused one that was begun before but not written; or null. @return one that is begun */
    static Object begin(Object unused) {
        SlowHandlerEvent event = unused == null ? new SlowHandlerEvent() : (SlowHandlerEvent) unused;
        event.begin();
        return event;
    }

    /** @return whether it was slow, and the event is written and not to be used again. */
    static boolean end(Object begun, String connectionId, String path, int messages) {
        SlowHandlerEvent event = (SlowHandlerEvent) begun;
        event.end();
        if (!event.shouldCommit()) {
            return false;
        }
        event.connectionId = connectionId;
        event.path = path;
        event.messages = messages;
        event.commit();
        return true;
    }
}
