package io.neurolink.engine.auth;

import io.neurolink.engine.spi.AuthenticatedUser;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;

/**
 * A fixed set of users with passwords. Name and password are compared together and with all entries, so the time of a lookup does not tell
 * whether a name exists.
 */
public final class StaticUsers implements BiFunction<String, String, CompletionStage<AuthenticatedUser>> {
    /**
     * One user.
     *
     * @param name     the name to log in with, without a colon
     * @param password the password, not empty
     * @param user     who that is
     */
    public record Login(String name, String password, AuthenticatedUser user) {
        /** @throws IllegalArgumentException if the name is empty or holds a colon, or the password is empty. */
        public Login {
            if (name.isEmpty() || name.indexOf(':') >= 0 || password.isEmpty()) {
                throw new IllegalArgumentException("a login needs a name without a colon, and a password");
            }
        }

        /** Without the password. */
        @Override
        public String toString() {
            return "Login[" + name + "]";
        }
    }

    private record Entry(byte[] digest, AuthenticatedUser user) {
    }

    private final SecretDigests digests = new SecretDigests();
    private final List<Entry> entries = new ArrayList<>();

    /**
     * @param logins the users.
     * @throws IllegalArgumentException if a name is there twice.
     */
    public StaticUsers(List<Login> logins) {
        var names = new HashSet<String>();
        for (Login login : logins) {
            if (!names.add(login.name)) {
                throw new IllegalArgumentException("login given twice: " + login.name);
            }
            entries.add(new Entry(digest(login.name, login.password), login.user));
        }
    }

    private byte[] digest(String name, String password) {
        return digests.digest(name + ":" + password);
    }

    @Override
    public CompletionStage<AuthenticatedUser> apply(String name, String password) {
        byte[] digest = digest(name, password);
        AuthenticatedUser found = null;
        for (Entry entry : entries) {
            if (SecretDigests.isEqual(entry.digest, digest)) {
                found = entry.user;
            }
        }
        return CompletableFuture.completedFuture(found);
    }

    /** How many; no name, no password. */
    @Override
    public String toString() {
        return "StaticUsers[" + entries.size() + "]";
    }
}
