package io.neurolink.engine;

import io.neurolink.engine.cluster.ClusterGroup;
import io.neurolink.engine.duty.Headcount;
import io.neurolink.engine.loop.Endpoint;
import io.neurolink.engine.loop.EndpointSettings;
import io.neurolink.engine.loop.LoopConnection;
import io.neurolink.engine.loop.RateBuckets;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.Authenticator;
import io.neurolink.engine.spi.EngineListener;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.FrameLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A manager as the loops see it: its handlers by path, who is admitted, and the registry of its connections. Called by many threads at
 * once.
 */
final class ManagerEndpoint implements Endpoint {
    private final WebSocketConfig config;
    private final EndpointSettings settings;
    private final Map<String, WebSocketHandler> handlers = new ConcurrentHashMap<>();
    private final List<Prefix> prefixes = new CopyOnWriteArrayList<>();

    private final AtomicInteger admitted = new AtomicInteger();
    private final Headcount<String> admittedByUser = new Headcount<>();
    private final Map<String, LoopConnection> byId = new ConcurrentHashMap<>();
    private final UserRates userRates;
    private final ConnectionIndex byUser = new ConnectionIndex();
    private final ConnectionIndex byPath = new ConnectionIndex();
    private final AtomicReference<ClusterGroup> cluster;
    private int index;

    private record Prefix(String path, WebSocketHandler handler) {
    }

    /**
     * @param cluster the manager's place in a cluster, if there is one.
     */
    ManagerEndpoint(WebSocketConfig config, AtomicReference<ClusterGroup> cluster) {
        this.config = config;
        this.cluster = cluster;
        this.settings = settingsOf(config);
        this.userRates = new UserRates(config.rateLimits());
    }

    /** In the units of the loops. */
    static EndpointSettings settingsOf(WebSocketConfig config) {
        return new EndpointSettings(
                new FrameLimits(config.maxMessageSize(), config.maxFragments(), config.maxStreamedMessageSize()),
                config.pingInterval().toNanos(),
                config.pongTimeout().toNanos(),
                config.pingMode() == WebSocketConfig.PingMode.JSON,
                config.idleTimeout().toNanos(),
                config.closeTimeout().toNanos(),
                config.auth().timeout().toNanos(),
                config.auth().firstMessageTimeout().toNanos(),
                config.maxBufferedBytes(),
                config.writableHighMark(),
                config.writableLowMark(),
                config.slowConsumerPolicy(),
                config.deliverControlFrames(),
                config.subprotocols(),
                config.allowedOrigins(),
                config.maxControlFramesPerSecond(),
                config.rateLimits(),
                config.compression().toEndpoint());
    }

    void register(String path, WebSocketHandler handler) {
        if (path.endsWith("/*")) {
            prefixes.add(new Prefix(path.substring(0, path.length() - 1), handler));
        } else if (handlers.putIfAbsent(path, handler) != null) {
            throw new IllegalStateException("a handler is registered for " + path + " already");
        }
    }

    void index(int newIndex) {
        index = newIndex;
    }

    @Override
    public int index() {
        return index;
    }

    @Override
    public EndpointSettings settings() {
        return settings;
    }

    @Override
    public WebSocketHandler handlerFor(String path) {
        WebSocketHandler exact = handlers.get(path);
        if (exact != null) {
            return exact;
        }
        for (Prefix prefix : prefixes) {
            if (path.startsWith(prefix.path)) {
                return prefix.handler;
            }
        }
        return null;
    }

    @Override
    public Authenticator authenticator() {
        return config.auth().strategy().equals("none") ? null : config.auth().authenticator();
    }

    @Override
    public EngineListener listener() {
        return config.listener();
    }

    // ------------------------------------------------------------------ admission

    @Override
    public Refusal admit(AuthenticatedUser user) {
        if (admitted.incrementAndGet() > config.maxConnections()) {
            admitted.decrementAndGet();
            return new Refusal(
                    EngineCounter.UPGRADES_REFUSED_MAX_CONNECTIONS, "Maximum connections (" + config.maxConnections() + ") reached");
        }
        Refusal refusal = user == null ? null : admitUser(user);
        if (refusal != null) {
            admitted.decrementAndGet();
        }
        return refusal;
    }

    private Refusal admitUser(AuthenticatedUser user) {
        int limit = config.maxConnectionsPerUser();
        ClusterGroup group = limit == 0 ? null : cluster.get();
        int room = limit == 0 ? Integer.MAX_VALUE : group == null ? limit : limit - group.countElsewhere(user.id());
        if (room > 0 && admittedByUser.tryEnter(user.id(), room)) {
            tellCount(group, user);
            return null;
        }
        return new Refusal(EngineCounter.UPGRADES_REFUSED_USER_LIMIT, "Maximum connections per user (" + limit + ") reached");
    }

    private static void tellCount(ClusterGroup group, AuthenticatedUser user) {
        if (group != null) {
            group.userCountChanged(user.id());
        }
    }

    @Override
    public void withdraw(AuthenticatedUser user) {
        admitted.decrementAndGet();
        if (user != null) {
            admittedByUser.leave(user.id());
            tellCount(cluster.get(), user);
        }
    }

    @Override
    public RateBuckets acquireRates(AuthenticatedUser user, long nowNs) {
        return userRates.acquire(user.id(), nowNs);
    }

    @Override
    public void releaseRates(AuthenticatedUser user, long nowNs) {
        userRates.release(user.id(), nowNs);
    }

    // ------------------------------------------------------------------ registry

    @Override
    public void onOpened(LoopConnection connection) {
        byId.put(connection.id(), connection);
        byPath.add(connection.path(), connection);
        if (connection.user() != null) {
            addToUser(connection.user(), connection);
        }
    }

    /** First here, then for other nodes: what they send finds the connection. */
    private void addToUser(AuthenticatedUser user, LoopConnection connection) {
        byUser.add(user.id(), connection);
        ClusterGroup group = cluster.get();
        if (group != null) {
            group.userAdded(user.id());
        }
    }

    @Override
    public Refusal changeUser(LoopConnection connection, AuthenticatedUser before, AuthenticatedUser after) {
        if (before != null) {
            return null;
        }
        Refusal refusal = admitUser(after);
        if (refusal == null) {
            addToUser(after, connection);
        }
        return refusal;
    }

    @Override
    public void onClosed(LoopConnection connection) {
        AuthenticatedUser user = connection.user();
        byId.remove(connection.id());
        byPath.remove(connection.path(), connection);
        if (user != null) {
            byUser.remove(user.id(), connection);
            ClusterGroup group = cluster.get();
            if (group != null) {
                group.userRemoved(user.id());
            }
        }
        withdraw(user);
    }

    @Override
    public void onTopic(String topic, boolean isThere) {
        ClusterGroup group = cluster.get();
        if (group != null && isThere) {
            group.topicAdded(topic);
        } else if (group != null) {
            group.topicRemoved(topic);
        }
    }

    int countOfUser(String userId) {
        return admittedByUser.of(userId);
    }

    WebSocketConnection find(String id) {
        return byId.get(id);
    }

    List<WebSocketConnection> all() {
        return new ArrayList<>(byId.values());
    }

    List<WebSocketConnection> ofUser(String userId) {
        return byUser.get(userId);
    }

    List<WebSocketConnection> ofPath(String path) {
        return byPath.get(path);
    }

    int count() {
        return byId.size();
    }

    /** Adds how many connections are open, by the path that their handler was registered for. */
    void countByPath(Map<String, Long> counts) {
        handlers.keySet().forEach(path -> counts.putIfAbsent(path, 0L));
        prefixes.forEach(prefix -> counts.putIfAbsent(prefix.path + "*", 0L));
        byPath.counts().forEach((path, count) -> counts.merge(registeredPath(path), (long) count, Long::sum));
    }

    /** Peers may make up as many paths below a prefix as they like. */
    private String registeredPath(String path) {
        if (handlers.containsKey(path)) {
            return path;
        }
        return prefixes.stream().map(Prefix::path).filter(path::startsWith).findFirst().map(prefix -> prefix + "*").orElse(path);
    }
}
