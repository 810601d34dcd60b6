package io.neurolink.engine.jfr;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** That nobody has Java Flight Recorder set up by asking whether it records; in processes of their own, since it stays set up. */
@Timeout(120)
class RecorderStartTest {
    /** A process that asks first and records then. */
    static final class Asks {
        private Asks() {
        }

        private static long known() {
            return FlightRecorder.getFlightRecorder().getEventTypes().stream().map(EventType::getName)
                    .filter(name -> name.startsWith("io.neurolink.")).count();
        }

        public static void main(String[] args) {
            JfrEvents.connectionOpened("c", "/ws", null);
            JfrEvents.messagesDropped("c", "/ws", 1, true);
            JfrEvents.stall("loop", 1, null, true);
            boolean isAsked = JfrEvents.watchesHandlers() || JfrEvents.watchesCloses();
            System.out.print(isAsked + " " + FlightRecorder.isInitialized());
            try (Recording recording = new Recording()) {
                recording.enable("io.neurolink.SlowHandler");
                recording.start();
                System.out.print(" " + JfrEvents.watchesHandlers() + " " + known());
            }
        }
    }

    @Test
    void shouldAskWithoutSettingItUp() throws Exception {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), Asks.class.getName()).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor(60, TimeUnit.SECONDS);
        assertEquals("false false true 7", said);
    }
}
