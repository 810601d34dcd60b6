package io.neurolink.agent.nats;

import io.nats.client.AuthenticationException;
import io.nats.client.Connection;
import io.nats.client.ConnectionListener;
import io.nats.client.ErrorListener;
import io.nats.client.ForceReconnectOptions;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Statistics;
import io.neurolink.engine.client.ClientTlsConfig;
import io.neurolink.engine.spi.ClusterBus;
import io.neurolink.engine.spi.SendResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/**
 * A cluster's bus on NATS. Messages go through core NATS, which keeps nothing: whoever is not connected misses them.
 *
 * <pre>{@code
 * ClusterBus bus = NatsClusterBus.builder("nats://10.0.0.7:4222,nats://10.0.0.8:4222").prefix("shop").build();
 * NeuroLinkServer.builder().cluster(ClusterConfig.builder(bus).nodeId("shop-1").build())
 * }</pre>
 *
 * A thread of its own connects, for as long as it takes; lost connections are restored by the client library, to any server that it was
 * told of or that these tell it of.
 */
public final class NatsClusterBus implements ClusterBus {
    static final int QUEUE_LENGTH = 4096;
    /** So often NATS is asked whether it is there. */
    static final Duration CHECK_INTERVAL = Duration.ofSeconds(2);
    /** A connection on which that is not answered twice for so long is given up, if nothing else comes either ... */
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(3);
    /** ... and if something does, so that the answer may be behind it, when a third one has not come for that long. */
    private static final Duration LATE_ANSWER_TIMEOUT = Duration.ofSeconds(12);
    private static final int MAX_PINGS = 8;
    /** The library has no use for its own pings; it must have some, since without it makes a timer for each reconnection. */
    private static final Duration PING_INTERVAL = Duration.ofDays(1);
    static final String REFUSED = "Permissions Violation";

    /** Not more at once, so that a large message keeps nobody waiting for long and the library's queue stays small. */
    private static final int MAX_MESSAGE_LENGTH = 128 * 1024;
    private static final int MIN_MESSAGE_LENGTH = 1024;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration RECONNECT_WAIT = Duration.ofMillis(500);
    private static final Duration RECONNECT_JITTER = Duration.ofMillis(250);
    private static final Duration REFUSED_WAIT = Duration.ofSeconds(5);
    private static final Duration FLUSH_TIMEOUT = Duration.ofSeconds(1);
    private static final long JOIN_TIMEOUT_MS = 3000;

    private final NatsServers servers;
    private final String prefix;
    private final NatsCredentials credentials;
    private final SSLContext tls;
    private final AtomicReference<NatsLink> link = new AtomicReference<>();
    private final AtomicReference<String> lastError = new AtomicReference<>();
    private final AtomicBoolean isClosed = new AtomicBoolean();
    /** Something has happened that the connector has to look at. */
    private final Semaphore news = new Semaphore(0);
    private final CountDownLatch closing = new CountDownLatch(1);

    /** Of the engine's thread. */
    private final Set<String> wanted = new HashSet<>();
    private NatsLink settledLink;
    private boolean isSettled = true;

    private String nodeId;
    private Listener listener;
    private Thread connector;

    private NatsClusterBus(Builder builder, SSLContext tls) {
        this.servers = builder.servers;
        this.prefix = builder.prefix + ".";
        this.credentials = builder.credentials;
        this.tls = tls;
    }

    /**
     * {@return a builder with the defaults}
     *
     * @param servers {@code nats://host:port}, or {@code tls://host:port}, several separated by commas; with {@code user:password@} or
     *                {@code token@} before the first host, percent-encoded where needed, if NATS wants it.
     * @throws IllegalArgumentException if it is something else; the message contains no secret.
     */
    public static Builder builder(String servers) {
        return new Builder(NatsServers.parse(servers));
    }

    // ------------------------------------------------------------------ the connector's thread

    @Override
    public void start(String newNodeId, Listener newListener) {
        nodeId = newNodeId;
        listener = newListener;
        connector = new Thread(this::connect, "neurolink-nats");
        connector.setDaemon(true);
        connector.start();
    }

    private void connect() {
        try {
            while (!isClosed.get()) {
                connectOnce();
                closing.await(RECONNECT_WAIT.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    /** Until the library gives the connection up, which it does when it is refused more than once. */
    private void connectOnce() throws InterruptedException {
        lastError.set(null);
        try {
            use(Nats.connect(options()));
        } catch (AuthenticationException e) {
            listener.onLost("NATS at " + servers + " refuses the credentials");
        } catch (IOException | IllegalArgumentException | IllegalStateException | UncheckedIOException e) {
            // The library's own words may name a URL with a secret, and no more than that it failed.
            String known = lastError.get();
            listener.onLost("no connection to NATS at " + servers + (known == null ? "" : ": " + known));
        }
    }

    private void use(Connection connection) throws InterruptedException, IOException {
        try {
            NatsLink newLink = new NatsLink(connection, this::onMessage, prefix);
            link.set(newLink);
            // The connection may have been another one by the time that somebody looked.
            newLink.onResubscribed();
            while (!isClosed.get() && connection.getStatus() != Connection.Status.CLOSED) {
                check(newLink);
                news.tryAcquire(CHECK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
                news.drainPermits();
            }
            lost(newLink);
        } finally {
            if (!isClosed.get()) {
                connection.close();
                link.set(null);
            }
        }
    }

    /**
     * Asks NATS whether it is there. What was published before has arrived then, and what it does not allow it has said. The library's
     * own pings would not do: it sends none as long as messages come, though what leaves may not arrive.
     */
    private void check(NatsLink present) throws InterruptedException, IOException {
        Connection connection = present.connection();
        if (connection.getStatus() != Connection.Status.CONNECTED) {
            return;
        }
        NatsLink.Mark mark = present.mark();
        if (!present.isUp()) {
            present.probe();
        }
        if (!isAnswered(connection, () -> lastError.set("no answer"))) {
            return;
        }
        String error = connection.getLastError();
        if (error != null && error.startsWith(REFUSED)) {
            refused(present, error);
        } else if (present.confirm(mark)) {
            lastError.set(null);
            listener.onConnected();
            if (!present.isUp()) {
                // Lost meanwhile, which may have been told before.
                tellLost(present, lostText());
            }
        }
    }

    /** Subscriptions that were refused are not tried again by themselves. */
    private void refused(NatsLink present, String error) throws InterruptedException, IOException {
        tellLost(present, "NATS at " + servers + " refuses its user: " + error + "; it must be allowed to publish and to subscribe to "
                + prefix + ">");
        if (!closing.await(REFUSED_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
            present.connection().clearLastError();
            present.connection().forceReconnect();
        }
    }

    /**
     * Asks NATS whether it is there, and has the library connect anew if it is not.
     *
     * @param onSilence called before that.
     * @return whether it has answered.
     */
    static boolean isAnswered(Connection connection, Runnable onSilence) throws InterruptedException, IOException {
        Statistics statistics = connection.getStatistics();
        long reconnects = statistics.getReconnects();
        long received = statistics.getInMsgs();
        // Twice, since when this whole process has stood still the first time is over before anything is read.
        if (isAnswered(connection, ANSWER_TIMEOUT) || isAnswered(connection, ANSWER_TIMEOUT)
                || statistics.getInMsgs() > received && isAnswered(connection, LATE_ANSWER_TIMEOUT)) {
            return true;
        }
        if (connection.getStatus() == Connection.Status.CONNECTED && statistics.getReconnects() == reconnects) {
            onSilence.run();
            connection.forceReconnect(ForceReconnectOptions.FORCE_CLOSE_INSTANCE);
        }
        return false;
    }

    private static boolean isAnswered(Connection connection, Duration timeout) throws InterruptedException {
        try {
            connection.flush(timeout);
            return true;
        } catch (TimeoutException | IllegalStateException e) {
            return false;
        }
    }

    private Options options() {
        return newOptions("neurolink " + nodeId)
                .noNoResponders()
                .reconnectBufferSize(0)
                .maxMessagesInOutgoingQueue(QUEUE_LENGTH)
                .connectionListener(new Events())
                .errorListener(new Errors())
                .build();
    }

    /** @return how every connection of this node gets to NATS. */
    Options.Builder newOptions(String connectionName) {
        Options.Builder builder = Options.builder()
                .servers(servers.urls().toArray(String[]::new))
                .connectionName(connectionName)
                .noEcho()
                .hostnameResolveMode(Options.HostnameResolveMode.HappyEyeballs)
                .connectionTimeout(CONNECT_TIMEOUT)
                .maxReconnects(-1)
                .reconnectWait(RECONNECT_WAIT)
                .reconnectJitter(RECONNECT_JITTER)
                .reconnectJitterTls(RECONNECT_JITTER)
                .inboxPrefix(prefix + "inbox.")
                .pingInterval(PING_INTERVAL)
                .maxPingsOut(MAX_PINGS);
        if (tls != null) {
            builder.sslContext(tls).dataPortType(NatsTlsPort.class.getName());
        }
        if (credentials != null) {
            builder.authHandler(credentials);
        } else if (servers.token() != null) {
            builder.token(servers.token().toCharArray());
        } else if (servers.user() != null) {
            builder.userInfo(servers.user().toCharArray(), servers.password().toCharArray());
        }
        return builder;
    }

    NatsServers servers() {
        return servers;
    }

    /** @return what all subjects begin with, the last dot included. */
    String prefix() {
        return prefix;
    }

    // ------------------------------------------------------------------ the library's threads

    private void onMessage(Message message) {
        listener.onMessage(message.getSubject().substring(prefix.length()), message.getData());
    }

    private final class Events implements ConnectionListener {
        @Override
        @SuppressWarnings("deprecation") // the one that must be there
        public void connectionEvent(Connection connection, ConnectionListener.Events event) {
            NatsLink present = link.get();
            if (present == null || present.connection() != connection || isClosed.get()) {
                return;
            }
            switch (event) {
                case RESUBSCRIBED -> {
                    present.onResubscribed();
                    news.release();
                }
                case DISCONNECTED -> {
                    present.onDisconnected();
                    lost(present);
                }
                case CLOSED -> news.release();
                default -> { }
            }
        }
    }

    private void lost(NatsLink present) {
        if (present.isUp()) {
            tellLost(present, lostText());
        }
    }

    private String lostText() {
        String known = lastError.get();
        return "the connection to NATS at " + servers + " was lost" + (known == null ? "" : ": " + known);
    }

    /** Also if there was none. */
    private void tellLost(NatsLink present, String cause) {
        present.down();
        if (!isClosed.get()) {
            listener.onUnconfirmed(present.takeUnconfirmed());
            listener.onLost(cause);
        }
    }

    private final class Errors implements ErrorListener {
        @Override
        public void errorOccurred(Connection connection, String error) {
            lastError.set(error);
            news.release();
        }

        @Override
        public void exceptionOccurred(Connection connection, Exception error) {
            if (error instanceof IOException || error instanceof TimeoutException) {
                String message = error.getMessage();
                boolean isHarmless = message != null && !message.contains("@");
                lastError.set(error.getClass().getSimpleName() + (isHarmless ? ": " + message : ""));
            }
        }
    }

    // ------------------------------------------------------------------ the engine's thread

    @Override
    public SendResult publish(String subject, byte[] message) {
        NatsLink present = settled();
        if (present == null) {
            return SendResult.BACK_PRESSURED;
        }
        long dropped = present.takeDropped();
        if (dropped > 0) {
            listener.onDropped(dropped);
        }
        return present.publish(prefix + subject, message) ? SendResult.ACCEPTED : SendResult.BACK_PRESSURED;
    }

    /** Subscriptions come before anything that is published after them. @return the link if it can be used, or null. */
    private NatsLink settled() {
        NatsLink present = link.get();
        if (present == null || !present.isUp()) {
            return null;
        }
        if (present != settledLink || !isSettled) {
            settledLink = present;
            isSettled = present.settle(wanted);
        }
        return isSettled ? present : null;
    }

    @Override
    public void subscribe(String subject) {
        String full = prefix + subject;
        NatsLink present = settled();
        if (wanted.add(full)) {
            isSettled = present != null && present.subscribe(full);
        }
    }

    @Override
    public void unsubscribe(String subject) {
        String full = prefix + subject;
        NatsLink present = settled();
        if (wanted.remove(full)) {
            isSettled = present != null && present.unsubscribe(full);
        }
    }

    @Override
    public int maxMessageLength() {
        NatsLink present = link.get();
        long allowed = present == null ? MAX_MESSAGE_LENGTH : present.connection().getMaxPayload();
        return (int) Math.max(MIN_MESSAGE_LENGTH, Math.min(MAX_MESSAGE_LENGTH, allowed <= 0 ? MAX_MESSAGE_LENGTH : allowed));
    }

    @Override
    public void close() {
        isClosed.set(true);
        NatsLink present = link.get();
        try {
            if (present != null) {
                end(present);
            }
            closing.countDown();
            connector.interrupt();
            connector.join(JOIN_TIMEOUT_MS);
            NatsLink late = link.get();
            if (late != null && late != present) {
                late.connection().close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void end(NatsLink present) throws InterruptedException {
        try {
            if (present.isUp()) {
                present.connection().flush(FLUSH_TIMEOUT);
            }
        } catch (TimeoutException tooSlow) {
            // What is left is lost, as it would be with the process.
        } finally {
            present.connection().close();
        }
    }

    /** Collects the settings and checks them. Not safe for use by several threads. */
    public static final class Builder {
        private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*");
        private static final int MAX_PREFIX = 64;

        private final NatsServers servers;
        private String prefix = "neurolink";
        private NatsCredentials credentials;
        private ClientTlsConfig tls;

        private Builder(NatsServers servers) {
            this.servers = servers;
        }

        /**
         * Sets the prefix.
         *
         * @param value what all subjects of the deployment begin with: tokens of letters, digits, {@code -} and {@code _} with dots
         *              between them, at most 64 characters; default {@code neurolink}. Deployments that share a NATS need one each.
         * @return this.
         */
        public Builder prefix(String value) {
            if (!PREFIX.matcher(value).matches() || value.length() > MAX_PREFIX) {
                throw new IllegalArgumentException("prefix must be letters, digits, '-' and '_', with dots between them, at most "
                        + MAX_PREFIX + " characters, not '" + value + "'");
            }
            prefix = value;
            return this;
        }

        /**
         * Sets the credentials.
         *
         * @param file a credentials file with a JWT and the seed of its key, as {@code nsc} writes it; read for each connection.
         * @return this.
         * @throws IllegalArgumentException if the file cannot be used; the message names it.
         */
        public Builder credentials(Path file) {
            credentials = new NatsCredentials(file);
            credentials.check();
            return this;
        }

        /**
         * Sets what TLS trusts.
         *
         * @param value whom to trust and which certificate to show; the host name is checked in any case. Default: plain for {@code
         *              nats://}, the JDK's authorities for {@code tls://}.
         * @return this.
         */
        public Builder tls(ClientTlsConfig value) {
            tls = Objects.requireNonNull(value, "tls");
            return this;
        }

        /**
         * {@return a bus that is not started yet}
         *
         * @throws IOException if a certificate or key file cannot be used; the message names it.
         */
        public NatsClusterBus build() throws IOException {
            ClientTlsConfig config = tls != null ? tls : servers.isTls() ? ClientTlsConfig.defaults() : null;
            return new NatsClusterBus(this, config == null ? null : config.load());
        }
    }
}
