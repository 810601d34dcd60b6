package io.neurolink.engine.loop;

import java.util.ArrayList;
import java.util.List;

/**
 * The sockets of a loop that are not upgraded, with a limit. Those that wait for their peer, for its request or for it to read an answer,
 * stand in a line, the one that has waited longest first: it gives way when there is no room, since whoever means well is quick. The
 * loop's thread only.
 */
final class HttpConnections {
    private final int limit;
    private final List<HttpConnection> all = new ArrayList<>();
    private HttpConnection oldest;
    private HttpConnection newest;

    /**
     * @param limit how many there may be.
     */
    HttpConnections(int limit) {
        this.limit = limit;
    }

    boolean isFull() {
        return all.size() >= limit;
    }

    /** @return who has waited longest for its peer, or null if all wait for the server. */
    HttpConnection oldest() {
        return oldest;
    }

    List<HttpConnection> copy() {
        return List.copyOf(all);
    }

    void add(HttpConnection connection) {
        connection.listIndex = all.size();
        all.add(connection);
        enqueue(connection);
    }

    void remove(HttpConnection connection) {
        dequeue(connection);
        HttpConnection last = all.remove(all.size() - 1);
        if (last != connection) {
            all.set(connection.listIndex, last);
            last.listIndex = connection.listIndex;
        }
    }

    /** From now on the connection waits for its peer, if it did not before. */
    void enqueue(HttpConnection connection) {
        if (!connection.isQueued) {
            connection.isQueued = true;
            connection.older = newest;
            if (newest == null) {
                oldest = connection;
            } else {
                newest.newer = connection;
            }
            newest = connection;
        }
    }

    /** From now on the connection waits for the server. */
    void dequeue(HttpConnection connection) {
        if (connection.isQueued) {
            connection.isQueued = false;
            if (connection.older == null) {
                oldest = connection.newer;
            } else {
                connection.older.newer = connection.newer;
            }
            if (connection.newer == null) {
                newest = connection.older;
            } else {
                connection.newer.older = connection.older;
            }
            connection.older = null;
            connection.newer = null;
        }
    }
}
