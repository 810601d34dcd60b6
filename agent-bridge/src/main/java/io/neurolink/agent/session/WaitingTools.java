package io.neurolink.agent.session;

import io.neurolink.agent.envelope.Envelope;
import io.neurolink.agent.envelope.Fields;
import io.neurolink.agent.session.RunToolCall.Decision;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.ToolApproval;
import io.neurolink.agent.spi.ToolOutcome;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The tool calls of all runs that wait for a viewer, and the messages that answer them. Any connection of the run's user may answer, viewer
 * or not; those of anonymous connections, any anonymous one that knows the id. The first answer counts; one that comes too late changes
 * nothing and gets no answer itself. Any thread.
 */
final class WaitingTools {
    private static final int REMEMBERED_IDS = 4096;

    private final Map<String, RunToolCall> waiting = new ConcurrentHashMap<>();
    private final RecentIds answered = new RecentIds(REMEMBERED_IDS);

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
    Object approve(AuthenticatedUser user, Envelope message) {
        Fields payload = message.payload();
        if (!(payload.raw("approved") instanceof Boolean isApproved)) {
            throw new AgentException(ErrorCode.INVALID_PAYLOAD, "payload.approved must be true or false");
        }
        String reason = payload.string("reason");
        RunToolCall call = find(user, payload);
        if (call != null) {
            call.decide(new Decision(isApproved, reason));
        }
        return null;
    }

    /** Serves {@code tool_result}. */
    Object result(AuthenticatedUser user, Envelope message) {
        Fields payload = message.payload();
        String error = payload.string("error");
        RunToolCall call = find(user, payload);
        if (call != null && call.approval != ToolApproval.CLIENT) {
            throw new AgentException(ErrorCode.INVALID_PAYLOAD, "payload.toolCallId: this call waits for tool_approval");
        }
        if (call != null) {
            call.ended(error == null ? ToolOutcome.of(payload.raw("result")) : ToolOutcome.failed(error));
        }
        return null;
    }

    /** @return null if the call has been answered already. */
    private RunToolCall find(AuthenticatedUser user, Fields payload) {
        String toolCallId = payload.requiredString("toolCallId");
        RunToolCall call = waiting.get(toolCallId);
        if (call != null && Objects.equals(call.userId, user == null ? null : user.id())) {
            return call;
        }
        if (call == null && answered.contains(toolCallId)) {
            return null;
        }
        throw new AgentException(ErrorCode.INVALID_PAYLOAD, "payload.toolCallId: no such call waits for an answer");
    }
}
