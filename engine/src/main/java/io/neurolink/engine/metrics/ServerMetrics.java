package io.neurolink.engine.metrics;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything a server measures, as it was at one moment. Made by {@code NeuroLinkServer.metrics()}; costs some microseconds, so it may be
 * asked for every second, but not for every message. The values are read one after the other while the server runs: two of them may differ
 * by what happened in between.
 *
 * @param takenAtMs     when, in milliseconds since 1970
 * @param uptime        since the start of the server
 * @param connections   WebSocket connections
 * @param upgrades      opening handshakes
 * @param sockets       TCP connections
 * @param http          plain HTTP
 * @param traffic       what came and went
 * @param outbound      what waits for peers, and what became of it
 * @param roundTripTime from a ping of the server to its pong, in nanoseconds
 * @param handlerTime   of calls of {@code onMessage}, in nanoseconds. Of messages that a thread handles in quick succession only one in 64,
 *                      or every 20 microseconds, is timed, so its count is not the number of messages
 * @param threads       each event loop and worker
 * @param tls           TLS handshakes
 * @param compression   permessage-deflate
 * @param memory        the memory budget
 * @param errors        what went wrong
 * @param counters      all counters of the engine by name, these and others
 */
public record ServerMetrics(
        long takenAtMs,
        Duration uptime,
        Connections connections,
        Upgrades upgrades,
        Sockets sockets,
        Http http,
        Traffic traffic,
        Outbound outbound,
        HistogramSnapshot roundTripTime,
        HistogramSnapshot handlerTime,
        List<ThreadUse> threads,
        Tls tls,
        Compression compression,
        Memory memory,
        Errors errors,
        Map<String, Long> counters) {

    /**
     * WebSocket connections.
     *
     * @param open           now
     * @param opened         since the start
     * @param closed         since the start
     * @param openByPath     now, by the path that a handler was registered for, as {@code /ws} or {@code /rooms/*}; all of them
     * @param closedByReason since the start, by {@code normal}, {@code going_away}, {@code abnormal} and so on; all of them
     */
    public record Connections(long open, long opened, long closed, Map<String, Long> openByPath, Map<String, Long> closedByReason) {
    }

    /**
     * Opening handshakes.
     *
     * @param accepted        answered with 101
     * @param refusedByReason by {@code unauthorized}, {@code origin}, {@code max_connections} and so on; all of them
     */
    public record Upgrades(long accepted, Map<String, Long> refusedByReason) {
        /** {@return all that were refused} */
        public long refused() {
            return refusedByReason.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /**
     * TCP connections, upgraded or not.
     *
     * @param open            now
     * @param accepted        since the start
     * @param refusedByReason closed at once, by {@code limit}, {@code address_limit}, {@code memory}, {@code no_proxy}
     */
    public record Sockets(long open, long accepted, Map<String, Long> refusedByReason) {
    }

    /**
     * Plain HTTP.
     *
     * @param requests       that were no upgrades
     * @param answersByClass by {@code 2xx}, {@code 3xx}, {@code 4xx}, {@code 5xx}; refused upgrades included
     */
    public record Http(long requests, Map<String, Long> answersByClass) {
    }

    /**
     * What came and went.
     *
     * @param messagesIn  whole messages received
     * @param messagesOut messages written whole
     * @param bytesIn     read from sockets, after TLS
     * @param bytesOut    written to sockets, before TLS
     */
    public record Traffic(long messagesIn, long messagesOut, long bytesIn, long bytesOut) {
    }

    /**
     * What waits for peers, and what became of it.
     *
     * @param queuedBytes   waiting now
     * @param droppedNewest messages that the slow-consumer policy kept out of a full queue
     * @param droppedOldest messages that it took out of a full queue
     * @param reported      accepted messages that could not be written, and were reported to their sender
     * @param backPressured sends answered with back-pressure
     * @param slowConsumers times that the slow-consumer policy was applied to a connection
     */
    public record Outbound(long queuedBytes, long droppedNewest, long droppedOldest, long reported, long backPressured,
            long slowConsumers) {
    }

    /**
     * One event loop or worker.
     *
     * @param name          of the thread
     * @param cycles        of its duty
     * @param busyNs        time spent in cycles that had something to do, in nanoseconds
     * @param stalls        cycles of an event loop that took longer than 100 ms; a worker has none, since its handlers may block
     * @param longestNs     the longest cycle of an event loop, in nanoseconds; 0 for a worker
     */
    public record ThreadUse(String name, long cycles, long busyNs, long stalls, long longestNs) {
    }

    /**
     * TLS handshakes.
     *
     * @param started   whose first byte came
     * @param completed the good ones
     * @param failed    the others
     */
    public record Tls(long started, long completed, long failed) {
    }

    /**
     * Compression. The bytes are payload.
     *
     * @param messagesDeflated    sent compressed
     * @param messagesNotDeflated sent as they were, because compressing did not make them shorter
     * @param messagesInflated    received compressed
     * @param deflatedFrom        bytes of what was sent compressed, before
     * @param deflatedTo          bytes of that, after
     * @param inflatedFrom        bytes of what was received compressed, before it was inflated
     * @param inflatedTo          bytes of that, after
     */
    public record Compression(long messagesDeflated, long messagesNotDeflated, long messagesInflated, long deflatedFrom, long deflatedTo,
            long inflatedFrom, long inflatedTo) {
        /** {@return how many bytes one byte on the wire stands for, on the way out; 1 if nothing was compressed} */
        public double ratioOut() {
            return deflatedTo == 0 ? 1 : (double) deflatedFrom / deflatedTo;
        }

        /** {@return the same for the way in} */
        public double ratioIn() {
            return inflatedFrom == 0 ? 1 : (double) inflatedTo / inflatedFrom;
        }
    }

    /**
     * The memory budget.
     *
     * @param usedBytes       taken by what peers make the server keep
     * @param limitBytes      of the budget
     * @param isTight         whether new connections are refused
     * @param shedConnections closed because they held the most
     */
    public record Memory(long usedBytes, long limitBytes, boolean isTight, long shedConnections) {
    }

    /**
     * What went wrong.
     *
     * @param handler  exceptions thrown by handlers, routes, authenticators and listeners
     * @param loop     unexpected errors in event loops and workers
     * @param accept   times that a connection could not be accepted
     * @param distinct each kind once, the latest first
     * @param overflow errors that were not remembered because too many kinds were
     */
    public record Errors(long handler, long loop, long accept, List<SeenError> distinct, long overflow) {
    }

    /**
     * A kind of error.
     *
     * @param type    class of the exception
     * @param message its message, cut to 512 characters; empty if there is none
     * @param stack   the stack trace of the first, cut to 16 Ki characters
     * @param count   how often it came
     * @param firstMs when first, in milliseconds since 1970
     * @param lastMs  when last
     */
    public record SeenError(String type, String message, String stack, long count, long firstMs, long lastMs) {
    }

    /**
     * Tells how busy the threads were between two looks.
     *
     * @param earlier an earlier look at the same server.
     * @return by thread the share of time in which it had something to do, 0 to 1.
     */
    public Map<String, Double> busyRatiosSince(ServerMetrics earlier) {
        Map<String, Double> ratios = new HashMap<>();
        double elapsedNs = Math.max(1, uptime.minus(earlier.uptime).toNanos());
        threads.forEach(thread -> ratios.put(thread.name, thread.busyNs / elapsedNs));
        earlier.threads.forEach(thread -> ratios.computeIfPresent(thread.name, (name, ratio) -> ratio - thread.busyNs / elapsedNs));
        ratios.replaceAll((name, ratio) -> Math.max(0, Math.min(1, ratio)));
        return ratios;
    }

    /** {@return all of it with names and tags, for exporters} */
    public List<MetricFamily> families() {
        return Families.of(this);
    }
}
