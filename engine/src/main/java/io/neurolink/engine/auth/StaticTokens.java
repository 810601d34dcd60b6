package io.neurolink.engine.auth;

import io.neurolink.engine.spi.AuthenticatedUser;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * A fixed set of tokens or API keys, given as they are or as a {@link TokenHash}. What is looked up is a digest with a salt that nobody
 * outside knows, so the time of a lookup does not tell how close a guess came.
 */
public final class StaticTokens implements Function<String, CompletionStage<AuthenticatedUser>> {
    private final SecretDigests digests = new SecretDigests();
    private final Map<ByteBuffer, AuthenticatedUser> users = new HashMap<>();

    /**
     * Creates it.
     *
     * @param users who each token, or the token of each hash, belongs to.
     * @throws IllegalArgumentException if a token is empty, or a hash is malformed, or both forms of one token are given.
     */
    public StaticTokens(Map<String, AuthenticatedUser> users) {
        users.forEach((token, user) -> {
            if (token.isEmpty()) {
                throw new IllegalArgumentException("a token must not be empty");
            }
            if (this.users.put(keyOf(TokenHash.digestOfStored(token)), user) != null) {
                throw new IllegalArgumentException("a token of " + user.id() + " is given twice");
            }
        });
    }

    private ByteBuffer keyOf(byte[] digest) {
        return ByteBuffer.wrap(digests.digest(digest));
    }

    @Override
    public CompletionStage<AuthenticatedUser> apply(String token) {
        return CompletableFuture.completedFuture(users.get(keyOf(TokenHash.digest(token))));
    }

    /** How many; no token, no user. */
    @Override
    public String toString() {
        return "StaticTokens[" + users.size() + "]";
    }
}
