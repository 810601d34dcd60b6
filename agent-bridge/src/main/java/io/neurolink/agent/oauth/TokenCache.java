package io.neurolink.agent.oauth;

import io.neurolink.engine.spi.AuthenticatedUser;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Remembers what was said about tokens, for a time, in bounded memory: two generations, of which the elder is dropped when the younger is
 * full. Any thread.
 */
final class TokenCache {
    private final int generationSize;
    private final AtomicReference<Generations> generations = new AtomicReference<>(new Generations(Map.of(), new ConcurrentHashMap<>()));

    /**
     * @param user   null if the token is good for nothing
     * @param endsMs until when this may be believed
     */
    record Entry(AuthenticatedUser user, long endsMs) {
    }

    private record Generations(Map<ByteBuffer, Entry> elder, Map<ByteBuffer, Entry> younger) {
    }

    /**
     * @param capacity how many are remembered at most, at least 2.
     */
    TokenCache(int capacity) {
        generationSize = capacity / 2;
    }

    /** @return null if nothing is known, or not any more. */
    Entry find(ByteBuffer key, long nowMs) {
        Generations now = generations.get();
        Entry entry = now.younger.getOrDefault(key, now.elder.get(key));
        return entry != null && nowMs < entry.endsMs ? entry : null;
    }

    void put(ByteBuffer key, Entry entry) {
        Generations now = generations.get();
        if (now.younger.size() >= generationSize && !now.younger.containsKey(key)) {
            generations.compareAndSet(now, new Generations(now.younger, new ConcurrentHashMap<>()));
        }
        generations.get().younger.put(key, entry);
    }

    int size() {
        Generations now = generations.get();
        return now.elder.size() + now.younger.size();
    }
}
