package io.neurolink.engine.jfr;

import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;

/**
 * Makes the events known as soon as somebody records, on the thread that starts it. Before that no class of an event must be loaded: the
 * first one makes the JDK set up all of Java Flight Recorder, which takes an event loop away for a tenth of a second and more.
 */
final class RecorderStart implements FlightRecorderListener {
    private RecorderStart() {
    }

    /** Waits for it. Cheap; does not set it up. */
    static void await() {
        FlightRecorder.addListener(new RecorderStart());
    }

    /** @return whether it has been set up, since then for good. */
    static boolean hasCome() {
        return FlightRecorder.isInitialized();
    }

    @Override
    public void recorderInitialized(FlightRecorder recorder) {
        ConnectionOpenedEvent.isOn();
        ConnectionClosedEvent.isOn();
        LargeMessageEvent.isOn();
        MessagesDroppedEvent.isOn();
        SlowConsumerEvent.isOn();
        SlowHandlerEvent.isOn();
        StallEvent.isOn();
    }
}
