package io.neurolink.engine.loop;

import io.neurolink.engine.duty.Duty;
import io.neurolink.engine.duty.LaneConsumer;
import io.neurolink.engine.duty.MessageLane;
import io.neurolink.engine.duty.ParkAction;
import io.neurolink.engine.duty.Parkable;
import io.neurolink.engine.duty.Parking;
import io.neurolink.engine.duty.Timers;
import io.neurolink.engine.loop.EventLoopProxy.QueuedCommand;
import io.neurolink.engine.loop.EventLoopProxy.RemoteSend;
import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.status.StallTracker;
import io.neurolink.engine.transport.Poller;
import io.neurolink.engine.transport.Transport;
import io.neurolink.protocol.Role;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;

/**
 * One thread that owns sockets, connections, their timers and their buffers. A cycle is {@link #doWork()}; who else wants something of
 * the loop asks its {@link EventLoopProxy}.
 */
public final class EventLoop implements Duty, Parkable {
    private static final int COMMAND_LIMIT = 1024;
    private static final int REPLY_LIMIT = 1024;

    /** Few at a time, since a timer may end a connection, and with it all that the system still holds for it. */
    private static final int TIMER_LIMIT = 32;
    private static final long MAX_PARK_MS = 1000;
    private static final long STALLED_PARK_MS = 1;
    private static final long CLOCK_SYNC_NS = TimeUnit.SECONDS.toNanos(1);

    final CounterSet counters;
    final FramePool frames = new FramePool();
    final Cork cork;
    final ConnectionIds ids = new ConnectionIds();

    private final String name;
    private final LoopWiring wiring;
    private final NanoClock clock;
    private final EpochClock epochClock;
    private final Poller poller;
    private final Parking parking;
    private final EventLoopProxy proxy;
    private final Timers timers;
    private final Backlog backlog;
    private final ReadSide readSide;
    private final SendGate sendGate = new SendGate(this);
    private final Upgrades upgrades = new Upgrades(this);
    private final StallTracker stallTracker;
    private final LoopMemory memory;
    private final Witness witness;

    private final HttpConnections httpConnections;
    private final Set<ConnectAttempt> attempts = new HashSet<>();
    private final ArrayDeque<LoopConnection> dirty = new ArrayDeque<>();
    private final ArrayDeque<LoopConnection> doomed = new ArrayDeque<>();
    private final ArrayDeque<LoopConnection> stalled = new ArrayDeque<>();
    private final Consumer<Object> onCommand = this::onCommand;
    private final LaneConsumer onReply = this::onReply;
    private final ParkAction await = this::await;
    private final Runnable onAwake = this::onAwake;
    private final ByteBuffer pingPayload = ByteBuffer.allocate(Long.BYTES);
    private final ByteBuffer[] window = new ByteBuffer[2];
    private final Dispatches dispatches;

    /** By endpoint. */
    private Members[] members;
    private Topics[] topics;

    /** Null until the first endpoint of a client comes. */
    private MaskKeys maskKeys;

    /** Null until compression was agreed on for the first time. */
    private LoopDeflate deflate;
    private int affinityCount;
    private Thread thread;
    private long nowNs;
    private long syncedNs;
    private long syncedMs;

    /**
     * @param name   name of the loop's thread.
     * @param wiring everything around it.
     */
    public EventLoop(String name, LoopWiring wiring) {
        this.name = name;
        this.wiring = wiring;
        this.counters = wiring.counters();
        this.clock = wiring.clock();
        this.epochClock = wiring.epochClock();
        this.poller = wiring.poller();
        this.proxy = wiring.proxy();
        this.parking = proxy.parking();
        this.cork = new Cork(wiring.settings().corkLength());
        this.timers = new Timers(clock.nanoTime());
        this.httpConnections = new HttpConnections(wiring.frontDoor().maxHandshakesPerLoop(), wiring.settings().httpLimits());
        this.backlog = new Backlog(clock);
        this.witness = new Witness(this, wiring.accessLog());
        this.readSide = new ReadSide(this, wiring.settings().receiveBufferLength());
        this.stallTracker = new StallTracker(counters, wiring.stallThresholdNs());
        int endpointCount = wiring.endpoints().size();
        this.members = new Members[endpointCount];
        this.topics = new Topics[endpointCount];
        Arrays.setAll(members, i -> new Members());
        Arrays.setAll(topics, i -> new Topics(counters, wiring.endpoints().get(i)));
        this.dispatches = new Dispatches(endpointCount);
        updateClock();
        this.memory = new LoopMemory(this, wiring.shedder(), nowNs);
    }

    /**
     * Says how the events of an endpoint reach its handlers. Before the loop starts.
     *
     * @param endpoint the endpoint.
     * @param dispatch carries its events.
     */
    public void dispatch(Endpoint endpoint, Dispatch dispatch) {
        dispatches.put(endpoint.index(), dispatch);
    }

    /**
     * Takes the endpoint of a client in, whose index may be one that was free again. On this loop's thread.
     *
     * @param endpoint the endpoint.
     * @param dispatch carries its events.
     */
    public void add(Endpoint endpoint, Dispatch dispatch) {
        int index = endpoint.index();
        int before = members.length;
        if (index >= before) {
            members = Arrays.copyOf(members, index + 1);
            topics = Arrays.copyOf(topics, index + 1);
            Arrays.setAll(members, i -> i < before ? members[i] : new Members());
            Arrays.setAll(topics, i -> i < before ? topics[i] : new Topics(counters, endpoint));
        }
        dispatches.put(index, dispatch);
        if (maskKeys == null) {
            maskKeys = MaskKeys.create();
        }
    }

    /**
     * Ends all connections of a client's endpoint, and its attempts to connect. On this loop's thread.
     *
     * @param endpoint the endpoint.
     */
    public void end(Endpoint endpoint) {
        cancelAttempts(endpoint);
        Members group = members(endpoint);
        while (group.size() > 0) {
            group.last().ending().terminate();
        }
        dispatches.remove(endpoint.index());
    }

    /**
     * Gives up what is being connected for an endpoint. On this loop's thread.
     *
     * @param endpoint the endpoint.
     */
    public void cancelAttempts(Endpoint endpoint) {
        List.copyOf(attempts).stream().filter(attempt -> attempt.endpoint() == endpoint).forEach(ConnectAttempt::cancel);
    }

    @Override
    public String roleName() {
        return name;
    }

    @Override
    public void onStart() {
        thread = Thread.currentThread();
    }

    @Override
    public int doWork() throws IOException {
        updateClock();
        if (stallTracker.measureAndUpdate(nowNs)) {
            witness.stalled(stallTracker.lastCycleNs());
        }
        counters.increment(EngineCounter.DUTY_CYCLES);
        int workCount = proxy.commands().drain(onCommand, COMMAND_LIMIT);
        workCount += drainReplies(REPLY_LIMIT);
        workCount += drainUrgent();
        readSide.beginTurn();
        workCount += poller.poll();
        workCount += backlog.serve();
        workCount += timers.poll(nowNs, TIMER_LIMIT);
        workCount += retryStalled();
        dispatches.wakeUp();
        workCount += flushDirty();
        workCount += endDoomed();
        memory.check(nowNs);
        stallTracker.worked(workCount);
        return workCount;
    }

    // ------------------------------------------------------------------ the steps of a cycle

    private void updateClock() {
        nowNs = clock.nanoTime();
        if (syncedMs == 0 || nowNs - syncedNs > CLOCK_SYNC_NS) {
            syncedNs = nowNs;
            syncedMs = epochClock.time();
        }
    }

    private void onCommand(Object command) {
        // What the lanes held when the command was put into the queue comes before it.
        drainReplies(Integer.MAX_VALUE);
        if (command instanceof RemoteSend send) {
            onRemoteSend(send);
        } else if (command instanceof QueuedCommand queued) {
            queued.origin().addQueued(-1);
            runCommand(queued.command());
        } else if (command instanceof LoopConnection connection) {
            connection.onPressureRelieved();
        } else {
            runCommand((Runnable) command);
        }
    }

    private void onRemoteSend(RemoteSend send) {
        if (send.origin() != null) {
            send.origin().addQueued(-1);
        }
        HandOver.take(send);
    }

    private void runCommand(Runnable command) {
        counters.increment(EngineCounter.COMMANDS);
        try {
            command.run();
        } catch (Throwable t) {
            errorHandler().onError(t);
        }
    }

    private int drainReplies(int limit) {
        int workCount = 0;
        for (ReplyLane lane : proxy.lanes()) {
            workCount += lane.lane().drain(onReply, limit);
        }
        return workCount;
    }

    private boolean onReply(Object attachment, int type, long time, byte[] bytes, int offset, int length) {
        if (type == ReplyLane.COMMAND) {
            runCommand((Runnable) attachment);
        } else {
            HandOver.take((LoopConnection) attachment, type, bytes, offset, length);
        }
        return true;
    }

    /** What is urgent came after what its thread had handed over before, so that goes first, all of it. */
    private int drainUrgent() {
        return proxy.urgent().isEmpty() ? 0 : drainAll(COMMAND_LIMIT);
    }

    private int drainAll(int urgentLimit) {
        proxy.commands().drain(onCommand, proxy.commands().capacity());
        drainReplies(Integer.MAX_VALUE);
        return proxy.urgent().drain(onCommand::accept, urgentLimit);
    }

    private int retryStalled() {
        int count = stalled.size();
        int workCount = 0;
        for (int i = 0; i < count; i++) {
            LoopConnection connection = stalled.pollFirst();
            if (connection.delivery().retry()) {
                workCount++;
            } else {
                stalled.addLast(connection);
            }
        }
        return workCount;
    }

    /** Only those that are dirty now: what flushing makes dirty again has its turn in the next cycle. */
    private int flushDirty() {
        int count = dirty.size();
        for (int i = 0; i < count; i++) {
            LoopConnection connection = dirty.pollFirst();
            try {
                connection.flush();
            } catch (RuntimeException e) {
                connection.onTransportError(e);
            }
        }
        return count;
    }

    private int endDoomed() {
        int workCount = 0;
        for (LoopConnection connection = doomed.pollFirst(); connection != null; connection = doomed.pollFirst()) {
            connection.ending().terminate();
            workCount++;
        }
        return workCount;
    }

    @Override
    public void park() {
        dispatches.wakeUp();
        parking.prepareToPark();
        boolean isIdle = proxy.commands().isEmpty() && proxy.urgent().isEmpty() && areRepliesDrained() && dirty.isEmpty()
                && backlog.isEmpty();
        parking.park(await, isIdle ? parkNs() : 0);
        stallTracker.pause();
    }

    private boolean areRepliesDrained() {
        for (ReplyLane lane : proxy.lanes()) {
            if (!lane.lane().isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private long parkNs() {
        long maxMs = stalled.isEmpty() ? MAX_PARK_MS : STALLED_PARK_MS;
        return Math.min(timers.delayNs(clock.nanoTime()), TimeUnit.MILLISECONDS.toNanos(maxMs));
    }

    /** Timers are due at the next full millisecond, which is as long as a selector can be told to wait. */
    private void await(long timeoutNs) {
        try {
            poller.await(Math.max(1, (timeoutNs + 999_999) / 1_000_000), onAwake);
        } catch (IOException e) {
            errorHandler().onError(e);
        }
    }

    /** Sockets are handled inside {@link Poller#await}: from its return on the loop is awake, and its clock has moved. */
    private void onAwake() {
        parking.awake();
        updateClock();
        stallTracker.awake(nowNs);
    }

    @Override
    public void wakeUp() {
        parking.wakeUp();
    }

    /** What was asked for before still finds its connections. What handlers are told and finds no room is left to their threads. */
    @Override
    public void onClose() {
        runCommand(() -> drainAll(Integer.MAX_VALUE));
        for (Members group : members) {
            while (group.size() > 0) {
                group.last().ending().terminate();
            }
        }
        for (HttpConnection connection : httpConnections.copy()) {
            connection.close();
        }
        drainAll(Integer.MAX_VALUE);
        List.copyOf(attempts).forEach(ConnectAttempt::cancel);
        backlog.close();
        retryStalled();
        stalled.forEach(connection -> connection.delivery().leave());
        stalled.clear();
        dispatches.wakeUp();
        if (deflate != null) {
            deflate.close();
        }
        memory.close();
        poller.close();
    }

    /** @return whether it is awake; any thread. */
    public boolean isBusy() {
        return !parking.isParked();
    }

    /** @return a number that changes with what it does; any thread. */
    public long progress() {
        return counters.get(EngineCounter.DUTY_CYCLES) + counters.get(EngineCounter.READS) + counters.get(EngineCounter.MESSAGES_IN)
                + counters.get(EngineCounter.COMMANDS);
    }

    /** @return the connection being read, as far as another thread can see; exact if the loop is stuck. Or null. */
    public LoopConnection current() {
        return cork.reading();
    }

    // ------------------------------------------------------------------ sockets

    /**
     * A peer has connected. It is let in if its address has room for one more, and this loop has, or makes it.
     *
     * @param transport the line to it.
     */
    public void onAccepted(Transport transport) {
        InetAddress address = transport.remoteAddress().getAddress();
        FrontDoor frontDoor = wiring.frontDoor();
        if (frontDoor.settings().proxyProtocol() && !frontDoor.isTrusted(address)) {
            refuse(transport, EngineCounter.SOCKETS_REFUSED_NO_PROXY);
        } else if (memory.isExceeded()) {
            refuse(transport, EngineCounter.SOCKETS_REFUSED_MEMORY);
        } else if (!makeRoom()) {
            refuse(transport, EngineCounter.SOCKETS_REFUSED);
        } else if (!frontDoor.admit(address)) {
            refuse(transport, EngineCounter.SOCKETS_REFUSED_ADDRESS_LIMIT);
        } else {
            counters.increment(EngineCounter.SOCKETS_ACCEPTED);
            counters.increment(EngineCounter.SOCKETS_OPEN);
            HttpConnection connection = new HttpConnection(this, transport);
            httpConnections.add(connection);
            connection.start();
        }
    }

    void onSocketConnected() {
        counters.increment(EngineCounter.SOCKETS_CONNECTED);
        counters.increment(EngineCounter.SOCKETS_OPEN);
    }

    void add(ConnectAttempt attempt) {
        attempts.add(attempt);
    }

    void remove(ConnectAttempt attempt) {
        attempts.remove(attempt);
    }

    private void refuse(Transport transport, EngineCounter counter) {
        counters.increment(counter);
        transport.close();
    }

    LoopMemory memory() {
        return memory;
    }

    /**
     * Says which lanes to the workers belong to this loop. Before the loop starts.
     *
     * @param lanes one for each worker.
     */
    public void countLanes(MessageLane[] lanes) {
        memory.lanes(lanes);
    }

    Members[] members() {
        return members;
    }

    /** @return whether one more that connects can be taken, if need be in place of one that waits for its peer. */
    boolean mayAccept() {
        return !httpConnections.isFull() || httpConnections.oldest() != null;
    }

    private boolean makeRoom() {
        if (httpConnections.isFull()) {
            HttpConnection oldest = httpConnections.oldest();
            if (oldest == null) {
                return false;
            }
            counters.increment(EngineCounter.HANDSHAKES_DROPPED);
            oldest.close();
        }
        return true;
    }

    HttpConnections httpConnections() {
        return httpConnections;
    }

    /** One that came in by the front door. */
    void onSocketClosed(Transport transport) {
        wiring.frontDoor().withdraw(transport.remoteAddress().getAddress());
        onSocketClosed();
    }

    void onSocketClosed() {
        counters.increment(EngineCounter.SOCKETS_CLOSED);
        counters.decrement(EngineCounter.SOCKETS_OPEN);
    }

    int nextAffinity() {
        return affinityCount++;
    }

    /** The opening handshake of a connection is over: everybody but its handler gets to know it. */
    void opened(LoopConnection connection) {
        counters.increment(EngineCounter.CONNECTIONS_OPENED);
        counters.increment(EngineCounter.CONNECTIONS_OPEN);
        members[connection.endpoint().index()].add(connection);
        connection.endpoint().onOpened(connection);
        witness.opened(connection);
    }

    void remove(LoopConnection connection) {
        members[connection.endpoint().index()].remove(connection);
        topics[connection.endpoint().index()].removeAll(connection);
        if (connection.role() == Role.SERVER) {
            onSocketClosed(connection.transport());
        } else {
            onSocketClosed();
        }
    }

    /**
     * Begins to close all connections of an endpoint.
     *
     * @param endpoint whose connections.
     * @param code     close code.
     * @param reason   close reason.
     */
    public void closeAll(Endpoint endpoint, int code, String reason) {
        members(endpoint).forEach(connection -> connection.ending().close(code, reason));
    }

    /**
     * Delivers a broadcast to this loop's connections, in order with what the calling thread has sent before. Any thread.
     *
     * @param broadcast the message.
     */
    public void broadcast(Broadcast broadcast) {
        if (isCurrentThread()) {
            broadcast.deliver(this);
        } else {
            proxy.executeUrgently(() -> broadcast.deliver(this));
        }
    }

    /**
     * Says whether a broadcast of the calling thread is welcome. Any thread.
     *
     * @return false if this loop has more to do than it should.
     */
    public boolean hasRoom() {
        return isCurrentThread() || proxy.hasRoom();
    }

    void beginReading(LoopConnection connection) {
        cork.begin(connection);
    }

    void endReading(LoopConnection connection) {
        connection.delivery().endTurn();
        connection.writeSide().uncork();
        cork.end();
        connection.afterWrite();
    }

    void addDirty(LoopConnection connection) {
        dirty.addLast(connection);
    }

    void addDoomed(LoopConnection connection) {
        doomed.addLast(connection);
    }

    void addStalled(LoopConnection connection) {
        stalled.addLast(connection);
    }

    // ------------------------------------------------------------------ what connections need

    /** @return the counters this loop writes. */
    public CounterSet counters() {
        return counters;
    }

    /** @return whether the caller is the loop's own thread. */
    public boolean isCurrentThread() {
        return Thread.currentThread() == thread;
    }

    /** @return the handle for all other threads. */
    public EventLoopProxy proxy() {
        return proxy;
    }

    long nowNs() {
        return nowNs;
    }

    long nowMs() {
        return toEpochMs(nowNs);
    }

    long toEpochMs(long timeNs) {
        return syncedMs + (timeNs - syncedNs) / 1_000_000;
    }

    Timers timers() {
        return timers;
    }

    MaskKeys maskKeys() {
        return maskKeys;
    }

    ReadSide readSide() {
        return readSide;
    }

    Backlog backlog() {
        return backlog;
    }

    Witness witness() {
        return witness;
    }

    SendGate sendGate() {
        return sendGate;
    }

    Upgrades upgrades() {
        return upgrades;
    }

    /** What compressed connections share; made for the first of them. */
    LoopDeflate deflate() {
        if (deflate == null) {
            deflate = new LoopDeflate(this);
        }
        return deflate;
    }

    /** Memory is short: what compressed connections can do without for now is given back. */
    void trimDeflate() {
        if (deflate != null) {
            deflate.trim();
        }
    }

    LoopWiring wiring() {
        return wiring;
    }

    ErrorHandler errorHandler() {
        return wiring.errorHandler();
    }

    /** Counts and keeps what the application's code throws. */
    ErrorHandler handlerErrors() {
        return wiring.handlerErrors();
    }

    Members members(Endpoint endpoint) {
        return members[endpoint.index()];
    }

    Topics topics(Endpoint endpoint) {
        return topics[endpoint.index()];
    }

    Dispatch dispatchFor(Endpoint endpoint) {
        return dispatches.get(endpoint.index());
    }

    /** The payload of the n-th ping: the number itself. */
    ByteBuffer pingPayload(long number) {
        return pingPayload.putLong(0, number);
    }

    /** A view of a part of the buffer, without making one anew for a buffer that was viewed last time. */
    ByteBuffer window(ByteBuffer bytes, int position, int length) {
        if (window[0] != bytes) {
            window[0] = bytes;
            window[1] = bytes.duplicate();
        }
        return window[1].limit(position + length).position(position);
    }

    /** Runs what may block on another thread. @return false if too much of that waits already. */
    boolean runCold(Runnable task) {
        try {
            wiring.coldExecutor().execute(task);
            return true;
        } catch (RejectedExecutionException tooMuchWaits) {
            return false;
        }
    }
}
