package io.neurolink.engine.duty;

import java.util.Arrays;

/**
 * The timers of one duty: a hashed wheel of ticks, each with a list of the timers whose deadline falls into it. Arming and cancelling
 * take constant time and allocate nothing; a timer fires at the first {@link #poll} at or after its deadline, never before it.
 *
 * <pre>
 *   spokes      │ 0 │ 1 │ 2 │ 3 │ … │ n-1 │    spoke = deadline tick mod n
 *                     │       │
 *   earliest        1.2 s   9.7 s              lower bound of the deadlines in the spoke, of whatever rotation
 *                     │       │
 *   timers           t7 ⇄ t2  t5               doubly linked, by index into arrays
 *
 *   occupied    0 1 0 1 …                      a bit per spoke, so that empty ones are skipped 64 at a time
 * </pre>
 *
 * A spoke is walked only when its earliest deadline has come, so timers of later rotations cost nothing, and a poll after a long sleep
 * visits each occupied spoke once at most, however many ticks have passed.
 *
 * <p>Agrona's {@code DeadlineTimerWheel} was the first choice and is measured beside this class ({@code perf.micro.TimersBenchmark}). It
 * keeps an array per spoke, all as long as the longest: when 10,000 connections get the same deadline, because the server closes them or
 * the loop was paused, a wheel of this size grows to half a gigabyte and arming takes time by the square. It also polls one tick per call,
 * so it lags after a sleep, reuses ids, and knows no next deadline.
 *
 * <p>An id holds a generation beside the timer's index: an id whose timer has fired or was cancelled is dead and never hits a younger
 * timer.
 *
 * <p>Times are {@link System#nanoTime()} values and compared by difference; deadlines lie within 146 years of the start. Not thread-safe.
 */
public final class Timers {

    /** The id that no timer has. */
    public static final long NO_TIMER = 0;

    /** What {@link #nextDeadlineNs} and {@link #delayNs} answer when nothing is scheduled. */
    public static final long NO_DEADLINE = Long.MAX_VALUE;

    /** About a millisecond. */
    public static final long DEFAULT_TICK_NS = 1L << 20;

    /** With the default tick one rotation takes 4.3 seconds. */
    public static final int DEFAULT_TICKS_PER_WHEEL = 4096;

    private static final int NIL = -1;
    private static final long UNKNOWN = Long.MIN_VALUE;
    private static final int INITIAL_CAPACITY = 64;
    private static final int MAX_CAPACITY = 1 << 27;

    private final long startNs;
    private final int tickShift;
    private final int spokeMask;
    private final int[] heads;
    private final long[] earliestNs;
    private final long[] occupied;

    /** Deadline of each timer, since the start. */
    private long[] deadlinesNs;
    private int[] nexts;
    private int[] previouses;
    private int[] spokes;
    private int[] generations;
    private int[] kinds;
    private TimerOwner[] owners;
    private int freeHead = NIL;
    private int size;

    /** The tick that the next poll starts with. */
    private long currentTick;

    /** The newest tick that a poll has seen; a timer is never put into an earlier one, where nobody would look again. */
    private long floorTick;

    /** A walk through the spoke of {@link #currentTick} that met its limit or an exception goes on with {@link #walkNext}. */
    private boolean isWalking;
    private int walkNext = NIL;

    /** Lower bound of all deadlines, since the start, or {@link #UNKNOWN}. */
    private long nextDeadlineNs = NO_DEADLINE;

    /** Creates a wheel of the default size. */
    public Timers(long startNs) {
        this(startNs, DEFAULT_TICK_NS, DEFAULT_TICKS_PER_WHEEL);
    }

    /**
     * Creates an empty wheel.
     *
     * @param startNs       the time now.
     * @param tickNs        the length of a tick in nanoseconds, a power of two.
     * @param ticksPerWheel how many ticks one rotation has, a power of two, 64 or more.
     */
    public Timers(long startNs, long tickNs, int ticksPerWheel) {
        if (tickNs <= 0 || Long.bitCount(tickNs) != 1) {
            throw new IllegalArgumentException("tickNs must be a power of two: " + tickNs);
        }
        if (ticksPerWheel < Long.SIZE || Integer.bitCount(ticksPerWheel) != 1) {
            throw new IllegalArgumentException("ticksPerWheel must be a power of two, 64 or more: " + ticksPerWheel);
        }
        this.startNs = startNs;
        this.tickShift = Long.numberOfTrailingZeros(tickNs);
        this.spokeMask = ticksPerWheel - 1;
        this.heads = new int[ticksPerWheel];
        this.earliestNs = new long[ticksPerWheel];
        this.occupied = new long[ticksPerWheel / Long.SIZE];
        Arrays.fill(heads, NIL);
        Arrays.fill(earliestNs, NO_DEADLINE);
        this.deadlinesNs = new long[INITIAL_CAPACITY];
        this.nexts = new int[INITIAL_CAPACITY];
        this.previouses = new int[INITIAL_CAPACITY];
        this.spokes = new int[INITIAL_CAPACITY];
        this.generations = new int[INITIAL_CAPACITY];
        this.kinds = new int[INITIAL_CAPACITY];
        this.owners = new TimerOwner[INITIAL_CAPACITY];
        addFreeTimers(0, INITIAL_CAPACITY);
    }

    /**
     * Arms a timer.
     *
     * @param deadlineNs when it is due; in the past means at the next poll.
     * @param owner      is told.
     * @param kind       tells the owner's timers apart.
     * @return the timer's id, never {@link #NO_TIMER}.
     * @throws IllegalStateException if more than 134 million timers are armed.
     */
    public long schedule(long deadlineNs, TimerOwner owner, int kind) {
        if (freeHead == NIL) {
            grow();
        }
        int timer = freeHead;
        freeHead = nexts[timer];
        long deadline = deadlineNs - startNs;
        deadlinesNs[timer] = deadline;
        kinds[timer] = kind;
        owners[timer] = owner;
        link(timer, (int) Math.max(deadline >> tickShift, floorTick) & spokeMask, deadline);
        return (long) generations[timer] << Integer.SIZE | timer;
    }

    /**
     * Disarms a timer.
     *
     * @param timerId what {@link #schedule} answered, or {@link #NO_TIMER}.
     * @return false if there is no such timer, because it has fired or was cancelled.
     */
    public boolean cancel(long timerId) {
        if (!isScheduled(timerId)) {
            return false;
        }
        release((int) timerId);
        return true;
    }

    /** True until the timer fires or is cancelled. */
    public boolean isScheduled(long timerId) {
        int timer = (int) timerId;
        int generation = (int) (timerId >>> Integer.SIZE);
        return generation != 0 && timer >= 0 && timer < generations.length && generations[timer] == generation && spokes[timer] != NIL;
    }

    /** How many timers are armed. */
    public int size() {
        return size;
    }

    /**
     * Tells the owners of timers that are due, roughly in the order of their deadlines. What an owner throws reaches the caller; its
     * timer has fired, and the next poll goes on with the one after it. Not to be called from {@link TimerOwner#onTimer}.
     *
     * @param nowNs the time of this cycle.
     * @param limit how many owners are told at most; the others are told by the next polls.
     * @return how many were told.
     */
    public int poll(long nowNs, int limit) {
        long now = nowNs - startNs;
        long nowTick = now >> tickShift;
        floorTick = Math.max(floorTick, nowTick);
        if (size == 0 && !isWalking) {
            currentTick = floorTick;
            return 0;
        }
        if (nextDeadlineNs <= now) {
            nextDeadlineNs = UNKNOWN;
        }
        int fired = isWalking ? walk(now, limit) : 0;
        currentTick = Math.max(currentTick, isWalking ? currentTick : nowTick - spokeMask);
        while (fired < limit && currentTick <= nowTick) {
            if (earliestNs[(int) currentTick & spokeMask] <= now) {
                openWalk();
                fired += walk(now, limit - fired);
            }
            if (isWalking || currentTick == nowTick) {
                break;
            }
            currentTick = Math.min(nowTick, currentTick + 1 + distanceToOccupied((int) (currentTick + 1) & spokeMask));
        }
        return fired;
    }

    /**
     * Tells how long the owner may sleep.
     *
     * @return a time at or before the next deadline; one in the past if something is due; {@link #NO_DEADLINE} if nothing is armed.
     */
    public long nextDeadlineNs() {
        if (size == 0) {
            return NO_DEADLINE;
        }
        if (isWalking) {
            return startNs + (currentTick << tickShift);
        }
        if (nextDeadlineNs == UNKNOWN) {
            nextDeadlineNs = findNextDeadlineNs();
        }
        return startNs + nextDeadlineNs;
    }

    /**
     * As {@link #nextDeadlineNs}, as a duration.
     *
     * @return nanoseconds from now, 0 or more; {@link #NO_DEADLINE} if nothing is armed.
     */
    public long delayNs(long nowNs) {
        return size == 0 ? NO_DEADLINE : Math.max(0, nextDeadlineNs() - nowNs);
    }

    private void openWalk() {
        int spoke = (int) currentTick & spokeMask;
        isWalking = true;
        walkNext = heads[spoke];
        earliestNs[spoke] = NO_DEADLINE;
    }

    /** Goes through the rest of the current spoke; what stays there makes up its new earliest deadline. */
    private int walk(long now, int limit) {
        int spoke = (int) currentTick & spokeMask;
        int fired = 0;
        while (walkNext != NIL && fired < limit) {
            int timer = walkNext;
            walkNext = nexts[timer];
            if (deadlinesNs[timer] <= now) {
                fired++;
                fire(timer, now);
            } else {
                earliestNs[spoke] = Math.min(earliestNs[spoke], deadlinesNs[timer]);
            }
        }
        isWalking = walkNext != NIL;
        return fired;
    }

    private void fire(int timer, long now) {
        TimerOwner owner = owners[timer];
        int kind = kinds[timer];
        long timerId = (long) generations[timer] << Integer.SIZE | timer;
        release(timer);
        owner.onTimer(timerId, kind, startNs + now);
    }

    /** Goes round the wheel from the current tick, until a spoke has a deadline of this rotation: those behind it are later. */
    private long findNextDeadlineNs() {
        long next = NO_DEADLINE;
        int ahead = 0;
        while (ahead <= spokeMask) {
            ahead += distanceToOccupied((int) (currentTick + ahead) & spokeMask);
            if (ahead > spokeMask) {
                break;
            }
            long tick = currentTick + ahead;
            long earliest = earliestNs[(int) tick & spokeMask];
            next = Math.min(next, earliest);
            if (earliest >> tickShift <= tick) {
                break;
            }
            ahead++;
        }
        return next;
    }

    /** How many spokes further, 0 for this one, there is one with timers; the number of spokes if there is none. */
    private int distanceToOccupied(int spoke) {
        int word = spoke / Long.SIZE;
        long bits = occupied[word] & -1L << spoke;
        for (int i = 0; i <= occupied.length; i++) {
            if (bits != 0) {
                return word * Long.SIZE + Long.numberOfTrailingZeros(bits) - spoke & spokeMask;
            }
            word = word + 1 & occupied.length - 1;
            bits = occupied[word];
        }
        return spokeMask + 1;
    }

    private void link(int timer, int spoke, long deadline) {
        int head = heads[spoke];
        nexts[timer] = head;
        previouses[timer] = NIL;
        if (head != NIL) {
            previouses[head] = timer;
        }
        heads[spoke] = timer;
        spokes[timer] = spoke;
        occupied[spoke / Long.SIZE] |= 1L << spoke;
        earliestNs[spoke] = Math.min(earliestNs[spoke], deadline);
        if (nextDeadlineNs != UNKNOWN) {
            nextDeadlineNs = Math.min(nextDeadlineNs, deadline);
        }
        size++;
    }

    private void release(int timer) {
        unlink(timer);
        spokes[timer] = NIL;
        owners[timer] = null;
        generations[timer] = generations[timer] == -1 ? 1 : generations[timer] + 1;
        nexts[timer] = freeHead;
        freeHead = timer;
        size--;
    }

    private void unlink(int timer) {
        int spoke = spokes[timer];
        int next = nexts[timer];
        int previous = previouses[timer];
        if (walkNext == timer) {
            walkNext = next;
        }
        if (next != NIL) {
            previouses[next] = previous;
        }
        if (previous != NIL) {
            nexts[previous] = next;
        } else {
            heads[spoke] = next;
        }
        if (heads[spoke] == NIL) {
            occupied[spoke / Long.SIZE] &= ~(1L << spoke);
            earliestNs[spoke] = NO_DEADLINE;
        }
    }

    private void grow() {
        int oldCapacity = owners.length;
        if (oldCapacity == MAX_CAPACITY) {
            throw new IllegalStateException("more than " + MAX_CAPACITY + " timers");
        }
        int capacity = oldCapacity * 2;
        deadlinesNs = Arrays.copyOf(deadlinesNs, capacity);
        nexts = Arrays.copyOf(nexts, capacity);
        previouses = Arrays.copyOf(previouses, capacity);
        spokes = Arrays.copyOf(spokes, capacity);
        generations = Arrays.copyOf(generations, capacity);
        kinds = Arrays.copyOf(kinds, capacity);
        owners = Arrays.copyOf(owners, capacity);
        addFreeTimers(oldCapacity, capacity);
    }

    private void addFreeTimers(int from, int to) {
        for (int timer = to - 1; timer >= from; timer--) {
            generations[timer] = 1;
            spokes[timer] = NIL;
            nexts[timer] = freeHead;
            freeHead = timer;
        }
    }
}
