package io.neurolink.engine;

import io.neurolink.engine.duty.Duty;
import io.neurolink.engine.duty.DutyThread;
import io.neurolink.engine.duty.Idling;
import io.neurolink.engine.loop.EventLoop;
import io.neurolink.engine.status.CountedErrorHandler;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.worker.Worker;
import java.util.ArrayList;
import java.util.List;
import org.agrona.ErrorHandler;

/** A thread for each duty of an {@link Engine}. */
final class EngineThreads {
    private final List<DutyThread> loops = new ArrayList<>();
    private final List<DutyThread> workers = new ArrayList<>();

    private EngineThreads() {
    }

    static EngineThreads start(Engine engine, IdleMode wanted) {
        EngineThreads threads = new EngineThreads();
        var idleMode = wanted.resolve(engine.duties().size());
        ErrorHandler errors = new CountedErrorHandler(engine.counters().shared(), EngineCounter.LOOP_ERRORS, engine.errors());
        for (Worker worker : engine.workers()) {
            threads.workers.add(newThread(worker, new Idling(idleMode, worker, Idling.WORKER_SPINS), worker::wakeUp, errors));
        }
        for (EventLoop loop : engine.loops()) {
            threads.loops.add(newThread(loop, new Idling(idleMode, loop, Idling.LOOP_SPINS), loop::wakeUp, errors));
        }
        threads.workers.forEach(DutyThread::start);
        threads.loops.forEach(DutyThread::start);
        return threads;
    }

    private static DutyThread newThread(Duty duty, Idling idling, Runnable wakeUp, ErrorHandler errors) {
        return new DutyThread(duty.roleName(), duty, idling, wakeUp, errors);
    }

    /** @return what a watchdog may look at. */
    List<StallWatchdog.Subject> subjects(Engine engine) {
        List<StallWatchdog.Subject> subjects = new ArrayList<>();
        for (int i = 0; i < loops.size(); i++) {
            EventLoop loop = engine.loops().get(i);
            subjects.add(new StallWatchdog.Subject(loops.get(i), loop::isBusy, loop::progress, loop::current));
        }
        for (int i = 0; i < workers.size(); i++) {
            Worker worker = engine.workers().get(i);
            subjects.add(new StallWatchdog.Subject(workers.get(i), worker::isBusy, worker::progress, worker::current));
        }
        return subjects;
    }

    /** @return whether the caller is one of these threads. */
    boolean isCurrentThread() {
        return loops.stream().anyMatch(DutyThread::isCurrentThread) || workers.stream().anyMatch(DutyThread::isCurrentThread);
    }

    /** Loops first: what they tell the handlers at the end must still find the workers. */
    void end() {
        loops.forEach(DutyThread::close);
        workers.forEach(DutyThread::close);
    }
}
