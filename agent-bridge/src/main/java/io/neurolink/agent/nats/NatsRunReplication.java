package io.neurolink.agent.nats;

import io.nats.client.Connection;
import io.nats.client.ConnectionListener;
import io.nats.client.Dispatcher;
import io.nats.client.ErrorListener;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamOptions;
import io.nats.client.JetStreamStatusException;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.PublishAck;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.nats.client.impl.Headers;
import io.neurolink.agent.spi.RunReplication;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * The logs of runs in a stream of NATS JetStream, a subject each. A record is a message that is stored only if the last one of its subject
 * is the expected one, which JetStream checks. Readers ask for the next message of a subject; that there may be one they hear from the
 * message itself, which comes to all who have subscribed to the subject, so that the server keeps nothing for them.
 *
 * <pre>
 *   PREFIX.runs.REQUEST.USER.INSTANCE      a log: hashes of the request's id and of the user's, "-" for none
 *   PREFIX.run-node.NODE                   what other nodes ask this one
 *   PREFIX.run-node.=all                   what they ask all
 * </pre>
 *
 * It has a connection of its own, so that messages between connections and what is kept do not wait for each other. Whoever may read the
 * stream can read what agents and users say to each other.
 */
public final class NatsRunReplication implements RunReplication {
    private static final Logger LOGGER = System.getLogger("io.neurolink.agent");
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration CLEANUP_INTERVAL = Duration.ofMillis(250);
    private static final Duration FLUSH_TIMEOUT = Duration.ofSeconds(1);
    /** A log that no run has. */
    private static final String PROBE = "runs.probe";
    /** No node has that name. */
    private static final String ALL_NODES = "=all";
    private static final long FIRST_PAUSE_MS = 250;
    private static final long LAST_PAUSE_MS = 1000;
    private static final long JOIN_TIMEOUT_MS = 3000;
    private static final int QUEUE_LENGTH = 64 * 1024;
    private static final int MAX_RECORD = 256 * 1024;
    private static final int HEADERS_LENGTH = 1024;
    private static final int HASH_LENGTH = 16;
    private static final int NODE_ID_LENGTH = 9;
    private static final int NO_RESPONDERS = 503;
    private static final int NOT_FOUND = 404;
    private static final int NO_JETSTREAM_FOR_ACCOUNT = 10_039;
    private static final int STREAM_NOT_FOUND = 10_059;
    private static final int MESSAGE_NOT_FOUND = 10_037;
    private static final int WRONG_LAST_SEQUENCE = 10_071;
    private static final String PURGES_BY_SUBJECT_SINCE = "2.10.0";
    private static final String EXPECTED_HEADER = "Nats-Expected-Last-Subject-Sequence";
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private final NatsClusterBus bus;
    private final StreamConfiguration wanted;
    private final String stream;
    private final String prefix;
    private final String nodeId;
    private final AtomicReference<Connection> connection = new AtomicReference<>();
    private final AtomicReference<Dispatcher> dispatcher = new AtomicReference<>();
    private final AtomicReference<String> epoch = new AtomicReference<>();
    /** The stream is there, and the connection was not lost since. */
    private final AtomicBoolean isReady = new AtomicBoolean();
    private final AtomicBoolean isClosed = new AtomicBoolean();
    private final AtomicReference<String> fault = new AtomicReference<>();
    private final AtomicBoolean isWithoutJetStream = new AtomicBoolean();
    /** Something has happened that the connector has to look at. */
    private final Semaphore events = new Semaphore(0);
    private final Set<LogWatch> watches = ConcurrentHashMap.newKeySet();
    private final AtomicReference<Thread> connector = new AtomicReference<>();
    private final AtomicReference<Listener> listener = new AtomicReference<>();

    private NatsRunReplication(Builder builder) {
        this.bus = builder.bus;
        this.prefix = bus.prefix();
        this.stream = prefix.substring(0, prefix.length() - 1).replace('.', '=') + "_runs";
        this.wanted = StreamConfiguration.builder().name(stream).subjects(prefix + "runs.>").storageType(StorageType.File)
                .discardPolicy(DiscardPolicy.Old).allowDirect(true).maxBytes(builder.maxBytes).maxAge(builder.maxAge)
                .replicas(builder.replicas).build();
        byte[] random = new byte[NODE_ID_LENGTH];
        new SecureRandom().nextBytes(random);
        this.nodeId = ENCODER.encodeToString(random);
    }

    /**
     * {@return a builder with the defaults}
     *
     * @param bus how to reach NATS, and what subjects begin with; it need not be started.
     */
    public static Builder builder(NatsClusterBus bus) {
        return new Builder(bus);
    }

    // ------------------------------------------------------------------ the connector's thread

    @Override
    public void start(Listener newListener) {
        listener.set(newListener);
        Thread thread = new Thread(this::connect, "neurolink-nats-runs");
        thread.setDaemon(true);
        connector.set(thread);
        thread.start();
    }

    private void connect() {
        long pauseMs = FIRST_PAUSE_MS;
        while (!isClosed.get()) {
            try {
                use(connected());
                pauseMs = FIRST_PAUSE_MS;
                events.tryAcquire(NatsClusterBus.CHECK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                return;
            } catch (IOException | JetStreamApiException | RuntimeException e) {
                complain(e);
                pause(pauseMs);
                pauseMs = Math.min(LAST_PAUSE_MS, 2 * pauseMs);
            }
            events.drainPermits();
        }
    }

    private void use(Connection current) throws IOException, JetStreamApiException, InterruptedException {
        if (current.getStatus() != Connection.Status.CONNECTED) {
            isReady.set(false);
            return;
        }
        if (!NatsClusterBus.isAnswered(current, () -> isReady.set(false))) {
            return;
        }
        if (!isReady.get()) {
            prepareStream(current);
        }
        if (isRefused(current)) {
            throw new IOException(current.getLastError());
        }
        if (isReady.compareAndSet(false, true)) {
            fault.set(null);
            listener.get().onConnected();
        }
    }

    private static boolean isRefused(Connection current) {
        String said = current == null ? null : current.getLastError();
        return said != null && said.startsWith(NatsClusterBus.REFUSED);
    }

    private void complain(Exception e) {
        Connection current = connection.get();
        boolean isRefused = isRefused(current);
        // The library's own words may name a URL with a secret.
        String cause = isRefused ? current.getLastError()
                : e instanceof JetStreamApiException failed ? failed.getErrorDescription() : "no answer";
        isWithoutJetStream.set(current != null && !current.getServerInfo().isJetStreamAvailable()
                || e instanceof JetStreamApiException failed && failed.getApiErrorCode() == NO_JETSTREAM_FOR_ACCOUNT);
        if (!cause.equals(fault.getAndSet(cause)) && !isClosed.get()) {
            LOGGER.log(Level.WARNING, "runs are not replicated: JetStream at " + bus.servers() + ": " + cause);
        }
        if (isRefused) {
            isReady.set(false);
            try {
                // Subscriptions that were refused are not tried again by themselves.
                current.close();
                connection.compareAndSet(current, null);
            } catch (InterruptedException closed) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Connection connected() throws IOException, InterruptedException {
        Connection current = connection.get();
        if (current == null || current.getStatus() == Connection.Status.CLOSED) {
            isReady.set(false);
            current = open();
        }
        return current;
    }

    private void pause(long pauseMs) {
        try {
            events.drainPermits();
            events.tryAcquire(pauseMs, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Connection open() throws IOException, InterruptedException {
        Options options = bus.newOptions("neurolink runs " + nodeId).reconnectBufferSize(0).reportNoResponders()
                .maxMessagesInOutgoingQueue(QUEUE_LENGTH).requestCleanupInterval(CLEANUP_INTERVAL)
                .connectionListener(new Events()).errorListener(new ErrorListener() { }).build();
        Connection opened = Nats.connect(options);
        Dispatcher newDispatcher = opened.createDispatcher();
        newDispatcher.subscribe(nodeSubject(nodeId), message -> serve(opened, message));
        newDispatcher.subscribe(nodeSubject(ALL_NODES), message -> serve(opened, message));
        dispatcher.set(newDispatcher);
        connection.set(opened);
        watches.forEach(watch -> watch.subscribe(newDispatcher));
        return opened;
    }

    private void prepareStream(Connection current) throws IOException, JetStreamApiException, InterruptedException {
        JetStreamManagement management = current.jetStreamManagement(JetStreamOptions.builder().requestTimeout(REQUEST_TIMEOUT).build());
        StreamInfo info;
        try {
            info = management.getStreamInfo(stream);
            StreamConfiguration present = info.getConfiguration();
            if (present.getMaxBytes() != wanted.getMaxBytes() || !present.getMaxAge().equals(wanted.getMaxAge())
                    || present.getReplicas() != wanted.getReplicas()) {
                info = management.updateStream(wanted);
            }
        } catch (JetStreamApiException e) {
            if (e.getApiErrorCode() != STREAM_NOT_FOUND) {
                throw e;
            }
            info = management.addStream(wanted);
        }
        ZonedDateTime created = info.getCreateTime();
        epoch.set(Long.toString(created.toEpochSecond(), Character.MAX_RADIX) + "-"
                + Integer.toString(created.getNano(), Character.MAX_RADIX));
        probe(current);
    }

    /** What is done with the log of each run, once with that of none, so that it is known at the start what NATS does not allow. */
    private void probe(Connection current) throws IOException, InterruptedException {
        String subject = prefix + PROBE;
        demand(current, "$JS.API.STREAM.MSG.GET." + stream, null, "{\"last_by_subj\":\"" + subject + "\"}");
        demand(current, "$JS.API.DIRECT.GET." + stream, null, "{\"seq\":1,\"next_by_subj\":\"" + subject + "\"}");
        // Refused, since it says both. One that is done would cost a NATS with the fault everything that was stored before.
        demand(current, "$JS.API.STREAM.PURGE." + stream, null, "{\"filter\":\"" + subject + "\",\"seq\":1,\"keep\":1}");
        // Refused, since there is no such record.
        demand(current, subject, new Headers().add(EXPECTED_HEADER, Long.toString(Long.MAX_VALUE)), "");
    }

    private static void demand(Connection current, String subject, Headers headers, String body) throws IOException, InterruptedException {
        if (current.request(subject, headers, ascii(body), REQUEST_TIMEOUT) == null) {
            throw new IOException("no answer from " + subject);
        }
    }

    private final class Events implements ConnectionListener {
        @Override
        @SuppressWarnings("deprecation") // the one that must be there
        public void connectionEvent(Connection source, ConnectionListener.Events event) {
            if (connection.get() != source) {
                return;
            }
            if (event == ConnectionListener.Events.DISCONNECTED || event == ConnectionListener.Events.CLOSED) {
                isReady.set(false);
            }
            events.release();
        }
    }

    // ------------------------------------------------------------------ the library's threads

    private void serve(Connection source, Message message) {
        listener.get().onRequest(message.getData()).thenAccept(answer -> {
            try {
                if (answer != null) {
                    source.publish(message.getReplyTo(), answer);
                }
            } catch (IllegalStateException | IllegalArgumentException e) {
                LOGGER.log(Level.DEBUG, "another node is not answered", e);
            }
        });
    }

    // ------------------------------------------------------------------ any thread

    @Override
    public String nodeId() {
        return nodeId;
    }

    @Override
    public String epoch() {
        return epoch.get();
    }

    @Override
    public boolean isConnected() {
        return isReady.get();
    }

    @Override
    public String fault() {
        return isReady.get() || isWithoutJetStream.get() ? null : fault.get();
    }

    @Override
    public int maxRecordLength() {
        Connection current = connection.get();
        long allowed = current == null ? MAX_RECORD : current.getMaxPayload() - HEADERS_LENGTH;
        return (int) Math.max(HEADERS_LENGTH, Math.min(MAX_RECORD, allowed));
    }

    @Override
    public CompletionStage<Long> append(Key key, long expectedPosition, byte[] record) {
        Headers headers = new Headers().add(EXPECTED_HEADER, Long.toString(expectedPosition));
        return ask(subject(key), headers, record, message -> {
            try {
                return new PublishAck(message).getSeqno();
            } catch (JetStreamApiException e) {
                if (e.getApiErrorCode() == WRONG_LAST_SEQUENCE) {
                    throw new Conflict("the log has other records");
                }
                throw new CompletionException(e);
            } catch (IOException e) {
                throw new CompletionException(e);
            }
        });
    }

    @Override
    public CompletionStage<Stored> next(Key key, long fromPosition) {
        return ask("$JS.API.DIRECT.GET." + stream, null, ascii(question(key, fromPosition)), message -> {
            if (message.isStatusMessage()) {
                if (message.getStatus().getCode() == NOT_FOUND) {
                    return null;
                }
                throw new IllegalStateException(message.getStatus().getMessageWithCode());
            }
            MessageInfo info = new MessageInfo(message, stream, true);
            return new Stored(key, info.getSeq(), info.getData());
        });
    }

    @Override
    public CompletionStage<Stored> exactNext(Key key, long fromPosition) {
        return ofLeader(question(key, fromPosition), key.userId(), key.requestId());
    }

    private String question(Key key, long fromPosition) {
        return "{\"seq\":" + fromPosition + ",\"next_by_subj\":\"" + subject(key) + "\"}";
    }

    @Override
    public CompletionStage<Stored> last(Key key) {
        return lastOf(subject(key), key.userId(), key.requestId());
    }

    @Override
    public CompletionStage<Stored> find(String userId, String requestId) {
        return lastOf(prefix + "runs." + hash(requestId) + "." + user(userId) + ".*", userId, requestId);
    }

    /** From the stream's leader, as others may be behind. */
    private CompletionStage<Stored> lastOf(String subject, String userId, String requestId) {
        return ofLeader("{\"last_by_subj\":\"" + subject + "\"}", userId, requestId);
    }

    private CompletionStage<Stored> ofLeader(String question, String userId, String requestId) {
        return ask("$JS.API.STREAM.MSG.GET." + stream, null, ascii(question), message -> {
            MessageInfo info = new MessageInfo(message, stream, false);
            if (info.hasError()) {
                if (info.getApiErrorCode() == MESSAGE_NOT_FOUND) {
                    return null;
                }
                throw new IllegalStateException(info.getError());
            }
            String instance = info.getSubject().substring(info.getSubject().lastIndexOf('.') + 1);
            return new Stored(new Key(userId, requestId, userId == null ? instance : ""), info.getSeq(), info.getData());
        });
    }

    @Override
    public CompletionStage<Boolean> isKnown(String requestId) {
        return lastOf(prefix + "runs." + hash(requestId) + ".>", null, requestId).thenApply(found -> found != null);
    }

    @Override
    public Watch watch(Key key, Runnable onChange) {
        LogWatch watch = new LogWatch(subject(key), onChange);
        watches.add(watch);
        Dispatcher current = dispatcher.get();
        if (current != null) {
            watch.subscribe(current);
        }
        return watch;
    }

    @Override
    public void trim(Key key, long throughPosition) {
        Connection current = connection.get();
        if (current == null || forgetsTooMuch(current)) {
            return;
        }
        String until = throughPosition == Long.MAX_VALUE ? "" : ",\"seq\":" + (throughPosition + 1);
        ask("$JS.API.STREAM.PURGE." + stream, null, ascii("{\"filter\":\"" + subject(key) + "\"" + until + "}"), message -> null);
    }

    /**
     * A server of NATS that is started again does the purges anew that are in the log of a stream of several replicas, and older ones
     * do them without their filter, so that it loses the logs of all runs up to there: nats-server#4196.
     */
    private boolean forgetsTooMuch(Connection current) {
        return wanted.getReplicas() > 1 && current.getServerInfo().isOlderThanVersion(PURGES_BY_SUBJECT_SINCE);
    }

    @Override
    public CompletionStage<byte[]> request(String otherNode, byte[] message) {
        return ask(nodeSubject(otherNode), null, message, Message::getData);
    }

    @Override
    public CompletionStage<byte[]> requestAny(byte[] message) {
        return request(ALL_NODES, message);
    }

    private <T> CompletionStage<T> ask(String subject, Headers headers, byte[] body, Function<Message, T> read) {
        Connection current = connection.get();
        if (!isReady.get() || current == null) {
            return CompletableFuture.failedStage(new Unreachable("there is no connection to NATS"));
        }
        try {
            return current.requestWithTimeout(subject, headers, body, REQUEST_TIMEOUT).handle((message, error) -> {
                if (error != null) {
                    throw failure(subject, error);
                }
                return read.apply(message);
            });
        } catch (IllegalStateException | IllegalArgumentException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    private RuntimeException failure(String subject, Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        boolean isNobodyThere = cause instanceof JetStreamStatusException status && status.getStatus().getCode() == NO_RESPONDERS;
        if (isNobodyThere && !subject.startsWith(prefix + "run-node.")) {
            // The stream is gone, or has no leader at present.
            isReady.set(false);
            events.release();
        }
        return isNobodyThere || cause instanceof CancellationException ? new Unreachable("no answer from " + subject)
                : new CompletionException(cause);
    }

    @Override
    public void close() {
        if (!isClosed.compareAndSet(false, true)) {
            return;
        }
        Connection current = connection.get();
        try {
            if (current != null) {
                if (current.getStatus() == Connection.Status.CONNECTED) {
                    flush(current);
                }
                current.close();
            }
            Thread thread = connector.get();
            if (thread != null) {
                thread.interrupt();
                thread.join(JOIN_TIMEOUT_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        isReady.set(false);
    }

    private static void flush(Connection current) throws InterruptedException {
        try {
            current.flush(FLUSH_TIMEOUT);
        } catch (TimeoutException | IllegalStateException tooSlow) {
            // What is left is lost, as it would be with the process.
        }
    }

    private String subject(Key key) {
        String instance = key.instance().isEmpty() ? "0" : key.instance();
        return prefix + "runs." + hash(key.requestId()) + "." + user(key.userId()) + "." + instance;
    }

    private String nodeSubject(String node) {
        return prefix + "run-node." + node;
    }

    private static String user(String userId) {
        return userId == null ? "-" : hash(userId);
    }

    /** Half of a SHA-256: nobody finds two texts with the same one, and it tells nothing to who looks at subjects. */
    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return ENCODER.encodeToString(Arrays.copyOf(digest, HASH_LENGTH));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private final class LogWatch implements Watch {
        private final String subject;
        private final Runnable onChange;
        private final AtomicReference<io.nats.client.Subscription> subscription = new AtomicReference<>();
        private final AtomicReference<Dispatcher> subscribedBy = new AtomicReference<>();

        LogWatch(String subject, Runnable onChange) {
            this.subject = subject;
            this.onChange = onChange;
        }

        void subscribe(Dispatcher current) {
            if (subscribedBy.getAndSet(current) == current) {
                return;
            }
            try {
                subscription.set(current.subscribe(subject, message -> onChange.run()));
            } catch (IllegalStateException e) {
                // Closed meanwhile. Readers also look by themselves now and then.
                subscribedBy.set(null);
            }
        }

        @Override
        public void close() {
            watches.remove(this);
            io.nats.client.Subscription known = subscription.getAndSet(null);
            Dispatcher by = subscribedBy.get();
            if (known != null && by != null) {
                try {
                    by.unsubscribe(known);
                } catch (IllegalStateException e) {
                    // The connection is closed, and the subscription with it.
                    return;
                }
            }
        }
    }

    /** Collects the bounds of the stream and checks them. Not safe for use by several threads. */
    public static final class Builder {
        private static final long MIN_BYTES = 1024 * 1024;
        private static final int MAX_REPLICAS = 5;

        private final NatsClusterBus bus;
        private long maxBytes = 1024L * 1024 * 1024;
        private Duration maxAge = Duration.ofMinutes(30);
        private int replicas = 1;

        private Builder(NatsClusterBus bus) {
            this.bus = bus;
        }

        /**
         * Limits the bytes.
         *
         * @param value bytes of all logs, at least 1 MiB; then the oldest records go. Default 1 GiB.
         * @return this.
         */
        public Builder maxBytes(long value) {
            if (value < MIN_BYTES) {
                throw new IllegalArgumentException("maxBytes must be at least " + MIN_BYTES + ", not " + value);
            }
            maxBytes = value;
            return this;
        }

        /**
         * Limits the age.
         *
         * @param value how long a record is kept, at least a minute. Default 30 min. Logs of runs that have ended go earlier, with the
         *              runs, unless their node has died.
         * @return this.
         */
        public Builder maxAge(Duration value) {
            if (value.compareTo(Duration.ofMinutes(1)) < 0) {
                throw new IllegalArgumentException("maxAge must be at least 60000 ms, not " + value.toMillis());
            }
            maxAge = value;
            return this;
        }

        /**
         * Sets the replicas.
         *
         * @param value servers of NATS that keep each record: 1, 3 or 5; default 1. With 3, one of them may be lost.
         * @return this.
         */
        public Builder replicas(int value) {
            if (value < 1 || value > MAX_REPLICAS || value % 2 == 0) {
                throw new IllegalArgumentException("replicas must be 1, 3 or 5, not " + value);
            }
            replicas = value;
            return this;
        }

        /** {@return a replication that is not started yet} */
        public NatsRunReplication build() {
            return new NatsRunReplication(this);
        }
    }
}
