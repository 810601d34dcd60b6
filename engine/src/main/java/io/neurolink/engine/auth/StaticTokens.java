package io.neurolink.engine.auth;

import io.neurolink.engine.spi.AuthenticatedUser;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** A fixed set of tokens or API keys. Every lookup compares with all of them, so its time does not tell how close a guess came. */
public final class StaticTokens implements Function<String, CompletionStage<AuthenticatedUser>> {
    private record Entry(byte[] digest, AuthenticatedUser user) {
    }

    private final SecretDigests digests = new SecretDigests();
    private final List<Entry> entries;

    /**
     * @param users who each token belongs to.
     * @throws IllegalArgumentException if a token is empty.
     */
    public StaticTokens(Map<String, AuthenticatedUser> users) {
        if (users.containsKey("")) {
            throw new IllegalArgumentException("a token must not be empty");
        }
        entries = users.entrySet().stream().map(entry -> new Entry(digests.digest(entry.getKey()), entry.getValue())).toList();
    }

    @Override
    public CompletionStage<AuthenticatedUser> apply(String token) {
        byte[] digest = digests.digest(token);
        AuthenticatedUser found = null;
        for (Entry entry : entries) {
            if (SecretDigests.isEqual(entry.digest, digest)) {
                found = entry.user;
            }
        }
        return CompletableFuture.completedFuture(found);
    }

    /** How many; no token, no user. */
    @Override
    public String toString() {
        return "StaticTokens[" + entries.size() + "]";
    }
}
