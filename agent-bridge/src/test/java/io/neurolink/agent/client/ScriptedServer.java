package io.neurolink.agent.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.envelope.EnvelopeReader;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.agent.support.ProtocolSchema;
import io.neurolink.engine.spi.SendResult;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A server without sockets that says what the test tells it, to a client on a clock that the test moves. */
final class ScriptedServer implements Wire.Opener {
    static final String CONNECTED = "{\"type\":\"connected\",\"connectionId\":\"c\",\"timestamp\":1,\"protocol\":1,\"serverId\":\"s\","
            + "\"epoch\":\"e1\",\"heartbeatMs\":0,"
            + "\"limits\":{\"maxMessageBytes\":1000,\"maxConcurrentRuns\":16,\"resumeTtlMs\":1000,\"replayBytes\":1000}}";

    final ManualTime time = new ManualTime();
    final List<Line> lines = new ArrayList<>();

    AgentClient client(AgentClientOptions options) {
        AgentClient client = new AgentClient(options, this, time, time, time, () -> 0.5);
        time.runReady();
        return client;
    }

    @Override
    public Wire open(Map<String, String> headers, Wire.Target target) {
        Line line = new Line(headers, target);
        lines.add(line);
        return line;
    }

    Line last() {
        return lines.get(lines.size() - 1);
    }

    /** The last connection that was asked for comes about. */
    Line accept() {
        return accept(CONNECTED);
    }

    Line accept(String connected) {
        last().target.onOpen();
        return says(connected);
    }

    /** The server sends messages on the last connection. */
    Line says(String... messages) {
        for (String message : messages) {
            last().target.onText(message.getBytes(StandardCharsets.UTF_8));
            time.runReady();
        }
        return last();
    }

    /** The last connection ends. */
    void closes(int code) {
        last().target.onClosed(code, "", null);
        time.runReady();
    }

    /** The last connection cannot be opened. */
    void refuses(Throwable error) {
        last().target.onClosed(0, "", error);
        time.runReady();
    }

    /** One connection. */
    final class Line implements Wire {
        final Map<String, String> headers;
        final List<Map<String, Object>> received = new ArrayList<>();
        SendResult sendResult = SendResult.ACCEPTED;
        int closeCode;
        private final Target target;
        private final EnvelopeReader reader = new EnvelopeReader(1 << 20, 32, 10_000);

        Line(Map<String, String> headers, Target target) {
            this.headers = headers;
            this.target = target;
        }

        @Override
        public SendResult send(byte[] utf8) {
            if (sendResult == SendResult.ACCEPTED) {
                Map<String, Object> message = ProtocolSchema.object(reader.readValue(ByteBuffer.wrap(utf8)));
                assertEquals("", ProtocolSchema.CLIENT.violations(message), message::toString);
                received.add(message);
            }
            return sendResult;
        }

        @Override
        public void close(int code, String reason) {
            closeCode = code;
        }

        /** The socket takes messages again. */
        void takesMore() {
            sendResult = SendResult.ACCEPTED;
            target.onWritable();
            time.runReady();
        }

        /** @return the next message that the client sent, which must be of a type. */
        Map<String, Object> takes(String type) {
            time.runReady();
            assertTrue(!received.isEmpty(), () -> "no " + type);
            Map<String, Object> message = received.remove(0);
            assertEquals(type, message.get("type"), message::toString);
            return message;
        }

        Map<String, Object> takesPayload(String type) {
            return ProtocolSchema.object(takes(type).get("payload"));
        }
    }
}
