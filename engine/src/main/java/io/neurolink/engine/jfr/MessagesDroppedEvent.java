package io.neurolink.engine.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Messages for a slow peer were dropped. */
@Name("io.neurolink.MessagesDropped")
@Label("Messages Dropped")
@Description("Messages for a slow peer were dropped")
@Category({"NeuroLink", "WebSocket"})
@StackTrace(false)
final class MessagesDroppedEvent extends Event {
    private static final MessagesDroppedEvent PROBE = new MessagesDroppedEvent();

    @Label("Connection")
    String connectionId;

    @Label("Path")
    String path;

    @Label("Count")
    int count;

    @Label("Oldest")
    boolean oldest;

    static boolean isOn() {
        return PROBE.isEnabled();
    }

    static void emit(String connectionId, String path, int count, boolean areOldest) {
        MessagesDroppedEvent event = new MessagesDroppedEvent();
        event.connectionId = connectionId;
        event.path = path;
        event.count = count;
        event.oldest = areOldest;
        event.commit();
    }
}
