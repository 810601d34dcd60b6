package io.neurolink.agent.client;

import io.neurolink.agent.envelope.Envelope;
import io.neurolink.agent.envelope.EnvelopeWriter;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/** The messages that a client sends. */
final class Requests {
    static final int MAX_REQUEST_ID_LENGTH = Envelope.MAX_REQUEST_ID_LENGTH;

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int ID_BYTES = 16;

    private Requests() {
    }

    static String newRequestId() {
        byte[] bits = new byte[ID_BYTES];
        RANDOM.nextBytes(bits);
        return "run_" + HexFormat.of().formatHex(bits);
    }

    /** {@code generate}, {@code stream} or {@code tool_call}. */
    static byte[] start(String type, String requestId, Map<String, Object> payload) {
        return write(fields("type", type, "requestId", requestId, "payload", payload));
    }

    static byte[] cancel(String requestId, String reason) {
        return aboutRun("cancel", requestId, "reason", reason);
    }

    static byte[] resume(String requestId, long after, String epoch) {
        return aboutRun("resume", requestId, "after", after, "epoch", epoch);
    }

    static byte[] ack(String requestId, long seq) {
        return aboutRun("ack", requestId, "seq", seq);
    }

    static byte[] approval(String requestId, String toolCallId, ToolDecision decision) {
        return aboutRun("tool_approval", requestId, "toolCallId", toolCallId, "approved", decision.isApproved(),
                "reason", decision.reason());
    }

    static byte[] toolResult(String requestId, String toolCallId, Object result) {
        Map<String, Object> payload = fields("requestId", requestId, "toolCallId", toolCallId);
        payload.put("result", result);
        return write(fields("type", "tool_result", "payload", payload));
    }

    static byte[] toolError(String requestId, String toolCallId, String error) {
        return aboutRun("tool_result", requestId, "toolCallId", toolCallId, "error", error);
    }

    static byte[] auth(String token) {
        return write(fields("type", "auth", "payload", fields("token", token)));
    }

    static byte[] pong(Object timestamp) {
        return write(fields("type", "pong", "timestamp", timestamp));
    }

    private static byte[] aboutRun(String type, String requestId, Object... more) {
        Map<String, Object> payload = fields(more);
        payload.put("requestId", requestId);
        return write(fields("type", type, "payload", payload));
    }

    /** Fields without value are left out. */
    private static Map<String, Object> fields(Object... namesAndValues) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            if (namesAndValues[i + 1] != null) {
                fields.put((String) namesAndValues[i], namesAndValues[i + 1]);
            }
        }
        return fields;
    }

    private static byte[] write(Map<String, Object> message) {
        ByteBuffer written = new EnvelopeWriter(EnvelopeWriter.MAX_BYTES).write(message);
        byte[] bytes = new byte[written.remaining()];
        written.get(bytes);
        return bytes;
    }
}
