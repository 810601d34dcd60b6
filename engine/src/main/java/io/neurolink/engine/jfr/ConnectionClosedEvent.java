package io.neurolink.engine.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A WebSocket connection is gone. */
@Name("io.neurolink.ConnectionClosed")
@Label("Connection Closed")
@Description("A WebSocket connection is gone")
@Category({"NeuroLink", "WebSocket"})
@StackTrace(false)
final class ConnectionClosedEvent extends Event {
    private static final ConnectionClosedEvent PROBE = new ConnectionClosedEvent();

    @Label("Connection")
    String connectionId;

    @Label("Path")
    String path;

    @Label("Close Code")
    int code;

    @Label("Age")
    @Timespan(Timespan.MILLISECONDS)
    long age;

    @Label("Messages In")
    long messagesIn;

    @Label("Messages Out")
    long messagesOut;

    @Label("Bytes In")
    @DataAmount
    long bytesIn;

    @Label("Bytes Out")
    @DataAmount
    long bytesOut;

    static boolean isOn() {
        return PROBE.isEnabled();
    }

    static void emit(String connectionId, String path, int code, long ageMs, long... counts) {
        ConnectionClosedEvent event = new ConnectionClosedEvent();
        event.connectionId = connectionId;
        event.path = path;
        event.code = code;
        event.age = ageMs;
        event.messagesIn = counts[0];
        event.messagesOut = counts[1];
        event.bytesIn = counts[2];
        event.bytesOut = counts[3];
        event.commit();
    }
}
