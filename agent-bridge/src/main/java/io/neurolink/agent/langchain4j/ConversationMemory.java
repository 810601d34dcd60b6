package io.neurolink.agent.langchain4j;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.ChatMemoryProvider;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.memory.chat.TokenWindowChatMemory;
import dev.langchain4j.model.TokenCountEstimator;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * What was said before in each session. A session belongs to the user whose connection named it; sessions of anonymous connections belong
 * to whoever knows their name. Bounded in every direction: each session by LangChain4j's {@link ChatMemory}, the number of sessions, of one
 * user and in all, their age, and their bytes. What was used longest ago goes first. Safe for use by several threads.
 *
 * <p>A turn enters as a whole when it has ended, so runs of one session that overlap each see what had ended when they began, and neither
 * tears the other's turn apart.
 */
public final class ConversationMemory {
    private static final int MAX_MESSAGES = 40;
    private static final int MAX_SESSIONS = 1000;
    private static final int MAX_SESSIONS_OF_USER = 100;
    private static final long MAX_BYTES = 64L * 1024 * 1024;
    private static final Duration TIME_TO_LIVE = Duration.ofHours(1);

    /** Name of a session and whose it is; the owner is null for anonymous connections. */
    private record Key(String user, String sessionId) {
        /** For stores of the user's own: no two sessions have the same, whatever characters their names have. */
        String memoryId() {
            return user == null ? "anonymous/" + sessionId : "user/" + user.length() + "/" + user + "/" + sessionId;
        }
    }

    private static final class Session {
        private final ChatMemory memory;
        private final ReentrantLock lock = new ReentrantLock();
        private long lastUsedNs;
        private long bytes;

        Session(ChatMemory memory) {
            this.memory = memory;
        }
    }

    private final ChatMemoryProvider provider;
    private final boolean isBlocking;
    private final int maxSessions;
    private final int maxSessionsOfUser;
    private final long maxBytes;
    private final long timeToLiveNs;
    private final LongSupplier nanoClock;
    private final ReentrantLock lock = new ReentrantLock();
    /** Ordered by last use, oldest first. Guarded by the lock, as the numbers of its sessions are. */
    private final Map<Key, Session> sessions = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    private ConversationMemory(Builder builder) {
        provider = builder.provider;
        isBlocking = builder.isBlocking;
        maxSessions = builder.maxSessions;
        maxSessionsOfUser = builder.maxSessionsOfUser;
        maxBytes = builder.maxBytes;
        timeToLiveNs = builder.timeToLive.toNanos();
        nanoClock = builder.nanoClock;
    }

    /** {@return a builder with the defaults: 40 messages, 1000 sessions, 100 of one user, an hour, 64 MiB} */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return a memory with the defaults} */
    public static ConversationMemory create() {
        return builder().build();
    }

    /**
     * What was said in a session.
     *
     * @param user      whose session, or null.
     * @param sessionId its name.
     * @return the messages, oldest first; none for a session that is new or forgotten.
     */
    List<ChatMessage> history(AuthenticatedUser user, String sessionId) {
        Session session = session(keyOf(user, sessionId), isBlocking);
        if (session == null) {
            return List.of();
        }
        session.lock.lock();
        try {
            return new ArrayList<>(session.memory.messages());
        } finally {
            session.lock.unlock();
        }
    }

    /**
     * Adds a turn.
     *
     * @param replaces whether it is the whole conversation instead.
     * @param turn     the messages, oldest first.
     */
    void append(AuthenticatedUser user, String sessionId, boolean replaces, List<ChatMessage> turn) {
        Key key = keyOf(user, sessionId);
        Session session = session(key, true);
        long newBytes;
        session.lock.lock();
        try {
            if (replaces) {
                session.memory.clear();
            }
            turn.forEach(session.memory::add);
            newBytes = session.memory.messages().stream().mapToLong(ModelMessages::sizeOf).sum();
        } finally {
            session.lock.unlock();
        }
        account(key, session, newBytes);
    }

    private static Key keyOf(AuthenticatedUser user, String sessionId) {
        return new Key(user == null ? null : user.id(), sessionId);
    }

    /** What is only looked for makes no session, so that asking costs nobody his place; a store of the user's own may know it, though. */
    private Session session(Key key, boolean isMade) {
        lock.lock();
        try {
            long nowNs = nanoClock.getAsLong();
            forgetOld(nowNs);
            Session session = sessions.get(key);
            if (session == null && !isMade) {
                return null;
            }
            if (session == null) {
                makeRoom(key);
                session = new Session(provider.get(key.memoryId()));
                sessions.put(key, session);
            }
            session.lastUsedNs = nowNs;
            return session;
        } finally {
            lock.unlock();
        }
    }

    private void forgetOld(long nowNs) {
        Iterator<Session> oldest = sessions.values().iterator();
        while (oldest.hasNext()) {
            Session session = oldest.next();
            if (nowNs - session.lastUsedNs < timeToLiveNs) {
                return;
            }
            bytes -= session.bytes;
            oldest.remove();
        }
    }

    private void makeRoom(Key newcomer) {
        int ofUser = 0;
        Key oldestOfUser = null;
        if (newcomer.user() != null) {
            for (Key key : sessions.keySet()) {
                if (newcomer.user().equals(key.user())) {
                    oldestOfUser = oldestOfUser == null ? key : oldestOfUser;
                    ofUser++;
                }
            }
        }
        if (ofUser >= maxSessionsOfUser) {
            forget(oldestOfUser);
        } else if (sessions.size() >= maxSessions) {
            forget(sessions.keySet().iterator().next());
        }
    }

    private void forget(Key key) {
        bytes -= sessions.remove(key).bytes;
    }

    /** A session that was forgotten while its run went on is not counted: nobody will find it again. */
    private void account(Key key, Session session, long newBytes) {
        lock.lock();
        try {
            if (sessions.get(key) != session) {
                return;
            }
            bytes += newBytes - session.bytes;
            session.bytes = newBytes;
            while (bytes > maxBytes) {
                forget(sessions.keySet().iterator().next());
            }
        } finally {
            lock.unlock();
        }
    }

    /** {@return sessions that are remembered} Any thread. */
    public int sessionCount() {
        lock.lock();
        try {
            return sessions.size();
        } finally {
            lock.unlock();
        }
    }

    /** {@return about how many bytes they take} Any thread. */
    public long bytes() {
        lock.lock();
        try {
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    /** @return whether asking it may block. */
    boolean isBlocking() {
        return isBlocking;
    }

    /** Sets the bounds. Not safe for use by several threads. */
    public static final class Builder {
        private ChatMemoryProvider provider = id -> MessageWindowChatMemory.builder().id(id).maxMessages(MAX_MESSAGES).build();
        private boolean isBlocking;
        private int maxSessions = MAX_SESSIONS;
        private int maxSessionsOfUser = MAX_SESSIONS_OF_USER;
        private long maxBytes = MAX_BYTES;
        private Duration timeToLive = TIME_TO_LIVE;
        private LongSupplier nanoClock = System::nanoTime;

        private Builder() {
        }

        /**
         * Keeps the last messages of each session.
         *
         * @param value messages, at least 1; those of a tool count.
         * @return this.
         */
        public Builder maxMessages(int value) {
            requirePositive("maxMessages", value);
            provider = id -> MessageWindowChatMemory.builder().id(id).maxMessages(value).build();
            isBlocking = false;
            return this;
        }

        /**
         * Keeps the last messages of each session that have no more than so many tokens together.
         *
         * @param value     tokens, at least 1.
         * @param estimator counts them.
         * @return this.
         */
        public Builder maxTokens(int value, TokenCountEstimator estimator) {
            requirePositive("maxTokens", value);
            Objects.requireNonNull(estimator, "estimator");
            provider = id -> TokenWindowChatMemory.builder().id(id).maxTokens(value, estimator).build();
            isBlocking = true;
            return this;
        }

        /**
         * Keeps sessions as you like, in a {@code ChatMemoryStore} for example. A session that is forgotten here is asked for again when it
         * is used again.
         *
         * @param value makes the memory of a session; its id is a text that is different for each user and session. It may block.
         * @return this.
         */
        public Builder provider(ChatMemoryProvider value) {
            provider = Objects.requireNonNull(value, "provider");
            isBlocking = true;
            return this;
        }

        /**
         * Limits the sessions.
         *
         * @param value sessions that are kept, at least 1.
         * @return this.
         */
        public Builder maxSessions(int value) {
            requirePositive("maxSessions", value);
            maxSessions = value;
            return this;
        }

        /**
         * Limits the sessions of user.
         *
         * @param value sessions of one authenticated user that are kept, at least 1.
         * @return this.
         */
        public Builder maxSessionsOfUser(int value) {
            requirePositive("maxSessionsOfUser", value);
            maxSessionsOfUser = value;
            return this;
        }

        /**
         * Limits the bytes.
         *
         * @param value bytes of all messages, about; at least 1.
         * @return this.
         */
        public Builder maxBytes(long value) {
            requirePositive("maxBytes", value);
            maxBytes = value;
            return this;
        }

        /**
         * Sets the time to live.
         *
         * @param value how long a session that nobody uses is kept.
         * @return this.
         */
        public Builder timeToLive(Duration value) {
            requirePositive("timeToLive", TimeUnit.NANOSECONDS.convert(value));
            timeToLive = value;
            return this;
        }

        Builder nanoClock(LongSupplier value) {
            nanoClock = value;
            return this;
        }

        /** {@return the memory} */
        public ConversationMemory build() {
            return new ConversationMemory(this);
        }

        private static void requirePositive(String name, long value) {
            if (value <= 0) {
                throw new IllegalArgumentException(name + " must be positive, not " + value);
            }
        }
    }
}
