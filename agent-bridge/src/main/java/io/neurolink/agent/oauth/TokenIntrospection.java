package io.neurolink.agent.oauth;

import io.neurolink.engine.spi.AuthUnavailableException;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import javax.net.ssl.SSLContext;

/**
 * Tells whose an opaque bearer token is by asking the authorization server (RFC 7662): a validator for {@code AuthConfig.bearerAsync}.
 *
 * <pre>{@code
 * var tokens = TokenIntrospection.at(URI.create("https://id.example.com/oauth2/introspect"))
 *         .client("chat", System.getenv("CHAT_SECRET")).audience("chat").build();
 * WebSocketConfig.builder().auth(AuthConfig.bearerAsync(tokens).build())
 * }</pre>
 *
 * The user's id is {@code sub}, or {@code username}, or {@code client_id}, whichever is there first; {@code scope} becomes the permissions,
 * {@code exp} the {@link AuthenticatedUser#expiresAt}. Answers are remembered for a short time. There is one question at a time about a
 * token, however many connections bring it, and a limited number about all; those beyond wait, for a limited time. While the server cannot
 * be asked, its answer makes no sense, or too many wait, the stage fails with an {@link AuthUnavailableException}: a client that comes with
 * a good token is told 503 then, not 401. Any thread; does not block. No token and no secret is in anything it prints or throws, and tokens
 * are remembered as salted digests only.
 */
public final class TokenIntrospection implements Function<String, CompletionStage<AuthenticatedUser>> {
    private static final int MAX_TOKEN_LENGTH = 16 * 1024;
    private static final int MAX_WAITING = 10_000;
    private static final int SALT_LENGTH = 32;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

    private final URI url;
    private final IntrospectionClient client;
    private final IntrospectedUser users;
    private final long keepMs;
    private final long keepInactiveMs;
    private final long maxWaitMs;
    private final Clock clock;
    private final byte[] salt = new byte[SALT_LENGTH];

    /** Apart, so that whoever sends made-up tokens does not drive out what is known of good ones. */
    private final TokenCache active;
    private final TokenCache inactive;
    private final Map<ByteBuffer, CompletableFuture<AuthenticatedUser>> asked = new ConcurrentHashMap<>();
    private final Semaphore questions;
    private final Semaphore places = new Semaphore(MAX_WAITING);
    private final ConcurrentLinkedQueue<Question> waiting = new ConcurrentLinkedQueue<>();

    private final LongAdder requests = new LongAdder();
    private final LongAdder hits = new LongAdder();
    private final LongAdder joined = new LongAdder();
    private final LongAdder rejected = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder refused = new LongAdder();

    private record Question(ByteBuffer key, String token, long sinceMs, CompletableFuture<AuthenticatedUser> answer) {
        /** Without the token. */
        @Override
        public String toString() {
            return "Question[since=" + sinceMs + "]";
        }
    }

    private TokenIntrospection(Builder builder) {
        this.url = builder.url;
        this.client = new IntrospectionClient(builder.url, builder.clientId, builder.clientSecret, builder.connectTimeout,
                builder.requestTimeout, builder.maxAnswerBytes, builder.sslContext);
        this.users = new IntrospectedUser(builder.issuer, builder.audience, builder.rolesClaim);
        this.keepMs = builder.keepFor.toMillis();
        this.keepInactiveMs = builder.keepInactiveFor.toMillis();
        this.maxWaitMs = builder.requestTimeout.toMillis();
        this.clock = builder.clock;
        this.active = new TokenCache(builder.cacheSize);
        this.inactive = new TokenCache(builder.cacheSize);
        this.questions = new Semaphore(builder.maxConcurrent);
        new SecureRandom().nextBytes(salt);
    }

    /**
     * Starts to describe an introspection endpoint.
     *
     * @param url of the endpoint: {@code https}, or {@code http} to this machine.
     * @return a builder.
     * @throws IllegalArgumentException if it is no such URL.
     */
    public static Builder at(URI url) {
        boolean isHere = url.getHost() != null && url.getHost().matches("localhost|127\\.0\\.0\\.1|\\[::1]");
        boolean isSafe = "https".equals(url.getScheme()) && url.getHost() != null || "http".equals(url.getScheme()) && isHere;
        if (!isSafe || url.getUserInfo() != null || url.getFragment() != null) {
            throw new IllegalArgumentException(
                    "the introspection endpoint must be https:// (or http://localhost), with no user and no fragment");
        }
        return new Builder(url);
    }

    /**
     * Asks about a token, or remembers.
     *
     * @param token the token.
     * @return completes with whose it is, or with null if it is not active or not for this server; fails with an
     *         {@link AuthUnavailableException} if that cannot be said.
     */
    @Override
    public CompletionStage<AuthenticatedUser> apply(String token) {
        if (token.isEmpty() || token.length() > MAX_TOKEN_LENGTH) {
            rejected.increment();
            return CompletableFuture.completedFuture(null);
        }
        ByteBuffer key = keyOf(token);
        TokenCache.Entry known = remembered(key);
        if (known != null) {
            hits.increment();
            return CompletableFuture.completedFuture(known.user());
        }
        CompletableFuture<AuthenticatedUser> answer = new CompletableFuture<>();
        CompletableFuture<AuthenticatedUser> before = asked.putIfAbsent(key, answer);
        if (before != null) {
            joined.increment();
            return before.minimalCompletionStage();
        }
        ask(new Question(key, token, clock.millis(), answer));
        return answer.minimalCompletionStage();
    }

    private TokenCache.Entry remembered(ByteBuffer key) {
        long nowMs = clock.millis();
        TokenCache.Entry good = active.find(key, nowMs);
        return good != null ? good : inactive.find(key, nowMs);
    }

    private ByteBuffer keyOf(String token) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(salt);
            return ByteBuffer.wrap(sha256.digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    private void ask(Question question) {
        if (places.tryAcquire()) {
            waiting.add(question);
            askNext();
        } else {
            refuse(question);
        }
    }

    /** As many as there may be at once. */
    private void askNext() {
        while (!waiting.isEmpty() && questions.tryAcquire()) {
            Question next = waiting.poll();
            if (next == null) {
                questions.release();
            } else {
                places.release();
                begin(next);
            }
        }
    }

    private void begin(Question question) {
        if (clock.millis() - question.sinceMs > maxWaitMs) {
            questions.release();
            refuse(question);
            return;
        }
        requests.increment();
        client.ask(question.token).thenApply(users::of).whenComplete((user, error) -> {
            questions.release();
            conclude(question, user, error);
            askNext();
        });
    }

    private void refuse(Question question) {
        refused.increment();
        fail(question, new AuthUnavailableException("Too many tokens are being checked", RETRY_AFTER, null));
    }

    private void conclude(Question question, AuthenticatedUser user, Throwable error) {
        if (error != null) {
            failures.increment();
            Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
            fail(question, new AuthUnavailableException("The token cannot be checked at present", RETRY_AFTER, cause));
            return;
        }
        remember(question.key, user);
        asked.remove(question.key);
        question.answer.complete(user);
    }

    private void fail(Question question, AuthUnavailableException failure) {
        asked.remove(question.key);
        question.answer.completeExceptionally(failure);
    }

    private void remember(ByteBuffer key, AuthenticatedUser user) {
        long nowMs = clock.millis();
        if (user == null) {
            rejected.increment();
            inactive.put(key, new TokenCache.Entry(null, nowMs + keepInactiveMs));
        } else {
            active.put(key, new TokenCache.Entry(user, Math.min(nowMs + keepMs, user.expiresAtMs())));
        }
    }

    /**
     * What happened since the start. The names:
     * <ul>
     * <li>{@code introspection.requests}: questions sent; {@code introspection.failures}: of these, without an answer that is in order;
     * <li>{@code introspection.cache_hits}, {@code introspection.joined}: tokens for which none was needed, since the answer was known, or
     *     had been asked for;
     * <li>{@code introspection.rejected}: tokens found to be good for nothing;
     * <li>{@code introspection.refused}: tokens not asked about, because too many were.
     * </ul>
     *
     * @return the counters by name. Any thread.
     */
    public Map<String, Long> counters() {
        Map<String, Long> counters = new LinkedHashMap<>();
        counters.put("introspection.requests", requests.sum());
        counters.put("introspection.cache_hits", hits.sum());
        counters.put("introspection.joined", joined.sum());
        counters.put("introspection.rejected", rejected.sum());
        counters.put("introspection.failures", failures.sum());
        counters.put("introspection.refused", refused.sum());
        return counters;
    }

    /** Where it asks. */
    @Override
    public String toString() {
        return "TokenIntrospection[" + url + "]";
    }

    /** Collects what an introspection needs. Not safe for use by several threads. */
    public static final class Builder {
        private final URI url;
        private String clientId;
        private String clientSecret;
        private String issuer;
        private String audience;
        private String rolesClaim = "roles";
        private Duration connectTimeout = Duration.ofSeconds(1);
        private Duration requestTimeout = Duration.ofSeconds(3);
        private Duration keepFor = Duration.ofSeconds(60);
        private Duration keepInactiveFor = Duration.ofSeconds(10);
        private int cacheSize = 10_000;
        private int maxConcurrent = 32;
        private int maxAnswerBytes = 64 * 1024;
        private SSLContext sslContext;
        private Clock clock = Clock.systemUTC();

        private Builder(URI url) {
            this.url = url;
        }

        /**
         * As whom the endpoint is asked, by HTTP Basic (RFC 6749, section 2.3.1). Required.
         *
         * @param id     the client's id.
         * @param secret the client's secret.
         * @return this.
         */
        public Builder client(String id, String secret) {
            clientId = Objects.requireNonNull(id, "id");
            clientSecret = Objects.requireNonNull(secret, "secret");
            return this;
        }

        /**
         * Sets the issuer.
         *
         * @param value what {@code iss} must be; null (the default) = anything, also nothing.
         * @return this.
         */
        public Builder issuer(String value) {
            issuer = value;
            return this;
        }

        /**
         * Sets the audience.
         *
         * @param value what {@code aud} must be or contain; null (the default) = anything, also nothing.
         * @return this.
         */
        public Builder audience(String value) {
            audience = value;
            return this;
        }

        /**
         * Sets the roles claim.
         *
         * @param value field that holds the roles; a dot leads into an object, as in {@code realm_access.roles}. {@code roles} by default.
         * @return this.
         */
        public Builder rolesClaim(String value) {
            rolesClaim = Objects.requireNonNull(value, "rolesClaim");
            return this;
        }

        /**
         * Sets the connect timeout.
         *
         * @param value time to connect, 1 ms to 1 minute; 1 s by default.
         * @return this.
         */
        public Builder connectTimeout(Duration value) {
            connectTimeout = checked("connectTimeout", value, Duration.ofMillis(1), Duration.ofMinutes(1));
            return this;
        }

        /**
         * Sets the request timeout.
         *
         * @param value time for a whole answer, and the longest that a token waits to be asked about, 1 ms to 1 minute; 3 s by default.
         *     Keep it below {@code AuthConfig}'s timeout.
         * @return this.
         */
        public Builder requestTimeout(Duration value) {
            requestTimeout = checked("requestTimeout", value, Duration.ofMillis(1), Duration.ofMinutes(1));
            return this;
        }

        /**
         * Sets the keep for.
         *
         * @param value how long an active token is believed without being asked about again, though never beyond its {@code exp}; 0 to 1
         *     hour, 60 s by default. A token that is revoked is let in until then.
         * @return this.
         */
        public Builder keepFor(Duration value) {
            keepFor = checked("keepFor", value, Duration.ZERO, Duration.ofHours(1));
            return this;
        }

        /**
         * Sets the keep inactive for.
         *
         * @param value how long one that is not active is refused without being asked about again; 0 to 1 hour, 10 s by default.
         * @return this.
         */
        public Builder keepInactiveFor(Duration value) {
            keepInactiveFor = checked("keepInactiveFor", value, Duration.ZERO, Duration.ofHours(1));
            return this;
        }

        /**
         * Sets the cache size.
         *
         * @param value how many active tokens are remembered, and how many others; 2 to 10 million, 10,000 by default.
         * @return this.
         */
        public Builder cacheSize(int value) {
            cacheSize = checked("cacheSize", value, 2, 10_000_000);
            return this;
        }

        /**
         * Limits the concurrent.
         *
         * @param value questions at once, 1 to 10,000; 32 by default. Others wait, up to 10,000 and {@link #requestTimeout}.
         * @return this.
         */
        public Builder maxConcurrent(int value) {
            maxConcurrent = checked("maxConcurrent", value, 1, 10_000);
            return this;
        }

        /**
         * Limits the answer bytes.
         *
         * @param value length of an answer, 1 KiB to 16 MiB; 64 KiB by default. A longer one counts as none.
         * @return this.
         */
        public Builder maxAnswerBytes(int value) {
            maxAnswerBytes = checked("maxAnswerBytes", value, 1024, 16 * 1024 * 1024);
            return this;
        }

        /**
         * Sets the ssl context.
         *
         * @param value whom to trust, and what to show, in TLS; null (the default) = what the JDK does.
         * @return this.
         */
        public Builder sslContext(SSLContext value) {
            sslContext = value;
            return this;
        }

        Builder clock(Clock value) {
            clock = value;
            return this;
        }

        /**
         * {@return the validator}
         *
         * @throws IllegalArgumentException if there is no {@link #client}.
         */
        public TokenIntrospection build() {
            if (clientId == null || clientId.isEmpty()) {
                throw new IllegalArgumentException("client is required: an endpoint answers nobody it does not know");
            }
            return new TokenIntrospection(this);
        }

        private static Duration checked(String name, Duration value, Duration min, Duration max) {
            if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
                throw new IllegalArgumentException(name + " must be " + min + " to " + max + ", not " + value);
            }
            return value;
        }

        private static int checked(String name, int value, int min, int max) {
            if (value < min || value > max) {
                throw new IllegalArgumentException(name + " must be " + min + " to " + max + ", not " + value);
            }
            return value;
        }
    }
}
