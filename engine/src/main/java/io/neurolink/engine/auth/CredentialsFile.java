package io.neurolink.engine.auth;

import io.neurolink.engine.spi.AuthenticatedUser;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Users or tokens from a file, one a line; empty lines, and those that begin with {@code #}, are passed over.
 *
 * <pre>
 *   ann:pbkdf2-sha256$600000$…$…:admin,ops        a user, for {@link #users}
 *   ann:admin,ops=sha256$9f86d081884c7d65…        a token, for {@link #tokens}
 * </pre>
 *
 * Passwords and tokens may stand there as they are too. The file is looked at again when somebody authenticates, every two seconds at most.
 * One that has changed and cannot be used is complained about in the log, and what was read before stays in use. Who is taken out of the
 * file is let in no more; connections that are open stay until they end, or have to authenticate again. Any thread; blocks for reading.
 *
 * @param <T> what is made of the file.
 */
public final class CredentialsFile<T> {
    private static final Logger LOGGER = System.getLogger("io.neurolink.engine");
    private static final long LOOK_AGAIN_NS = Duration.ofSeconds(2).toNanos();
    private static final long MAX_BYTES = 64L * 1024 * 1024;

    private final Path path;
    private final Function<List<String>, T> reader;
    private final LongSupplier nanoClock;
    private final AtomicReference<Loaded<T>> loaded = new AtomicReference<>();
    private final AtomicLong lookedAtNs;

    private record Stamp(long modifiedMs, long length) {
    }

    private record Loaded<T>(Stamp stamp, T value) {
    }

    private CredentialsFile(Path path, Function<List<String>, T> reader, LongSupplier nanoClock) throws IOException {
        this.path = path;
        this.reader = reader;
        this.nanoClock = nanoClock;
        this.lookedAtNs = new AtomicLong(nanoClock.getAsLong());
        Stamp stamp = stamp();
        loaded.set(new Loaded<>(stamp, read()));
    }

    /**
     * Users and passwords: {@code USER:PASSWORD[:ROLE,ROLE…]}. For {@code AuthConfig.basicAsync}.
     *
     * @param path the file.
     * @return finds the user of a name and a password.
     * @throws IOException if it cannot be read, or a line is malformed; the message names file and line, and holds no secret.
     */
    public static BiFunction<String, String, CompletionStage<AuthenticatedUser>> users(Path path) throws IOException {
        return users(path, System::nanoTime);
    }

    static BiFunction<String, String, CompletionStage<AuthenticatedUser>> users(Path path, LongSupplier nanoClock) throws IOException {
        CredentialsFile<StaticUsers> file = new CredentialsFile<>(path, CredentialsFile::readUsers, nanoClock);
        return (name, password) -> file.value().apply(name, password);
    }

    /**
     * Tokens or API keys: {@code USER[:ROLE,ROLE…]=TOKEN}. For {@code AuthConfig.bearerAsync} and {@code apiKeyAsync}.
     *
     * @param path the file.
     * @return finds the user of a token.
     * @throws IOException if it cannot be read, or a line is malformed; the message names file and line, and holds no secret.
     */
    public static Function<String, CompletionStage<AuthenticatedUser>> tokens(Path path) throws IOException {
        return tokens(path, System::nanoTime);
    }

    static Function<String, CompletionStage<AuthenticatedUser>> tokens(Path path, LongSupplier nanoClock) throws IOException {
        CredentialsFile<StaticTokens> file = new CredentialsFile<>(path, CredentialsFile::readTokens, nanoClock);
        return token -> file.value().apply(token);
    }

    private static StaticUsers readUsers(List<String> lines) {
        List<StaticUsers.Login> logins = new ArrayList<>();
        forEach(lines, line -> {
            StoredCredential stored = StoredCredential.ofUser(line);
            logins.add(new StaticUsers.Login(stored.user(), stored.secret(), stored.authenticated()));
        });
        return new StaticUsers(logins);
    }

    private static StaticTokens readTokens(List<String> lines) {
        Map<String, AuthenticatedUser> users = new LinkedHashMap<>();
        forEach(lines, line -> {
            StoredCredential stored = StoredCredential.ofToken(line);
            TokenHash.digestOfStored(stored.secret());
            if (users.put(stored.secret(), stored.authenticated()) != null) {
                throw new IllegalArgumentException("the token is there already");
            }
        });
        return new StaticTokens(users);
    }

    private static void forEach(List<String> lines, Consumer<String> entry) {
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                try {
                    entry.accept(line);
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException("line " + (i + 1) + ": " + e.getMessage(), e);
                }
            }
        }
    }

    /** What is in the file now, or was there when it could be used last. */
    private T value() {
        long nowNs = nanoClock.getAsLong();
        long beforeNs = lookedAtNs.get();
        if (nowNs - beforeNs >= LOOK_AGAIN_NS && lookedAtNs.compareAndSet(beforeNs, nowNs)) {
            look();
        }
        return loaded.get().value;
    }

    /** One thread at a time. */
    private void look() {
        Loaded<T> before = loaded.get();
        Stamp stamp = null;
        try {
            stamp = stamp();
            if (!stamp.equals(before.stamp)) {
                loaded.set(new Loaded<>(stamp, read()));
            }
        } catch (IOException e) {
            // Once for each state of the file, not once for each look.
            if (stamp == null ? before.stamp != null : !stamp.equals(before.stamp)) {
                loaded.set(new Loaded<>(stamp, before.value));
                LOGGER.log(Level.WARNING, "what was read before stays in use: " + e.getMessage());
            }
        }
    }

    private Stamp stamp() throws IOException {
        try {
            return new Stamp(Files.getLastModifiedTime(path).toMillis(), Files.size(path));
        } catch (NoSuchFileException e) {
            throw new IOException(path + ": there is no such file", e);
        } catch (IOException e) {
            throw new IOException(path + " cannot be read: " + e.getMessage(), e);
        }
    }

    private T read() throws IOException {
        try {
            if (Files.size(path) > MAX_BYTES) {
                throw new IOException(path + " is longer than " + MAX_BYTES + " bytes");
            }
            return reader.apply(Files.readAllLines(path));
        } catch (IllegalArgumentException e) {
            throw new IOException(path + " " + e.getMessage(), e);
        } catch (MalformedInputException e) {
            throw new IOException(path + " is not UTF-8", e);
        }
    }
}
