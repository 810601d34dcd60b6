package io.neurolink.engine.jfr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** JFR has a clock of its own: mostly a threshold of nothing makes calls slow here, and one of an hour makes them quick. */
class HandlerWatchTest {
    private static final long SLOW_NS = TimeUnit.MILLISECONDS.toNanos(20);

    @TempDir
    private Path folder;

    private final HandlerWatch watch = new HandlerWatch();
    private Recording recording = new Recording();

    @BeforeEach
    void start() {
        threshold("1 h");
        recording.start();
    }

    private void threshold(String value) {
        recording.enable("io.neurolink.SlowHandler").with("threshold", value);
    }

    private void call(String connectionId) {
        watch.begin(connectionId, "/of/" + connectionId);
        watch.end();
    }

    private void slowCall(String connectionId) {
        watch.begin(connectionId, "/of/" + connectionId);
        for (long endNs = System.nanoTime() + SLOW_NS; System.nanoTime() - endNs < 0;) {
            LockSupport.parkNanos(endNs - System.nanoTime());
        }
        watch.end();
    }

    private void calls(int count, String connectionId) {
        for (int i = 0; i < count; i++) {
            call(connectionId);
        }
    }

    /** What was recorded, as connection and messages. */
    private List<String> recorded() throws Exception {
        List<String> found = new ArrayList<>();
        for (RecordedEvent event : events()) {
            assertEquals("/of/" + event.getString("connectionId"), event.getString("path"));
            found.add(event.getString("connectionId") + event.getInt("messages"));
        }
        return found;
    }

    private List<RecordedEvent> events() throws Exception {
        Path file = folder.resolve("recording.jfr");
        recording.stop();
        recording.dump(file);
        recording.close();
        List<RecordedEvent> events = new ArrayList<>(RecordingFile.readAllEvents(file));
        Files.delete(file);
        events.removeIf(event -> !event.getEventType().getName().equals("io.neurolink.SlowHandler"));
        events.sort((a, b) -> a.getStartTime().compareTo(b.getStartTime()));
        return events;
    }

    @Test
    void shouldRecordNothingThatIsQuick() throws Exception {
        calls(100, "a");
        watch.endTurn();
        assertEquals(List.of(), recorded());
    }

    @Test
    void shouldMeasureCallsOfOneConnectionTogether() throws Exception {
        threshold("10 ms");
        call("a");
        slowCall("a");
        call("a");
        watch.endTurn();
        RecordedEvent event = events().get(0);
        assertEquals(3, event.getInt("messages"));
        assertTrue(event.getDuration().toNanos() >= SLOW_NS);
    }

    @Test
    void shouldMeasureEachConnectionAlone() throws Exception {
        threshold("0 ns");
        call("a");
        call("b");
        call("b");
        watch.endTurn();
        assertEquals(List.of("a1", "b1", "b1"), recorded());
    }

    @Test
    void shouldNotCountWhatHappensBetweenTurns() throws Exception {
        threshold("10 ms");
        call("a");
        watch.endTurn();
        LockSupport.parkNanos(SLOW_NS);
        call("a");
        watch.endTurn();
        assertEquals(List.of(), recorded().stream().filter(event -> !event.endsWith("1")).toList(), "nothing that spans both turns");
    }

    @Test
    void shouldMeasureNoMoreThanSixteenCallsTogether() throws Exception {
        calls(HandlerWatch.MAX_CALLS - 1, "a");
        threshold("0 ns");
        call("a");
        call("a");
        watch.endTurn();
        assertEquals(List.of("a16", "a1"), recorded());
    }

    @Test
    void shouldMeasureAloneAfterASlowGroupAndThenMoreAndMoreTogether() throws Exception {
        threshold("0 ns");
        call("a");
        watch.endTurn();
        threshold("1 h");
        calls(1 + 2 + 4 + 8, "a");
        calls(HandlerWatch.MAX_CALLS - 1, "a");
        threshold("0 ns");
        call("a");
        assertEquals(List.of("a1", "a16"), recorded());
    }

    @Test
    void shouldRecordEachCallOfAHandlerThatIsAlwaysSlow() throws Exception {
        threshold("0 ns");
        calls(3, "a");
        watch.endTurn();
        calls(3, "a");
        assertEquals(List.of("a3", "a1", "a1", "a1"), recorded());
    }

    @Test
    void shouldNotEndAMeasurementWithinACall() throws Exception {
        threshold("0 ns");
        call("a");
        watch.begin("a", "/of/a");
        watch.endTurn();
        watch.end();
        watch.endTurn();
        assertEquals(List.of("a2"), recorded());
    }

    @Test
    void shouldForgetWhatTheEndOfARecordingCutsShort() throws Exception {
        threshold("0 ns");
        call("a");
        assertEquals(List.of(), recorded());
        watch.endTurn();
        recording = new Recording();
        threshold("0 ns");
        recording.start();
        calls(HandlerWatch.MAX_CALLS, "a");
        assertEquals(List.of("a16"), recorded());
    }
}
