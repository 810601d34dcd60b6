package io.neurolink.engine.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.SettingDefinition;
import jdk.jfr.StackTrace;

/** A message of at least minimumSize bytes came in or goes out. */
@Name("io.neurolink.LargeMessage")
@Label("Large Message")
@Description("A message of at least minimumSize bytes came in or goes out")
@Category({"NeuroLink", "WebSocket"})
@StackTrace(false)
final class LargeMessageEvent extends Event {
    private static final LargeMessageEvent PROBE = new LargeMessageEvent();

    @Label("Connection")
    String connectionId;

    @Label("Path")
    String path;

    @Label("Incoming")
    boolean incoming;

    @Label("Length")
    @DataAmount
    long length;

    static boolean isOn() {
        return PROBE.isEnabled();
    }

    static void emit(String connectionId, String path, boolean isIncoming, int length) {
        LargeMessageEvent event = new LargeMessageEvent();
        event.connectionId = connectionId;
        event.path = path;
        event.incoming = isIncoming;
        event.length = length;
        event.commit();
    }

    @SettingDefinition
    @Name("minimumSize")
    @Label("Minimum Size")
    @Description("Smaller messages are not recorded: bytes, or a number with k or m")
    boolean isLargeEnough(MinimumSize setting) {
        return length >= setting.bytes();
    }
}
