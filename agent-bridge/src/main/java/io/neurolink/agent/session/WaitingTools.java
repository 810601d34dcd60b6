package io.neurolink.agent.session;

import io.neurolink.agent.envelope.Envelope;
import io.neurolink.agent.envelope.Fields;
import io.neurolink.agent.session.RunToolCall.Decision;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.ToolApproval;
import io.neurolink.agent.spi.ToolOutcome;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The tool calls of all runs that wait for a viewer, and the messages that answer them. Any connection of the run's user may answer, viewer
 * or not; those of anonymous connections, any anonymous one that knows the id. The first answer counts; one that comes too late changes
 * nothing and gets no answer itself. Any thread.
 */
final class WaitingTools {
    private static final int REMEMBERED_IDS = 4096;

    private final Map<String, RunToolCall> waiting = new ConcurrentHashMap<>();
    private final AtomicReference<String> suffix = new AtomicReference<>("");
    private final RecentIds answered = new RecentIds(REMEMBERED_IDS);

    /** Before calls are added: the ids of calls end with this from now on. */
    void named(String newSuffix) {
        suffix.set(newSuffix);
    }

    /** @return how viewers are to know a call that waits for them. */
    String newId() {
        return UnguessableIds.next("call_") + suffix.get();
    }

    void add(RunToolCall call) {
        waiting.put(call.toolCallId, call);
    }

    /** The call waits no more, if it did. */
    void remove(RunToolCall call) {
        if (waiting.containsKey(call.toolCallId)) {
            answered.add(call.toolCallId);
            waiting.remove(call.toolCallId);
        }
    }

    int size() {
        return waiting.size();
    }

    /** Serves {@code tool_approval}. */
    Object approve(String userId, Envelope message) {
        Fields payload = message.payload();
        if (!(payload.raw("approved") instanceof Boolean isApproved)) {
            throw new AgentException(ErrorCode.INVALID_PAYLOAD, "payload.approved must be true or false");
        }
        String reason = payload.string("reason");
        RunToolCall call = find(userId, payload);
        if (call != null) {
            call.decide(new Decision(isApproved, reason));
        }
        return null;
    }

    /** Serves {@code tool_result}. */
    Object result(String userId, Envelope message) {
        Fields payload = message.payload();
        String error = payload.string("error");
        RunToolCall call = find(userId, payload);
        if (call != null && call.approval != ToolApproval.CLIENT) {
            throw new AgentException(ErrorCode.INVALID_PAYLOAD, "payload.toolCallId: this call waits for tool_approval");
        }
        if (call != null) {
            call.ended(error == null ? ToolOutcome.of(payload.raw("result")) : ToolOutcome.failed(error));
        }
        return null;
    }

    /** @return null if the call has been answered already. */
    private RunToolCall find(String userId, Fields payload) {
        String toolCallId = payload.requiredString("toolCallId");
        RunToolCall call = waiting.get(toolCallId);
        if (call != null && Objects.equals(call.userId, userId)) {
            return call;
        }
        if (call == null && answered.contains(toolCallId)) {
            return null;
        }
        throw new AgentException(ErrorCode.INVALID_PAYLOAD, "payload.toolCallId: no such call waits for an answer");
    }
}
