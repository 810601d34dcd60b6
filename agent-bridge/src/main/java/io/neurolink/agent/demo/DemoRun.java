package io.neurolink.agent.demo;

import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentRequest;
import io.neurolink.agent.spi.ChunkPublisher;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.ToolOutcome;
import io.neurolink.agent.spi.Usage;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** One answer of the demo agent. The publisher calls it one at a time, so its fields have a single writer. */
final class DemoRun implements ChunkPublisher.Source {
    private static final String TOOL_CALL_ID = "demo-tool-1";

    /** What the run does when it is next asked for an event. */
    private enum Step { CALL_TOOL, AWAIT_TOOL, SAY_WORDS, REPORT_USAGE, FINISH }

    private final DemoOptions options;
    private final Words words;
    private final long inputWords;
    private final ScheduledExecutorService scheduler;
    private final ChunkPublisher publisher;
    private final CompletableFuture<ToolOutcome> toolOutcome = new CompletableFuture<>();
    private final AtomicBoolean isPausing = new AtomicBoolean();

    private Step step;
    private Future<?> timer;
    private long said;

    DemoRun(DemoOptions options, AgentRequest request, ScheduledExecutorService scheduler) {
        this.options = options;
        this.words = options.words() >= 0 ? Words.numbered(options.words()) : Words.of("You said: " + request.prompt());
        this.inputWords = Words.count(request.prompt());
        this.scheduler = scheduler;
        this.publisher = new ChunkPublisher(this, scheduler);
        this.step = options.tool() == null ? Step.SAY_WORDS : Step.CALL_TOOL;
    }

    ChunkPublisher publisher() {
        return publisher;
    }

    @Override
    public void produce(ChunkPublisher.Emitter out) {
        switch (step) {
            case CALL_TOOL -> callTool(out);
            case AWAIT_TOOL -> awaitTool(out);
            case SAY_WORDS -> sayWord(out);
            case REPORT_USAGE -> {
                step = Step.FINISH;
                out.emit(new AgentEvent.UsageReported(Usage.of(inputWords, said)));
            }
            default -> out.finish("stop");
        }
    }

    private void callTool(ChunkPublisher.Emitter out) {
        step = Step.AWAIT_TOOL;
        DemoOptions.Call call = options.tool();
        toolOutcome.whenComplete((outcome, cancelled) -> publisher.wake());
        out.emit(new AgentEvent.ToolRequested(TOOL_CALL_ID, call.name(), call.args(), call.approval(), toolOutcome));
    }

    private void awaitTool(ChunkPublisher.Emitter out) {
        if (toolOutcome.isDone()) {
            step = Step.SAY_WORDS;
            sayWord(out);
        }
    }

    private void sayWord(ChunkPublisher.Emitter out) {
        if (isPausing.get()) {
            return;
        }
        if (said > 0 && options.failCode() != null) {
            out.fail(failure(options.failCode()));
            return;
        }
        String word = words.next();
        if (word == null) {
            step = Step.REPORT_USAGE;
            produce(out);
            return;
        }
        said++;
        if (options.delayMs() > 0 && (words.hasNext() || options.failCode() != null)) {
            pause();
        }
        out.emit(new AgentEvent.Text(word));
    }

    private void pause() {
        isPausing.set(true);
        timer = scheduler.schedule(() -> {
            isPausing.set(false);
            publisher.wake();
        }, options.delayMs(), TimeUnit.MILLISECONDS);
    }

    private static AgentException failure(String code) {
        boolean isRetryable = Arrays.stream(ErrorCode.values()).anyMatch(known -> known.name().equals(code) && known.isRetryable());
        return new AgentException(code, "The demo agent was asked to fail with " + code, isRetryable, AgentException.NO_HINT);
    }

    @Override
    public void onCancel() {
        if (timer != null) {
            timer.cancel(false);
        }
    }
}
