package io.neurolink.engine.jfr;

import java.net.InetSocketAddress;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A WebSocket connection was opened. */
@Name("io.neurolink.ConnectionOpened")
@Label("Connection Opened")
@Description("A WebSocket connection was opened")
@Category({"NeuroLink", "WebSocket"})
@StackTrace(false)
final class ConnectionOpenedEvent extends Event {
    private static final ConnectionOpenedEvent PROBE = new ConnectionOpenedEvent();

    @Label("Connection")
    String connectionId;

    @Label("Path")
    String path;

    @Label("Remote Address")
    String remoteAddress;

    static boolean isOn() {
        return PROBE.isEnabled();
    }

    static void emit(String connectionId, String path, InetSocketAddress remoteAddress) {
        ConnectionOpenedEvent event = new ConnectionOpenedEvent();
        event.connectionId = connectionId;
        event.path = path;
        event.remoteAddress = String.valueOf(remoteAddress);
        event.commit();
    }
}
