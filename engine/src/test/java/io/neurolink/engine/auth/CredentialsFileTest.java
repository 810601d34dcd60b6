package io.neurolink.engine.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.spi.AuthenticatedUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CredentialsFileTest {
    private final AtomicLong nowNs = new AtomicLong();
    private long modifiedMs = 1_000_000_000_000L;

    @TempDir
    private Path folder;
    private Path file;

    @BeforeEach
    void setUp() {
        file = folder.resolve("credentials");
    }

    /** Each version has a time of its own, as it would after some milliseconds. */
    private void write(String text) throws IOException {
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, FileTime.fromMillis(modifiedMs++));
    }

    private void pass(long seconds) {
        nowNs.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
    }

    private static AuthenticatedUser in(CompletionStage<AuthenticatedUser> stage) {
        return stage.toCompletableFuture().join();
    }

    @Test
    void shouldReadUsers() throws IOException {
        write("# people\n\n  ann:" + PasswordHash.of("pw", 1000).encoded() + ":admin,ops\r\nbob:plain\n");
        BiFunction<String, String, CompletionStage<AuthenticatedUser>> users = CredentialsFile.users(file, nowNs::get);
        assertEquals(Set.of("admin", "ops"), in(users.apply("ann", "pw")).roles());
        assertEquals(AuthenticatedUser.of("bob"), in(users.apply("bob", "plain")));
        assertNull(in(users.apply("bob", "pw")));
        assertNull(in(users.apply("# people", "")));
    }

    @Test
    void shouldReadTokens() throws IOException {
        write("#\nann:admin=" + TokenHash.of("t0k") + "\nbob=a=b");
        Function<String, CompletionStage<AuthenticatedUser>> tokens = CredentialsFile.tokens(file, nowNs::get);
        assertEquals(AuthenticatedUser.of("ann").withRoles("admin"), in(tokens.apply("t0k")));
        assertEquals(AuthenticatedUser.of("bob"), in(tokens.apply("a=b")));
        assertNull(in(tokens.apply("b")));
    }

    @Test
    void shouldFollowTheFileEveryTwoSeconds() throws IOException {
        write("ann=one");
        Function<String, CompletionStage<AuthenticatedUser>> tokens = CredentialsFile.tokens(file, nowNs::get);
        write("ann=two");
        pass(1);
        assertEquals("ann", in(tokens.apply("one")).id());
        pass(1);
        assertNull(in(tokens.apply("one")));
        assertEquals("ann", in(tokens.apply("two")).id());
    }

    @Test
    void shouldKeepWhatItHasWhileTheFileCannotBeUsed() throws IOException {
        write("ann=one");
        Function<String, CompletionStage<AuthenticatedUser>> tokens = CredentialsFile.tokens(file, nowNs::get);
        write("ann one");
        pass(2);
        assertEquals("ann", in(tokens.apply("one")).id());
        Files.delete(file);
        pass(2);
        assertEquals("ann", in(tokens.apply("one")).id());
        write("ann=two");
        pass(2);
        assertEquals("ann", in(tokens.apply("two")).id());
        assertNull(in(tokens.apply("one")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3cr3t", "ann:", ":s3cr3t", "ann:s3cr3t:", "ann:s3cr3t:a,,b", "ann:s3cr3t:a:b", "ann:pbkdf2-sha256$s3cr3t",
        "x:y\nx:s3cr3t", "ann:s3cr3t:a,a"})
    void shouldNameTheLineThatIsNoUser(String line) throws IOException {
        write("# first\n" + line);
        IOException error = assertThrows(IOException.class, () -> CredentialsFile.users(file));
        assertTrue(error.getMessage().startsWith(file + " "), error.getMessage());
        assertFalse(error.getMessage().contains("s3cr3t"), error.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3cr3t", "ann=", "=s3cr3t", "ann:=s3cr3t", ":a=s3cr3t", "ann=sha256$s3cr3t", "ann=s3cr3t\nbob=s3cr3t"})
    void shouldNameTheLineThatIsNoToken(String line) throws IOException {
        write("# first\n" + line);
        IOException error = assertThrows(IOException.class, () -> CredentialsFile.tokens(file));
        assertTrue(error.getMessage().startsWith(file + " line " + (line.contains("\n") ? 3 : 2) + ": "), error.getMessage());
        assertFalse(error.getMessage().contains("s3cr3t"), error.getMessage());
    }

    @Test
    void shouldSayThatThereIsNoFile() throws IOException {
        var error = assertThrows(IOException.class, () -> CredentialsFile.users(file));
        assertEquals(file + ": there is no such file", error.getMessage());
        Files.write(file, new byte[] {(byte) 0xFF, (byte) 0xFE});
        assertEquals(file + " is not UTF-8", assertThrows(IOException.class, () -> CredentialsFile.users(file)).getMessage());
    }
}
