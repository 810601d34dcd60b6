package io.neurolink.agent.support;

import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Holds every message that a test gets from a server to the schema. The fakes and clients of the tests hand in what they get, on whatever
 * thread; a test during which something was wrong fails with the message and the rule, even if nobody looked at the message.
 */
public final class ServerMessages implements AfterEachCallback {
    private static final Queue<String> FAULTS = new ConcurrentLinkedQueue<>();

    /**
     * Checks a message.
     *
     * @param message what was received, as the reader of envelopes gives it.
     * @return what is wrong with it, or an empty text.
     */
    public static String check(Map<String, Object> message) {
        String violations = ProtocolSchema.SERVER.violations(message);
        if (violations.isEmpty()) {
            return "";
        }
        String fault = "the server sent what docs/protocol/server.schema.json does not allow: " + message + "\n" + violations;
        FAULTS.add(fault);
        return fault;
    }

    /** Checks a message that is still text. */
    public static String check(String json) {
        return check(ProtocolSchema.object(JsonValueNode.read(json)));
    }

    @Override
    public void afterEach(ExtensionContext context) {
        String fault = FAULTS.poll();
        FAULTS.clear();
        if (fault != null) {
            throw new AssertionError(fault);
        }
    }
}
