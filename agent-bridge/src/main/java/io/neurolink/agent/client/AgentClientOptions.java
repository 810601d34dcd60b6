package io.neurolink.agent.client;

import io.neurolink.engine.client.ProxyChooser;
import io.neurolink.engine.client.WebSocketClient;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * How an {@link AgentClient} connects, reconnects and calls back, and how much it keeps. Immutable: each method returns a changed copy.
 *
 * <pre>{@code
 * AgentClientOptions.defaults().token(() -> session.token()).tool(location)
 * }</pre>
 */
public final class AgentClientOptions {
    private static final AgentClientOptions DEFAULTS = new AgentClientOptions(new Values());

    private final Values values;

    private AgentClientOptions(Values values) {
        this.values = values;
    }

    /** {@return the defaults: no credential, no tools, reconnection without end} */
    public static AgentClientOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Uses a client of the engine's that is there already, with its TLS, compression, limits and threads. It must not call handlers
     * {@code INLINE}, because an agent client holds up what comes in while it has too much to do; it is not closed with the agent client.
     *
     * @param value the client; default one of its own, with the defaults of the engine and messages of up to 16 MiB.
     * @return a changed copy.
     */
    public AgentClientOptions webSocket(WebSocketClient value) {
        return with(copy -> copy.webSocket = Objects.requireNonNull(value, "webSocket"));
    }

    /**
     * Goes through HTTP proxies, with a client of the engine's that is not given by {@link #webSocket}; one that is given has its own.
     *
     * @param value says which; default none. {@code ProxyChooser.always(ClientProxy.of("proxy.example.org", 3128))} for one.
     * @return a changed copy.
     */
    public AgentClientOptions proxies(ProxyChooser value) {
        return with(copy -> copy.proxies = Objects.requireNonNull(value, "proxies"));
    }

    /**
     * Adds a header field to the request of every connection.
     *
     * @param name  its name.
     * @param value its value.
     * @return a changed copy.
     */
    public AgentClientOptions header(String name, String value) {
        return with(copy -> copy.headers.put(name, value));
    }

    /**
     * Sends a credential, as {@code Authorization: Bearer} with the request of every connection. The source is asked anew for each, and
     * when the server says that the last one ends soon.
     *
     * @param source called by the executor of these options; may block.
     * @return a changed copy.
     */
    public AgentClientOptions token(Supplier<String> source) {
        Objects.requireNonNull(source, "source");
        return tokenLater(() -> CompletableFuture.completedStage(source.get()));
    }

    /**
     * As {@link #token}, for a source that does not know the credential at once.
     *
     * @param source called by the executor of these options.
     * @return a changed copy.
     */
    public AgentClientOptions tokenLater(Supplier<? extends CompletionStage<String>> source) {
        return with(copy -> copy.token = Objects.requireNonNull(source, "source"));
    }

    /**
     * Sends the credential in the first message instead, for servers that want it there.
     *
     * @return a changed copy.
     */
    public AgentClientOptions tokenAsMessage() {
        return with(copy -> copy.isTokenMessage = true);
    }

    /**
     * Says how long to wait before connecting again: a random time below a ceiling that begins with the first and doubles with each failure
     * up to the second. Where the server says how long to wait, that counts.
     *
     * @param first first ceiling; default 500 ms.
     * @param last  highest ceiling; default 30 s.
     * @return a changed copy.
     */
    public AgentClientOptions backOff(Duration first, Duration last) {
        requirePositive("first", first);
        requirePositive("last", last);
        return with(copy -> {
            copy.firstDelay = first;
            copy.lastDelay = last;
        });
    }

    /**
     * {@return a changed copy}
     *
     * @param value attempts in a row before the client gives up and closes; 0 = it never does, the default.
     */
    public AgentClientOptions maxAttempts(int value) {
        return with(copy -> copy.maxAttempts = require("maxAttempts", value, 0));
    }

    /**
     * Tries again also where the very first connection fails, which otherwise closes the client.
     *
     * @return a changed copy.
     */
    public AgentClientOptions retryFirst() {
        return with(copy -> copy.isFirstRetried = true);
    }

    /**
     * {@return a changed copy}
     *
     * @param value time for a connection to be made, {@code connected} and authentication included; default 10 s.
     */
    public AgentClientOptions connectTimeout(Duration value) {
        requirePositive("connectTimeout", value);
        return with(copy -> copy.connectTimeout = value);
    }

    /**
     * {@return a changed copy}
     *
     * @param value runs that may be going on or wait for the connection; one more fails with {@code QUEUE_FULL}; default 1024.
     */
    public AgentClientOptions maxRuns(int value) {
        return with(copy -> copy.maxRuns = require("maxRuns", value, 1));
    }

    /**
     * {@return a changed copy}
     *
     * @param value characters of events of one run that may wait for its subscriber, an event that is not text counting 256; what is more
     *              ends the subscription with {@code SUBSCRIBER_TOO_SLOW}, while the run and its result go on; default 1 048 576.
     */
    public AgentClientOptions maxBufferedChars(int value) {
        return with(copy -> copy.maxBufferedChars = require("maxBufferedChars", value, 1));
    }

    /**
     * {@return a changed copy}
     *
     * @param value characters that an answer may have, what the model thinks included; a longer one is cancelled and fails with
     *              {@code ANSWER_TOO_LONG}; default 16 777 216.
     */
    public AgentClientOptions maxAnswerChars(int value) {
        return with(copy -> copy.maxAnswerChars = require("maxAnswerChars", value, 1));
    }

    /**
     * {@return a changed copy}
     *
     * @param value runs subscribers, listeners, approvers, tools and what depends on results; it must take everything it is given; default
     *              threads of the client's own, as many as are busy at once.
     */
    public AgentClientOptions executor(Executor value) {
        return with(copy -> copy.executor = Objects.requireNonNull(value, "executor"));
    }

    /**
     * {@return a changed copy}
     *
     * @param value is told what happens to the client as a whole.
     */
    public AgentClientOptions listener(ClientListener value) {
        return with(copy -> copy.listener = Objects.requireNonNull(value, "listener"));
    }

    /**
     * {@return a changed copy}
     *
     * @param value decides about tool calls that need approval; without one, {@link AgentRun#approve} does, or another viewer.
     */
    public AgentClientOptions approver(ToolApprover value) {
        return with(copy -> copy.approver = Objects.requireNonNull(value, "approver"));
    }

    /**
     * Offers a tool that this client runs, with every prompt.
     *
     * @param value the tool.
     * @return a changed copy.
     */
    public AgentClientOptions tool(ClientTool value) {
        return with(copy -> copy.tools.put(value.name(), value));
    }

    private AgentClientOptions with(Consumer<Values> change) {
        Values copy = new Values(values);
        change.accept(copy);
        return new AgentClientOptions(copy);
    }

    private static int require(String name, int value, int min) {
        if (value < min) {
            throw new IllegalArgumentException(name + " must be at least " + min + ", not " + value);
        }
        return value;
    }

    private static void requirePositive(String name, Duration value) {
        if (value.isZero() || value.isNegative()) {
            throw new IllegalArgumentException(name + " must be more than zero, not " + value);
        }
    }

    WebSocketClient webSocket() {
        return values.webSocket;
    }

    ProxyChooser proxies() {
        return values.proxies;
    }

    Map<String, String> headers() {
        return Collections.unmodifiableMap(values.headers);
    }

    /** @return the source of credentials, or null. */
    Supplier<? extends CompletionStage<String>> token() {
        return values.token;
    }

    boolean isTokenMessage() {
        return values.isTokenMessage;
    }

    Duration firstDelay() {
        return values.firstDelay;
    }

    Duration lastDelay() {
        return values.lastDelay;
    }

    int maxAttempts() {
        return values.maxAttempts;
    }

    boolean isFirstRetried() {
        return values.isFirstRetried;
    }

    Duration connectTimeout() {
        return values.connectTimeout;
    }

    int maxRuns() {
        return values.maxRuns;
    }

    int maxBufferedChars() {
        return values.maxBufferedChars;
    }

    int maxAnswerChars() {
        return values.maxAnswerChars;
    }

    /** @return the executor for callbacks, or null. */
    Executor executor() {
        return values.executor;
    }

    ClientListener listener() {
        return values.listener;
    }

    /** @return the approver, or null. */
    ToolApprover approver() {
        return values.approver;
    }

    Map<String, ClientTool> tools() {
        return Collections.unmodifiableMap(values.tools);
    }

    /** Changed only until it is handed to its options. */
    private static final class Values {
        private WebSocketClient webSocket;
        private ProxyChooser proxies = ProxyChooser.none();
        private final Map<String, String> headers = new LinkedHashMap<>();
        private Supplier<? extends CompletionStage<String>> token;
        private boolean isTokenMessage;
        private Duration firstDelay = Duration.ofMillis(500);
        private Duration lastDelay = Duration.ofSeconds(30);
        private int maxAttempts;
        private boolean isFirstRetried;
        private Duration connectTimeout = Duration.ofSeconds(10);
        private int maxRuns = 1024;
        private int maxBufferedChars = 1024 * 1024;
        private int maxAnswerChars = 16 * 1024 * 1024;
        private Executor executor;
        private ClientListener listener = ClientListener.NONE;
        private ToolApprover approver;
        private final Map<String, ClientTool> tools = new LinkedHashMap<>();

        Values() {
        }

        Values(Values other) {
            webSocket = other.webSocket;
            proxies = other.proxies;
            headers.putAll(other.headers);
            token = other.token;
            isTokenMessage = other.isTokenMessage;
            firstDelay = other.firstDelay;
            lastDelay = other.lastDelay;
            maxAttempts = other.maxAttempts;
            isFirstRetried = other.isFirstRetried;
            connectTimeout = other.connectTimeout;
            maxRuns = other.maxRuns;
            maxBufferedChars = other.maxBufferedChars;
            maxAnswerChars = other.maxAnswerChars;
            executor = other.executor;
            listener = other.listener;
            approver = other.approver;
            tools.putAll(other.tools);
        }
    }
}
