package io.neurolink.agent.client;

import io.neurolink.agent.envelope.Envelope;
import io.neurolink.agent.envelope.Fields;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.Usage;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/**
 * One run as the client follows it, over as many connections as it takes. It counts on nothing but the numbers of the events: what it has
 * is dropped, what is missing is asked for again. For the client's thread, but where a method says otherwise.
 *
 * <pre>
 *   new ──sent──▶ SENT ──first event──▶ KNOWN ──terminal event──▶ ended
 *                  │ ▲                   │ ▲
 *      connection  ▼ │ resume: unknown   ▼ │ resume: resumed
 *           lost   (resume from 0)      (resume from the last seq)
 * </pre>
 */
final class Exchange {
    /** Events between two messages that say how far this client has got. */
    private static final int ACK_INTERVAL = 256;
    private static final long NOTHING = -1;

    private final ClientCore core;
    private final String requestId;
    private final ToolDesk desk;
    private final EventFeed feed;
    private final CompletableFuture<RunResult> result = new CompletableFuture<>();
    private final CompletableFuture<Object> toolResult = new CompletableFuture<>();
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private final boolean isTool;
    /** What stands for the server's {@code accepted} if that is lost, or null where it sends none. */
    private final RunEvent.Accepted acceptance;

    /** The message that starts the run, until the server has it; null where it was started elsewhere. */
    private byte[] request;
    private long lastSeq;
    private long ackedSeq;
    private long gapSeq = NOTHING;
    private boolean isSent;
    private boolean isKnown;
    private boolean isEnded;
    private boolean isResuming;
    private String epoch;
    /** Of the server that the request was sent to. */
    private String sentEpoch;
    private byte[] cancel;
    private String cancelReason;

    Exchange(ClientCore core, String requestId, byte[] request, boolean isTool, RunEvent.Accepted acceptance, long after) {
        this.core = core;
        this.requestId = requestId;
        this.request = request;
        this.isTool = isTool;
        this.acceptance = acceptance;
        this.lastSeq = after;
        this.ackedSeq = after;
        this.isSent = request == null;
        this.desk = new ToolDesk(this, core);
        this.feed = new EventFeed(core.callbacks(), core.options().maxBufferedChars());
    }

    /** Any thread. */
    String requestId() {
        return requestId;
    }

    /** Any thread. */
    EventFeed feed() {
        return feed;
    }

    /** Any thread. Completed by the callbacks' executor. */
    CompletableFuture<RunResult> result() {
        return result;
    }

    /** Any thread. What a tool returned. */
    CompletableFuture<Object> toolResult() {
        return toolResult;
    }

    ToolDesk desk() {
        return desk;
    }

    int requestLength() {
        return request == null ? 0 : request.length;
    }

    /** The connection is ready: what was never sent is sent, what was is asked for. */
    void onReady() {
        if (!isSent) {
            sendRequest();
        } else {
            resume();
        }
    }

    private void sendRequest() {
        isSent = true;
        sentEpoch = core.epoch();
        core.send(request);
        sendCancel();
    }

    private void resume() {
        isResuming = true;
        core.send(Requests.resume(requestId, lastSeq, epoch));
        if (isKnown) {
            sendCancel();
        }
    }

    private void sendCancel() {
        if (cancel != null) {
            core.send(cancel);
        }
    }

    /** The connection is gone. */
    void onLost() {
        isResuming = false;
    }

    /** The server has a run of this name already: this one, if it has not been heard of since it was sent again. */
    void onDuplicate() {
        if (isSent && !isKnown && !isResuming) {
            resume();
        }
    }

    /** Something of this run may not have been served by the server. */
    void repeat() {
        if (isResuming) {
            resume();
        } else if (isSent) {
            sendCancel();
        }
        desk.repeat();
    }

    /** The server cannot resume. */
    void onResumeUnsupported() {
        if (isResuming) {
            onResumeFailed("unsupported", -1);
        }
    }

    void cancel(String reason) {
        if (isEnded || cancel != null) {
            return;
        }
        cancelReason = reason;
        cancel = Requests.cancel(requestId, reason);
        if (isSent) {
            sendCancel();
        } else {
            end(new RunEvent.Cancelled(0, cancelReason, "true", 0, Usage.of(0, 0)));
        }
    }

    /** A message with this run's id. */
    void onMessage(Envelope message) {
        Fields fields = message.fields();
        switch (message.type()) {
            case "resumed" -> {
                isResuming = false;
                known(acceptance);
            }
            case "resume_failed" -> onResumeFailed(ServerEvents.text(fields, "reason", "unknown"),
                    ServerEvents.whole(fields, "oldestSeq", -1));
            case "accepted" -> known(ServerEvents.read(message));
            case "status" -> feed.add(ServerEvents.read(message));
            default -> onNumbered(message);
        }
    }

    /** @param accepted the event that says so, if nothing has said so yet; or null. */
    private void known(RunEvent accepted) {
        if (!isKnown && accepted != null) {
            feed.add(accepted);
        }
        isKnown = true;
        request = null;
        if (epoch == null) {
            epoch = core.epoch();
        }
    }

    private void onResumeFailed(String reason, long oldestSeq) {
        boolean isNew = !isKnown && request != null && (reason.equals("unknown") || reason.equals("unsupported"));
        if (isResuming && isNew && isSafeToRepeat()) {
            isResuming = false;
            sendRequest();
            return;
        }
        if (oldestSeq >= 0 && oldestSeq <= lastSeq + 1) {
            // Detached for reading too slowly, while all that is missing here is still there.
            resume();
            return;
        }
        String kept = oldestSeq < 0 ? "" : ", which has the events from " + oldestSeq + " on";
        String what = "Run " + requestId + " cannot be resumed after event " + lastSeq + ": " + reason + kept;
        fail(ClientCore.failure("RESUME_" + reason.toUpperCase(Locale.ROOT), what, null));
    }

    /**
     * A server that has never heard of a request may be given it again. One that was started anew cannot know what the one before has done:
     * an answer is simply made anew, but the call of a tool may have had its effect.
     */
    private boolean isSafeToRepeat() {
        return !isTool || Objects.equals(sentEpoch, core.epoch());
    }

    private void onNumbered(Envelope message) {
        long seq = ServerEvents.whole(message.fields(), "seq", lastSeq + 1);
        long parts = ServerEvents.whole(message.fields(), "n", 1);
        boolean isError = message.type().equals("error");
        RunEvent event = isError ? null : ServerEvents.read(message);
        if (event == null && !isError && message.fields().raw("seq") == null) {
            return;
        }
        if (seq <= lastSeq) {
            repeated(event);
        } else if (seq - parts != lastSeq) {
            onGap(seq, parts);
        } else {
            known(isError ? null : acceptance);
            lastSeq = seq;
            gapSeq = NOTHING;
            if (isError) {
                fail(ServerEvents.error(message.fields()));
            } else {
                onEvent(event, message);
            }
            acknowledge();
        }
    }

    private void repeated(RunEvent event) {
        if (event instanceof RunEvent.ToolCalled call) {
            desk.onCall(call);
        }
    }

    /** Once it may be the connection's fault: the next one brings what is missing. */
    private void onGap(long seq, long parts) {
        String what = "expected event " + (lastSeq + 1) + " of run " + requestId + ", got " + seq + " (n = " + parts + ")";
        AgentException gap = new AgentException("SEQUENCE_GAP", what, true, AgentException.NO_HINT);
        if (gapSeq == lastSeq) {
            fail(gap);
        } else {
            gapSeq = lastSeq;
            core.reconnect(gap);
        }
    }

    private void onEvent(RunEvent event, Envelope message) {
        if (event instanceof RunEvent.Text part) {
            append(text, part.text());
        } else if (event instanceof RunEvent.Reasoning part) {
            append(reasoning, part.text());
        } else if (event instanceof RunEvent.ToolCalled call) {
            desk.onCall(call);
        } else if (event instanceof RunEvent.ToolEnded ended) {
            desk.onEnd(ended.toolCallId());
        }
        if (event instanceof RunEvent.ToolEnded ended && isTool) {
            endTool(ended);
        } else if (event instanceof RunEvent.Completed || event instanceof RunEvent.Cancelled) {
            if (message.type().equals("response")) {
                append(text, ServerEvents.text(message.fields(), "content", ""));
            }
            end(event);
        } else if (event != null && !isEnded) {
            feed.add(event);
        }
    }

    private void append(StringBuilder target, String part) {
        target.append(part);
        if (text.length() + reasoning.length() > core.options().maxAnswerChars()) {
            core.send(Requests.cancel(requestId, "the answer is too long"));
            fail(new AgentException("ANSWER_TOO_LONG", "The answer has more than " + core.options().maxAnswerChars() + " characters", false,
                    AgentException.NO_HINT));
        }
    }

    private void acknowledge() {
        if (!isEnded && lastSeq - ackedSeq >= ACK_INTERVAL) {
            ackedSeq = lastSeq;
            core.send(Requests.ack(requestId, lastSeq));
        }
    }

    private void endTool(RunEvent.ToolEnded ended) {
        if (ended.error() != null) {
            fail(new AgentException(ErrorCode.TOOL_FAILED.name(), ended.error(), false, AgentException.NO_HINT));
        } else if (leave()) {
            feed.add(ended);
            feed.end(null);
            core.callbacks().execute(() -> toolResult.complete(ended.result()));
        }
    }

    private void end(RunEvent event) {
        if (!leave()) {
            return;
        }
        feed.add(event);
        feed.end(null);
        RunResult value = resultOf(event);
        core.callbacks().execute(() -> {
            result.complete(value);
            if (value.isCancelled()) {
                toolResult.completeExceptionally(new AgentException("CANCELLED", "The call was cancelled", false, AgentException.NO_HINT));
            }
        });
    }

    private RunResult resultOf(RunEvent event) {
        if (event instanceof RunEvent.Completed completed) {
            return new RunResult(requestId, text.toString(), reasoning.toString(), false, completed.finishReason(), null,
                    completed.usage(), completed.timing());
        }
        RunEvent.Cancelled cancelled = (RunEvent.Cancelled) event;
        return new RunResult(requestId, text.toString(), reasoning.toString(), true, null, cancelled.reason(), cancelled.usage(), null);
    }

    /** The run has failed, or cannot be followed any more. */
    void fail(AgentException failure) {
        if (leave()) {
            feed.end(failure);
            core.callbacks().execute(() -> {
                result.completeExceptionally(failure);
                toolResult.completeExceptionally(failure);
            });
        }
    }

    private boolean leave() {
        boolean isFirst = !isEnded;
        isEnded = true;
        core.forget(this);
        return isFirst;
    }
}
