package io.neurolink.engine.cluster;

import io.neurolink.engine.cluster.Frame.Type;
import io.neurolink.engine.cluster.Parcels.Parcel;
import io.neurolink.engine.cluster.Questions.Question;
import io.neurolink.engine.duty.Duty;
import io.neurolink.engine.duty.Parkable;
import io.neurolink.engine.duty.Parking;
import io.neurolink.engine.spi.ClusterBus;
import io.neurolink.engine.spi.ClusterConnections;
import io.neurolink.engine.spi.ClusterListener;
import io.neurolink.engine.spi.ClusterMember;
import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
import java.lang.System.Logger.Level;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;

/**
 * This server as a node of a cluster: takes what managers publish to the bus and what comes from it to the managers, tells the others that
 * it is there and hears of them.
 *
 * <pre>
 *  any thread ──publish──▶ outgoing ──┐                    ┌──▶ bus
 *  event loops ─topics, users─▶ interests ─▶ ClusterNode ──┤
 *  bus ──onMessage──▶ incoming, control ──┘                └──▶ LocalGroup ──▶ event loops
 * </pre>
 */
public final class ClusterNode implements Duty, Parkable {
    private static final System.Logger LOGGER = System.getLogger("io.neurolink.engine.cluster");
    private static final int LIMIT = 256;
    private static final int USER_LIMIT = 10_000;
    private static final int COMMAND_CAPACITY = 4096;
    private static final int TICKS_PER_HEARTBEAT = 10;
    private static final long RETRY_NS = 1_000_000;

    private final ClusterBus bus;
    private final ClusterSettings settings;
    private final Wiring wiring;
    private final CounterSet counters;
    private final long epoch;
    private final Sender sender;
    private final Peers peers;
    private final Questions questions;
    private final Interests interests = new Interests();
    private final Map<String, ClusterGroup> groups = new LinkedHashMap<>();
    private final Parcels outgoing;
    private final Parcels incoming;
    private final Parcels control;
    private final MpscAtomicArrayQueue<Runnable> commands = new MpscAtomicArrayQueue<>(COMMAND_CAPACITY);
    private final Parking parking = new Parking(this::unpark);

    /** What the bus said last. */
    private final AtomicReference<BusState> busState = new AtomicReference<>(new BusState(false, 0, null));
    private BusState seenState = busState.get();
    private Thread thread;
    private long tickNs;
    private long heartbeatNs;
    private final DropReport drops;
    private long droppedBefore;
    private long unconfirmedBefore;
    private boolean isLossTold;
    private boolean isBlocked;

    /** Of another node, for event loops that had no room. */
    private GroupMessage waiting;
    private long shownBytes;
    private int shownSubscriptions;

    /**
     * What a node is given.
     *
     * @param counters       written by the cluster's thread
     * @param sharedCounters written by any thread
     * @param errors         counts and keeps what goes wrong
     * @param listenerErrors counts and keeps what listeners throw
     * @param clock          time
     * @param epochClock     date
     * @param executor       runs what waits for answers
     */
    public record Wiring(
            CounterSet counters, CounterSet sharedCounters, ErrorHandler errors, ErrorHandler listenerErrors, NanoClock clock,
            EpochClock epochClock, Executor executor) {
    }

    private record BusState(boolean isConnected, long changes, String cause) {
    }

    private interface Handling {
        void handle(Frame frame, ByteBuffer body);
    }

    /**
     * Creates it.
     *
     * @param bus      carries messages.
     * @param settings sizes and times.
     * @param wiring   what it is given.
     */
    public ClusterNode(ClusterBus bus, ClusterSettings settings, Wiring wiring) {
        this.bus = bus;
        this.settings = settings;
        this.wiring = wiring;
        this.counters = wiring.counters();
        this.epoch = wiring.epochClock().time();
        this.sender = new Sender(bus, settings.nodeId(), epoch);
        this.peers = new Peers(this, settings, counters);
        this.questions = new Questions(sender, settings.answerTimeoutNs(), wiring.executor());
        this.outgoing = new Parcels(settings.maxBufferedBytes());
        this.incoming = new Parcels(settings.maxBufferedBytes());
        this.control = new Parcels(settings.maxBufferedBytes());
        this.drops = new DropReport(counters, wiring.sharedCounters());
        this.tickNs = wiring.clock().nanoTime();
        this.heartbeatNs = tickNs;
    }

    /**
     * Takes a manager in. Before the node starts.
     *
     * @param name        name of its group.
     * @param local       its connections here.
     * @param countsUsers whether it wants to know how many connections users have elsewhere.
     * @return what the manager tells the cluster.
     */
    public ClusterGroup join(String name, LocalGroup local, boolean countsUsers) {
        ClusterGroup group = new ClusterGroup(this, name, local, countsUsers);
        if (groups.putIfAbsent(name, group) != null) {
            throw new IllegalArgumentException("two managers have the cluster name " + name);
        }
        return group;
    }

    // ------------------------------------------------------------------ any thread

    boolean publish(GroupMessage message) {
        byte[] bytes = message.encode(sender.headerLength());
        if (!outgoing.offer(message.subject(), bytes, wiring.clock().nanoTime())) {
            wiring.sharedCounters().increment(EngineCounter.CLUSTER_DROPPED_OUT);
            return false;
        }
        parking.wakeUp();
        return true;
    }

    void add(String subject) {
        if (interests.add(subject)) {
            parking.wakeUp();
        }
    }

    void remove(String subject) {
        if (interests.remove(subject)) {
            parking.wakeUp();
        }
    }

    CompletableFuture<ClusterConnections> ask(Question question) {
        CompletableFuture<ClusterConnections> future = new CompletableFuture<>();
        boolean isTaken = commands.offer(() -> questions.ask(question, peers.withGroup(question.group()), future, now()));
        if (isTaken) {
            parking.wakeUp();
        } else {
            future.completeExceptionally(new IllegalStateException("too many questions to the cluster at once: ask again later"));
        }
        return future;
    }

    String nodeId() {
        return settings.nodeId();
    }

    boolean isConnected() {
        return busState.get().isConnected();
    }

    List<ClusterMember> members() {
        List<ClusterMember> members = new ArrayList<>();
        int connections = groups.values().stream().mapToInt(group -> group.local().connectionCount()).sum();
        members.add(new ClusterMember(settings.nodeId(), epoch, connections, 0, true));
        members.addAll(peers.members(now()));
        return members;
    }

    int connectionsElsewhere(String group) {
        return peers.connections(group);
    }

    private long now() {
        return wiring.clock().nanoTime();
    }

    // ------------------------------------------------------------------ the bus tells

    private final class BusListener implements ClusterBus.Listener {
        @Override
        public void onMessage(String subject, byte[] message) {
            Parcels queue = Frame.isControl(message) ? control : incoming;
            if (!queue.offer(subject, message, 0)) {
                wiring.sharedCounters().increment(EngineCounter.CLUSTER_DROPPED_IN);
            }
            parking.wakeUp();
        }

        @Override
        public void onConnected() {
            busState.updateAndGet(state -> new BusState(true, state.changes() + 1, null));
            parking.wakeUp();
        }

        @Override
        public void onLost(String cause) {
            busState.updateAndGet(state -> new BusState(false, state.changes() + 1, cause));
            parking.wakeUp();
        }

        @Override
        public void onDropped(long count) {
            wiring.sharedCounters().add(EngineCounter.CLUSTER_DROPPED_IN, count);
        }

        @Override
        public void onUnconfirmed(long count) {
            wiring.sharedCounters().add(EngineCounter.CLUSTER_UNCONFIRMED, count);
        }
    }

    private void onBusState(BusState state) {
        seenState = state;
        sender.restart();
        if (state.isConnected()) {
            long dropped = drops.out() - droppedBefore;
            long unconfirmed = wiring.sharedCounters().get(EngineCounter.CLUSTER_UNCONFIRMED) - unconfirmedBefore;
            unconfirmedBefore += unconfirmed;
            if (isLossTold) {
                isLossTold = false;
                LOGGER.log(Level.INFO, "the cluster's bus can be reached again; " + dropped + " messages for other nodes were dropped, "
                        + unconfirmed + " were on their way and may not have arrived");
            }
            tell(listener -> listener.onConnected(dropped));
            sendHeartbeat(Subjects.NODES, true);
        } else if (!isLossTold) {
            isLossTold = true;
            counters.increment(EngineCounter.CLUSTER_LOST);
            droppedBefore = drops.out();
            LOGGER.log(Level.WARNING, "the cluster's bus cannot be reached, this node goes on alone: " + state.cause());
            tell(listener -> listener.onLost(state.cause()));
        }
    }

    // ------------------------------------------------------------------ the cluster's thread

    @Override
    public String roleName() {
        return "neurolink-cluster";
    }

    @Override
    public void onStart() {
        thread = Thread.currentThread();
        bus.start(settings.nodeId(), new BusListener());
        bus.subscribe(Subjects.NODES);
        bus.subscribe(Subjects.node(settings.nodeId()));
        groups.keySet().forEach(name -> bus.subscribe(Subjects.all(name)));
    }

    @Override
    public int doWork() {
        long nowNs = now();
        int workCount = commands.drain(Runnable::run, LIMIT);
        BusState state = busState.get();
        if (state != seenState) {
            onBusState(state);
            workCount++;
        }
        workCount += interests.settle(LIMIT, bus::subscribe, bus::unsubscribe);
        isBlocked = false;
        workCount += drainControl(nowNs);
        workCount += drainIncoming(nowNs);
        workCount += sendOutgoing(nowNs);
        workCount += tick(nowNs);
        show();
        return workCount;
    }

    private int drainControl(long nowNs) {
        int count = 0;
        for (Parcel parcel = control.peek(); parcel != null && count < LIMIT; parcel = control.peek()) {
            parse(parcel, nowNs, (frame, body) -> onControl(frame, body, nowNs));
            control.remove();
            count++;
        }
        return count;
    }

    /** What finds the event loops full waits here, and what comes behind it waits too. */
    private int drainIncoming(long nowNs) {
        int count = 0;
        for (Parcel parcel = incoming.peek(); parcel != null && count < LIMIT; parcel = incoming.peek()) {
            if (waiting == null) {
                parse(parcel, nowNs, (frame, body) -> waiting = GroupMessage.decode(body));
            }
            if (waiting != null && !deliver(waiting)) {
                isBlocked = true;
                return count;
            }
            waiting = null;
            incoming.remove();
            count++;
        }
        return count;
    }

    private void parse(Parcel parcel, long nowNs, Handling handling) {
        try {
            Frame frame = Frame.parse(parcel.bytes());
            ByteBuffer body = peers.accept(frame, nowNs);
            if (body != null) {
                handling.handle(frame, body);
            }
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            counters.increment(EngineCounter.CLUSTER_REFUSED);
        } catch (RuntimeException e) {
            // Whatever it is, the next message has its turn.
            counters.increment(EngineCounter.CLUSTER_REFUSED);
            wiring.errors().onError(e);
        }
    }

    private boolean deliver(GroupMessage message) {
        ClusterGroup group = groups.get(message.group());
        try {
            if (group != null && !group.local().deliver(message)) {
                return false;
            }
            counters.increment(EngineCounter.CLUSTER_RECEIVED);
        } catch (RuntimeException tooLargeHere) {
            counters.increment(EngineCounter.CLUSTER_REFUSED);
            wiring.errors().onError(tooLargeHere);
        }
        return true;
    }

    private void onControl(Frame frame, ByteBuffer body, long nowNs) {
        switch (frame.type()) {
            case HEARTBEAT -> peers.onHeartbeat(frame, body, nowNs);
            case BYE -> peers.onBye(frame, nowNs);
            case USERS -> peers.onUsers(frame, body, nowNs);
            case USERS_WANTED -> announceAllUsers(frame, BodyWriter.getName(body));
            case QUESTION -> questions.answer(frame, body, groups);
            case ANSWER -> questions.onAnswer(frame, body);
            default -> throw new IllegalArgumentException("a message for connections among those for the cluster");
        }
    }

    private void announceAllUsers(Frame from, String name) {
        ClusterGroup group = groups.get(name);
        if (group != null && group.users() != null) {
            group.users().announceAll(sender, from.nodeId());
        }
    }

    /** As long as the bus cannot be reached, messages only grow old. */
    private int sendOutgoing(long nowNs) {
        int count = 0;
        for (Parcel parcel = outgoing.peek(); parcel != null && count < LIMIT; parcel = outgoing.peek()) {
            boolean isTooOld = nowNs - parcel.enqueuedNs() > settings.bufferTimeNs();
            if (isTooOld || !sender.canCarry(parcel.bytes().length)) {
                sender.restart();
                counters.increment(EngineCounter.CLUSTER_DROPPED_OUT);
            } else if (!seenState.isConnected() || !sender.sendMessage(parcel.subject(), parcel.bytes())) {
                isBlocked = seenState.isConnected();
                return count;
            } else {
                counters.increment(EngineCounter.CLUSTER_PUBLISHED);
            }
            outgoing.remove();
            count++;
        }
        return count;
    }

    private int tick(long nowNs) {
        if (nowNs - tickNs < 0) {
            return 0;
        }
        tickNs = nowNs + settings.heartbeatIntervalNs() / TICKS_PER_HEARTBEAT;
        questions.expire(nowNs);
        peers.expire(nowNs);
        boolean isHeartbeatDue = nowNs - heartbeatNs >= 0;
        if (isHeartbeatDue) {
            heartbeatNs = nowNs + settings.heartbeatIntervalNs();
            drops.report(this, nowNs);
        }
        if (seenState.isConnected()) {
            groups.values().stream().map(ClusterGroup::users).filter(Objects::nonNull)
                    .forEach(users -> users.announceChanges(sender, USER_LIMIT));
            if (isHeartbeatDue) {
                sendHeartbeat(Subjects.NODES, false);
            }
        }
        return 1;
    }

    private void show() {
        long bytes = outgoing.heldBytes() + incoming.heldBytes() + control.heldBytes();
        counters.add(EngineCounter.CLUSTER_BUFFERED_BYTES, bytes - shownBytes);
        shownBytes = bytes;
        int subscriptions = interests.subscriptions();
        counters.add(EngineCounter.CLUSTER_SUBSCRIPTIONS, subscriptions - shownSubscriptions);
        shownSubscriptions = subscriptions;
    }

    @Override
    public void park() {
        parking.prepareToPark();
        parking.park(timeoutNs -> LockSupport.parkNanos(this, timeoutNs), parkNs());
    }

    private long parkNs() {
        boolean isIdle = commands.isEmpty() && busState.get() == seenState && interests.isSettled() && control.isEmpty()
                && (isBlocked || incoming.isEmpty() && (outgoing.isEmpty() || !seenState.isConnected()));
        long untilTickNs = tickNs - now();
        return !isIdle ? 0 : isBlocked ? Math.min(RETRY_NS, untilTickNs) : untilTickNs;
    }

    @Override
    public void wakeUp() {
        parking.wakeUp();
    }

    private void unpark() {
        LockSupport.unpark(thread);
    }

    /** What was published before still leaves if the bus takes it, and the others are told. */
    @Override
    public void onClose() {
        while (sendOutgoing(now()) > 0) {
            continue;
        }
        if (seenState.isConnected()) {
            sender.sendControl(Subjects.NODES, Type.BYE, sender.body());
        }
        bus.close();
        while (outgoing.peek() != null) {
            outgoing.remove();
            counters.increment(EngineCounter.CLUSTER_DROPPED_OUT);
        }
        questions.close();
        peers.close();
        counters.add(EngineCounter.CLUSTER_BUFFERED_BYTES, -shownBytes);
        counters.add(EngineCounter.CLUSTER_SUBSCRIPTIONS, -shownSubscriptions);
    }

    // ------------------------------------------------------------------ for the other parts of the cluster's thread

    long epoch() {
        return epoch;
    }

    Sender sender() {
        return sender;
    }

    ClusterGroup group(String name) {
        return groups.get(name);
    }

    void sendHeartbeat(String subject, boolean isHello) {
        sender.sendControl(subject, Type.HEARTBEAT, Peers.heartbeat(sender.body(), isHello, groups.values(), groups.size()));
    }

    /** What a listener throws is counted, and harms nobody. */
    void tell(Consumer<ClusterListener> call) {
        try {
            call.accept(settings.listener());
        } catch (RuntimeException e) {
            wiring.listenerErrors().onError(e);
        }
    }
}
