package io.neurolink.engine.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A peer reads too slowly and the slow-consumer policy was applied. */
@Name("io.neurolink.SlowConsumer")
@Label("Slow Consumer")
@Description("A peer reads too slowly and the slow-consumer policy was applied")
@Category({"NeuroLink", "WebSocket"})
@StackTrace(false)
final class SlowConsumerEvent extends Event {
    private static final SlowConsumerEvent PROBE = new SlowConsumerEvent();

    @Label("Connection")
    String connectionId;

    @Label("Path")
    String path;

    @Label("Policy")
    String policy;

    @Label("Buffered Bytes")
    @DataAmount
    long bufferedBytes;

    static boolean isOn() {
        return PROBE.isEnabled();
    }

    static void emit(String connectionId, String path, String policy, long bufferedBytes) {
        SlowConsumerEvent event = new SlowConsumerEvent();
        event.connectionId = connectionId;
        event.path = path;
        event.policy = policy;
        event.bufferedBytes = bufferedBytes;
        event.commit();
    }
}
