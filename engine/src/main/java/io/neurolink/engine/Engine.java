package io.neurolink.engine;

import io.neurolink.engine.duty.CommandQueue;
import io.neurolink.engine.duty.Duty;
import io.neurolink.engine.duty.Parking;
import io.neurolink.engine.loop.AccessEntry;
import io.neurolink.engine.loop.Callbacks;
import io.neurolink.engine.loop.Dispatch;
import io.neurolink.engine.loop.Endpoint;
import io.neurolink.engine.loop.EndpointDeflate;
import io.neurolink.engine.loop.EventLoop;
import io.neurolink.engine.loop.EventLoopProxy;
import io.neurolink.engine.loop.FrontDoor;
import io.neurolink.engine.loop.FrontDoorSettings;
import io.neurolink.engine.loop.InlineDispatch;
import io.neurolink.engine.loop.LoopSettings;
import io.neurolink.engine.loop.LoadShedder;
import io.neurolink.engine.loop.LoopWiring;
import io.neurolink.engine.loop.ReplyLane;
import io.neurolink.engine.loop.RequestHandler;
import io.neurolink.engine.loop.SharedFramePool;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.status.CountedErrorHandler;
import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.Counters;
import io.neurolink.engine.status.DistinctErrorLog;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.status.HandlerTimer;
import io.neurolink.engine.status.MemoryBudget;
import io.neurolink.engine.transport.Poller;
import io.neurolink.engine.worker.VirtualDispatch;
import io.neurolink.engine.worker.Worker;
import io.neurolink.engine.worker.WorkerDispatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;

/**
 * Loops, workers and what connects them, without a thread of its own: {@link NeuroLinkServer} gives each duty a thread, a test steps
 * them one after the
 * other with a clock it moves.
 */
final class Engine {
    private static final int COMMAND_CAPACITY = 64 * 1024;
    private static final long CALLBACKS_TIMEOUT_MS = 5000;

    private final Parts parts;
    private final FrontDoor frontDoor;
    private final Counters counters = new Counters();
    private final DistinctErrorLog errors = new DistinctErrorLog();
    private final SharedFramePool framePool = new SharedFramePool(counters.shared());
    private final MemoryBudget budget;
    private final LoadShedder shedder;
    private final List<EventLoop> loops = new ArrayList<>();
    private final Worker[] workers;
    private final List<ManagerEndpoint> endpoints = new ArrayList<>();
    private final AtomicReference<ExecutorService> virtualThreads = new AtomicReference<>();
    private final AtomicBoolean isShuttingDown = new AtomicBoolean();
    private final AtomicBoolean isEnded = new AtomicBoolean();
    private final String namePrefix;

    /** Indices of endpoints that clients have given back. */
    private final Queue<Integer> freeIndices = new ConcurrentLinkedQueue<>();
    private final AtomicInteger nextIndex = new AtomicInteger();

    /**
     * What an engine is made of.
     *
     * @param managers         whose connections it carries
     * @param pollers          one for each loop
     * @param workerCount      how many workers, if a manager wants workers
     * @param settings         sizes and times
     * @param frontDoor        who may come in
     * @param requestHandler   answers plain HTTP requests
     * @param clock            time of cycles
     * @param epochClock       date
     * @param coldExecutor     runs what may block
     * @param stallThresholdNs longest cycle that is no stall
     * @param memoryBudget     bytes it may take for what peers make it keep
     * @param accessLog        takes what is to be logged; null if nothing is
     */
    record Parts(
            List<WebSocketConnectionManager> managers,
            List<? extends Poller> pollers,
            int workerCount,
            LoopSettings settings,
            FrontDoorSettings frontDoor,
            RequestHandler requestHandler,
            NanoClock clock,
            EpochClock epochClock,
            Executor coldExecutor,
            long stallThresholdNs,
            long memoryBudget,
            Consumer<AccessEntry> accessLog) {
    }

    Engine(Parts parts) {
        this(parts, "neurolink-", parts.managers.stream().anyMatch(manager ->
                manager.config().handlerThreading() == HandlerThreading.WORKER));
    }

    /**
     * @param namePrefix  begins the names of the duties.
     * @param needsWorkers whether somebody wants workers.
     */
    Engine(Parts parts, String namePrefix, boolean needsWorkers) {
        this.parts = parts;
        this.budget = new MemoryBudget(counters, parts.memoryBudget, parts.clock.nanoTime());
        this.shedder = new LoadShedder(budget);
        this.frontDoor = new FrontDoor(parts.frontDoor, parts.pollers.size(), parts.clock.nanoTime());
        this.namePrefix = namePrefix;
        parts.managers.forEach(WebSocketConnectionManager::requireUnattached);
        for (WebSocketConnectionManager manager : parts.managers) {
            manager.endpoint().index(endpoints.size());
            endpoints.add(manager.endpoint());
        }
        nextIndex.set(endpoints.size());
        int loopCount = parts.pollers.size();
        this.workers = new Worker[needsWorkers ? parts.workerCount : 0];
        ReplyLane[][] replyLanes = new ReplyLane[loopCount][workers.length];
        for (int i = 0; i < loopCount; i++) {
            loops.add(newLoop(i, replyLanes[i]));
        }
        for (int i = 0; i < workers.length; i++) {
            workers[i] = newWorker(i, replyLanes);
        }
        for (int i = 0; i < loopCount; i++) {
            connectDispatches(i);
        }
        shedder.loops(loops);
        parts.managers.forEach(manager -> manager.attach(this));
    }

    private EventLoop newLoop(int index, ReplyLane[] lanes) {
        String name = namePrefix + "loop-" + index;
        Poller poller = parts.pollers.get(index);
        Parking parking = new Parking(poller::wakeUp);
        for (int worker = 0; worker < lanes.length; worker++) {
            lanes[worker] = new ReplyLane(Worker.newLane(), parking);
        }
        EventLoopProxy proxy = new EventLoopProxy(new CommandQueue(COMMAND_CAPACITY, parking), parking, counters.shared(), lanes);
        CounterSet loopCounters = counters.newSet(name);
        ErrorHandler loopErrors = new CountedErrorHandler(loopCounters, EngineCounter.LOOP_ERRORS, errors);
        return new EventLoop(name, new LoopWiring(parts.settings, endpoints, frontDoor, shedder, parts.requestHandler, poller, proxy,
                loopCounters, parts.clock, parts.epochClock, parts.coldExecutor, loopErrors, handlerErrors(loopCounters),
                parts.stallThresholdNs, isShuttingDown::get, parts.accessLog));
    }

    private Worker newWorker(int index, ReplyLane[][] replyLanes) {
        String name = namePrefix + "worker-" + index;
        ReplyLane[] lanes = new ReplyLane[replyLanes.length];
        for (int loop = 0; loop < lanes.length; loop++) {
            lanes[loop] = replyLanes[loop][index];
        }
        CounterSet workerCounters = counters.newSet(name);
        return new Worker(name, lanes, workerCounters, handlerErrors(workerCounters), parts.clock);
    }

    private ErrorHandler handlerErrors(CounterSet writer) {
        return new CountedErrorHandler(writer, EngineCounter.HANDLER_ERRORS, errors);
    }

    private void connectDispatches(int index) {
        EventLoop loop = loops.get(index);
        loop.countLanes(WorkerDispatch.lanes(workers, index));
        for (WebSocketConnectionManager manager : parts.managers) {
            loop.dispatch(manager.endpoint(), newDispatch(manager.config().handlerThreading(), index, loop));
        }
    }

    /** The one place that decides which thread runs handlers. */
    private Dispatch newDispatch(HandlerThreading threading, int index, EventLoop loop) {
        CounterSet loopCounters = loop.counters();
        return switch (threading) {
            case INLINE -> new InlineDispatch(new Callbacks(handlerErrors(loopCounters),
                    new HandlerTimer(loopCounters, parts.clock)));
            case WORKER -> new WorkerDispatch(workers, index, loopCounters);
            case VIRTUAL -> {
                ExecutorService threads = virtualThreads.updateAndGet(present -> present != null ? present : VirtualDispatch.newExecutor());
                yield new VirtualDispatch(Callbacks.ofAll(handlerErrors(counters.shared()),
                        HandlerTimer.ofAll(counters.shared(), parts.clock)), threads, counters.shared());
            }
        };
    }

    // ------------------------------------------------------------------ endpoints of clients

    /** @return an index for the endpoint of a client. */
    int takeIndex() {
        Integer free = freeIndices.poll();
        return free == null ? nextIndex.getAndIncrement() : free;
    }

    /** No loop knows an endpoint of that index any more. */
    void giveIndexBack(int index) {
        freeIndices.add(index);
    }

    /**
     * Makes a running engine carry the connections of a client. Any thread but those of the loops.
     *
     * @throws IllegalStateException if there is nobody who could call the client's handlers as it wants.
     */
    void add(Endpoint endpoint, HandlerThreading threading) {
        if (threading == HandlerThreading.WORKER && workers.length == 0) {
            throw new IllegalStateException(
                    "handlerThreading WORKER needs workers, and the server has none: none of its managers wants any");
        }
        onEachLoop((index, loop) -> addOn(index, endpoint, threading));
    }

    /** On the thread of that loop. */
    void addOn(int index, Endpoint endpoint, HandlerThreading threading) {
        EventLoop loop = loops.get(index);
        loop.add(endpoint, newDispatch(threading, index, loop));
    }

    /** Ends the connections of a client and forgets it. Any thread but those of the loops; loops that have ended did so themselves. */
    void remove(Endpoint endpoint) {
        if (!isEnded.get()) {
            onEachLoop((index, loop) -> loop.end(endpoint));
        }
    }

    private interface LoopAction {
        void run(int index, EventLoop loop);
    }

    /** Waits until each loop has done it. */
    private void onEachLoop(LoopAction action) {
        CompletableFuture<?>[] done = new CompletableFuture<?>[loops.size()];
        for (int i = 0; i < done.length; i++) {
            int index = i;
            CompletableFuture<Void> future = new CompletableFuture<>();
            done[i] = future;
            loops.get(i).proxy().executeUrgently(() -> {
                try {
                    action.run(index, loops.get(index));
                    future.complete(null);
                } catch (RuntimeException | Error e) {
                    future.completeExceptionally(e);
                }
            });
        }
        CompletableFuture.allOf(done).orTimeout(CALLBACKS_TIMEOUT_MS, TimeUnit.MILLISECONDS).join();
    }

    List<EventLoop> loops() {
        return loops;
    }

    List<Worker> workers() {
        return List.of(workers);
    }

    List<Duty> duties() {
        List<Duty> duties = new ArrayList<>(loops);
        duties.addAll(workers());
        return duties;
    }

    SharedFramePool framePool() {
        return framePool;
    }

    Counters counters() {
        return counters;
    }

    MemoryBudget budget() {
        return budget;
    }

    DistinctErrorLog errors() {
        return errors;
    }

    /** From now on upgrades are refused. */
    void refuseUpgrades() {
        isShuttingDown.set(true);
    }

    boolean isShuttingDown() {
        return isShuttingDown.get();
    }

    void countBroadcast() {
        counters.shared().increment(EngineCounter.BROADCASTS);
        counters.shared().increment(EngineCounter.BROADCAST_ENCODES);
    }

    CounterSet sharedCounters() {
        return counters.shared();
    }

    void countBackPressuredBroadcast() {
        counters.shared().increment(EngineCounter.SENDS_BACK_PRESSURED);
    }

    /** @return whether the caller is a handler on a virtual thread. */
    boolean isVirtualHandler() {
        return VirtualDispatch.isHandlerOf(virtualThreads.get());
    }

    /** After the duties have ended: the last callbacks on virtual threads still run. */
    void close() {
        isEnded.set(true);
        ExecutorService threads = virtualThreads.get();
        if (threads != null) {
            ColdExecutor.end(threads, CALLBACKS_TIMEOUT_MS);
        }
        framePool.trim();
        for (WebSocketConnectionManager manager : parts.managers) {
            EndpointDeflate deflate = manager.endpoint().settings().deflate();
            if (deflate != null) {
                deflate.close(sharedCounters());
            }
        }
    }
}
