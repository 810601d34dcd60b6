package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.agent.support.ScriptedAgent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Java Flight Recorder hears of runs. */
class RunJfrTest {
    private static final String TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

    private final ManualTime time = new ManualTime();
    private final ScriptedAgent agent = new ScriptedAgent();
    private final FakeConnection connection =
            new FakeConnection().open(AgentHandler.builder(agent).scheduler(time).clocks(time, time).build());

    private void runs() {
        connection.receive("{\"type\":\"stream\",\"requestId\":\"jfr-1\",\"traceparent\":\"00-" + TRACE_ID + "-00f067aa0ba902b7-01\","
                + "\"payload\":{\"prompt\":\"12345678\",\"options\":{\"model\":\"m\"}}}");
        time.advance(Duration.ofMillis(20));
        agent.last().text("abcd");
        time.advance(Duration.ofMillis(30));
        agent.last().subscriber.onComplete();
        connection.receive("{\"type\":\"generate\",\"requestId\":\"jfr-2\",\"payload\":{\"prompt\":\"p\"}}");
        agent.last().subscriber.onError(new AgentException(ErrorCode.MODEL_UNAVAILABLE, "gone"));
    }

    @Test
    void shouldRecordRunsAsStepsOfTheirTrace(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("runs.jfr");
        String spanId;
        try (Recording recording = new Recording()) {
            recording.enable("io.neurolink.Run");
            recording.start();
            runs();
            recording.stop();
            recording.dump(file);
            spanId = agent.run(0).request.trace().spanId();
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals("io.neurolink.Run")
                        && event.getString("requestId").startsWith("jfr-")).toList();
        assertEquals(2, events.size());
        RecordedEvent completed = events.get(0);
        assertEquals(List.of("jfr-1", "stream", "m", "completed"), List.of(completed.getString("requestId"), completed.getString("kind"),
                completed.getString("model"), completed.getString("outcome")));
        assertEquals(List.of(TRACE_ID, spanId, "00f067aa0ba902b7"), List.of(completed.getString("traceId"), completed.getString("spanId"),
                completed.getString("parentSpanId")));
        assertEquals(Duration.ofMillis(20), completed.getDuration("firstToken"));
        assertEquals(Duration.ofMillis(50), completed.getDuration("total"));
        assertEquals(List.of(2L, 1L), List.of(completed.getLong("inputTokens"), completed.getLong("outputTokens")));
        RecordedEvent failed = events.get(1);
        assertEquals("MODEL_UNAVAILABLE", failed.getString("code"));
        assertNull(failed.getString("traceId"));
    }
}
