package io.neurolink.engine.loop;

import io.neurolink.protocol.handshake.HeadScratch;
import io.neurolink.protocol.handshake.HttpLimits;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The sockets of a loop that are not upgraded, with a limit. Those that wait for their peer, for its request or for it to read an answer,
 * stand in a line, the one that has waited longest first: it gives way when there is no room, since whoever means well is quick. The
 * loop's thread only.
 */
final class HttpConnections {
    private final int limit;
    private final HeadScratch headScratch;
    private final Set<HttpConnection> all = new HashSet<>();
    private final Set<HttpConnection> waiting = new LinkedHashSet<>();
    private long heldBytes;

    /**
     * @param limit      how many there may be.
     * @param httpLimits of their requests.
     */
    HttpConnections(int limit, HttpLimits httpLimits) {
        this.limit = limit;
        this.headScratch = new HeadScratch(httpLimits);
    }

    /** What their request decoders share. */
    HeadScratch headScratch() {
        return headScratch;
    }

    boolean isFull() {
        return all.size() >= limit;
    }

    /** @return who has waited longest for its peer, or null if all wait for the server. */
    HttpConnection oldest() {
        return waiting.isEmpty() ? null : waiting.iterator().next();
    }

    /** What their requests and answers take of memory. */
    long heldBytes() {
        return heldBytes;
    }

    void addHeldBytes(long change) {
        heldBytes += change;
    }

    void forEach(Consumer<HttpConnection> consumer) {
        all.forEach(consumer);
    }

    List<HttpConnection> copy() {
        return List.copyOf(all);
    }

    void add(HttpConnection connection) {
        all.add(connection);
        enqueue(connection);
    }

    void remove(HttpConnection connection) {
        dequeue(connection);
        all.remove(connection);
    }

    /** From now on the connection waits for its peer, if it did not before. */
    void enqueue(HttpConnection connection) {
        waiting.add(connection);
    }

    /** From now on the connection waits for the server. */
    void dequeue(HttpConnection connection) {
        waiting.remove(connection);
    }
}
