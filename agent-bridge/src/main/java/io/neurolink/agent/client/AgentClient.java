package io.neurolink.agent.client;

import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.client.WebSocketClient;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;

/**
 * A client of the agent protocol: any number of runs over one connection, which is opened again whenever it is lost. A run goes on from the
 * last event that arrived, so that its events and its text come exactly once; a request that may not have arrived is sent again under the
 * same name, so that it is not served twice.
 *
 * <pre>{@code
 * try (AgentClient client = AgentClient.connect(URI.create("ws://localhost:3000/ws/agent"))) {
 *     System.out.println(client.stream("Hello").text());
 * }
 * }</pre>
 *
 * One client is meant for a whole application: any thread may call any method, and none but {@link #close} blocks. The client has a thread
 * of its own, which never runs code of the application; subscribers, listeners, approvers, tools and what depends on results are called by
 * the executor of the options, and may block. What comes in faster than that thread works is not read from the socket.
 */
public final class AgentClient implements AutoCloseable {
    private static final int MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
    private static final int NORMAL = 1000;
    private static final long IDLE_SECONDS = 30;
    private static final long CLOSE_SECONDS = 10;
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final ClientCore core;
    private final ScheduledExecutorService thread;
    private final ExecutorService ownCallbacks;
    private final WebSocketClient ownWebSocket;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    /** Needs no threads of its own where it is given them all, for tests. */
    AgentClient(AgentClientOptions options, Wire.Opener opener, ScheduledExecutorService thread, Executor callbacks, NanoClock clock,
                DoubleSupplier random) {
        this(options, opener, thread, callbacks, clock, random, null, null);
    }

    private AgentClient(AgentClientOptions options, Wire.Opener opener, ScheduledExecutorService thread, Executor callbacks,
                        NanoClock clock, DoubleSupplier random, ExecutorService ownCallbacks, WebSocketClient ownWebSocket) {
        this.thread = thread;
        this.ownCallbacks = ownCallbacks;
        this.ownWebSocket = ownWebSocket;
        this.core = new ClientCore(options, opener, thread, new Callbacks(callbacks), clock, random);
        core.execute(core::start);
    }

    /**
     * As {@link #connect(URI, AgentClientOptions)} with {@linkplain AgentClientOptions#defaults() defaults}.
     *
     * @param uri address of the agent.
     * @return a client.
     */
    public static AgentClient connect(URI uri) {
        return connect(uri, AgentClientOptions.defaults());
    }

    /**
     * Begins to connect. Requests can be made at once; they wait for the connection.
     *
     * @param uri     address of the agent, {@code ws://} or {@code wss://}.
     * @param options how to.
     * @return a client.
     */
    public static AgentClient connect(URI uri, AgentClientOptions options) {
        String name = "agent-client-" + COUNT.incrementAndGet();
        WebSocketClient own = options.webSocket() != null ? null : WebSocketClient.builder()
                .config(WebSocketConfig.builder().maxMessageSize(MAX_MESSAGE_BYTES).build()).proxies(options.proxies()).build();
        ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(1, daemons(name));
        thread.setRemoveOnCancelPolicy(true);
        ExecutorService callbacks = options.executor() != null ? null
                : new ThreadPoolExecutor(0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(),
                        daemons(name + "-callback"));
        Wire.Opener opener = EngineWire.opener(own == null ? options.webSocket() : own, uri, options.connectTimeout());
        return new AgentClient(options, opener, thread, callbacks == null ? options.executor() : callbacks, SystemNanoClock.INSTANCE,
                () -> ThreadLocalRandom.current().nextDouble(), callbacks, own);
    }

    private static ThreadFactory daemons(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    /** {@return where the client stands} */
    public ClientState state() {
        return core.state();
    }

    /**
     * {@return completes when the client is connected for the first time; fails with an {@link io.neurolink.agent.spi.AgentException} if it
     * is closed, or gives up, before} Completing it changes nothing.
     */
    public CompletableFuture<Void> opened() {
        return core.opened().copy();
    }

    /**
     * Asks for an answer, piece by piece.
     *
     * @param prompt what is asked.
     * @return the run.
     */
    public AgentRun stream(String prompt) {
        return stream(AgentPrompt.of(prompt));
    }

    /**
     * Asks for an answer, piece by piece. Where something is wrong with the request, the run fails.
     *
     * @param prompt what is asked, and how.
     * @return the run.
     */
    public AgentRun stream(AgentPrompt prompt) {
        return new AgentRun(core, start("stream", prompt, new RunEvent.Accepted(prompt.sessionId())));
    }

    /**
     * Asks for an answer in one piece. It can be stopped by {@link #cancel} with the prompt's {@code requestId}.
     *
     * @param prompt what is asked, and how.
     * @return completes as {@link AgentRun#result()}.
     */
    public CompletableFuture<RunResult> generate(AgentPrompt prompt) {
        Exchange exchange = start("generate", prompt, null);
        exchange.feed().forgo();
        return exchange.result().copy();
    }

    private Exchange start(String type, AgentPrompt prompt, RunEvent.Accepted acceptance) {
        String requestId = prompt.requestId() == null ? Requests.newRequestId() : prompt.requestId();
        byte[] request = Requests.start(type, requestId, prompt.payload(core.options().tools().values()));
        return add(new Exchange(core, requestId, request, false, acceptance, 0));
    }

    /**
     * Calls a tool of the server, without the agent.
     *
     * @param toolName its name.
     * @param args     its arguments: a JSON value or record, or null.
     * @return completes with what it returned, a JSON value (Map, List, String, Long, Double, Boolean, null); fails with
     *         {@code TOOL_FAILED} if it failed.
     */
    public CompletableFuture<Object> callTool(String toolName, Object args) {
        String requestId = Requests.newRequestId();
        byte[] request = Requests.start("tool_call", requestId,
                args == null ? Map.of("toolName", toolName) : Map.of("toolName", toolName, "args", args));
        Exchange exchange = add(new Exchange(core, requestId, request, true, null, 0));
        exchange.feed().forgo();
        return exchange.toolResult().copy();
    }

    /**
     * Follows a run that was started elsewhere, by another client of the same user or by this application before it was restarted.
     *
     * @param requestId name of the run.
     * @param after     {@code seq} of the last event that is known already; 0 for all. The result's text begins there too.
     * @return the run; it fails with {@code RESUME_…} if the server cannot go on with it from there.
     */
    public AgentRun attach(String requestId, long after) {
        if (after < 0) {
            throw new IllegalArgumentException("after must not be negative: " + after);
        }
        return new AgentRun(core, add(new Exchange(core, requestId, null, false, null, after)));
    }

    private Exchange add(Exchange exchange) {
        try {
            thread.execute(() -> core.add(exchange));
        } catch (RejectedExecutionException e) {
            exchange.fail(ClientCore.failure("CLOSED", "The client is closed", null));
        }
        return exchange;
    }

    /**
     * Has a run stopped. One that this client does not follow is stopped only while there is a connection.
     *
     * @param requestId name of the run.
     * @param reason    why, or null.
     */
    public void cancel(String requestId, String reason) {
        core.execute(() -> core.cancel(requestId, reason));
    }

    /**
     * Sends a new credential over the connection, where the options have no source of them. What is wrong with it reaches the listener.
     *
     * @param token the credential.
     */
    public void authenticate(String token) {
        core.execute(() -> core.authenticate(token));
    }

    /**
     * Closes the connection, and ends what the client has: runs fail with {@code CLOSED}, on the server they go on. Waits a moment for the
     * connection to end. Later calls do nothing. Not to be called by a handler on an event loop.
     */
    @Override
    public void close() {
        if (!isClosed.compareAndSet(false, true)) {
            return;
        }
        CountDownLatch done = new CountDownLatch(1);
        core.execute(() -> {
            core.close(NORMAL, "");
            done.countDown();
        });
        thread.shutdown();
        awaitQuietly(done);
        if (ownWebSocket != null) {
            ownWebSocket.close();
        }
        if (ownCallbacks != null) {
            ownCallbacks.shutdown();
        }
    }

    private void awaitQuietly(CountDownLatch done) {
        try {
            if (ownWebSocket != null || ownCallbacks != null) {
                done.await(CLOSE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
