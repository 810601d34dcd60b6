package io.neurolink.engine.auth;

import io.neurolink.engine.spi.AuthenticatedUser;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;

/**
 * A fixed set of users with passwords, each given as it is or as a {@link PasswordHash}. Hashes are compared on few threads of their own;
 * as long as there is one, every wrong login takes as long as the slowest of them, whether the user exists or not. A login that was right
 * once is recognised by a fast digest, made with a salt that nobody knows, so that those who come back all at once need not wait.
 */
public final class StaticUsers implements BiFunction<String, String, CompletionStage<AuthenticatedUser>> {
    /**
     * One user.
     *
     * @param name     the name to log in with, without a colon
     * @param password the password or its {@link PasswordHash}, not empty
     * @param user     who that is
     */
    public record Login(String name, String password, AuthenticatedUser user) {
        /**
         * Checks what is given.
         *
         * @throws IllegalArgumentException if the name is empty or holds a colon, or the password is empty or a malformed hash.
         */
        public Login {
            if (name.isEmpty() || name.indexOf(':') >= 0 || password.isEmpty()) {
                throw new IllegalArgumentException("a login needs a name without a colon, and a password");
            }
            if (PasswordHash.isHash(password)) {
                PasswordHash.parse(password);
            }
        }

        /** Without the password. */
        @Override
        public String toString() {
            return "Login[" + name + "]";
        }
    }

    /**
     * @param hash  null if the password is known.
     * @param known digest of name and password: at once where the password was given, else after the first right login.
     */
    private record Entry(PasswordHash hash, AtomicReference<byte[]> known, AuthenticatedUser user) {
        int iterations() {
            return hash == null ? 0 : hash.iterations();
        }
    }

    private final SecretDigests digests = new SecretDigests();
    /** Compared with where there is nobody, and equal to nothing. */
    private final byte[] nothing = new byte[digests.digest("").length];
    private final Map<String, Entry> entries = new HashMap<>();
    private final PasswordChecks checks;
    private final int iterations;

    /**
     * Creates it.
     *
     * @param logins the users.
     * @throws IllegalArgumentException if a name is there twice.
     */
    public StaticUsers(List<Login> logins) {
        this(logins, PasswordChecks.SHARED);
    }

    StaticUsers(List<Login> logins, PasswordChecks checks) {
        for (Login login : logins) {
            if (entries.put(login.name, entry(login)) != null) {
                throw new IllegalArgumentException("login given twice: " + login.name);
            }
        }
        this.checks = checks;
        this.iterations = entries.values().stream().mapToInt(Entry::iterations).max().orElse(0);
    }

    private Entry entry(Login login) {
        boolean isHash = PasswordHash.isHash(login.password);
        return new Entry(isHash ? PasswordHash.parse(login.password) : null,
                new AtomicReference<>(isHash ? nothing : digest(login.name, login.password)), login.user);
    }

    private byte[] digest(String name, String password) {
        return digests.digest(name + ":" + password);
    }

    @Override
    public CompletionStage<AuthenticatedUser> apply(String name, String password) {
        Entry entry = entries.get(name);
        byte[] digest = digest(name, password);
        boolean isKnown = SecretDigests.isEqual(entry == null ? nothing : entry.known.get(), digest);
        if (isKnown && entry != null) {
            return CompletableFuture.completedFuture(entry.user);
        }
        return iterations == 0 ? CompletableFuture.completedFuture(null) : checks.submit(() -> check(entry, password, digest));
    }

    /** Slow. */
    private AuthenticatedUser check(Entry entry, String password, byte[] digest) {
        if (entry != null && entry.hash != null) {
            if (SecretDigests.isEqual(entry.known.get(), digest)) {
                return entry.user;
            }
            if (entry.hash.matches(password)) {
                entry.known.set(digest);
                return entry.user;
            }
        }
        PasswordHash.burn(password, iterations - (entry == null ? 0 : entry.iterations()));
        return null;
    }

    /** How many; no name, no password. */
    @Override
    public String toString() {
        return "StaticUsers[" + entries.size() + "]";
    }
}
