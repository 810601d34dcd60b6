package io.neurolink.engine.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.spi.AuthUnavailableException;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Users and tokens that are known by hashes of their secrets. */
@Timeout(120)
final class StaticCredentialsTest {
    private static final AuthenticatedUser ANN = AuthenticatedUser.of("ann");
    private static final AuthenticatedUser BOB = AuthenticatedUser.of("bob");
    private static final AuthenticatedUser EVE = AuthenticatedUser.of("eve");

    private static StaticUsers.Login hashed(AuthenticatedUser user, String password, int iterations) {
        return new StaticUsers.Login(user.id(), PasswordHash.of(password, iterations).encoded(), user);
    }

    private static AuthenticatedUser login(StaticUsers users, String name, String password) {
        return users.apply(name, password).toCompletableFuture().join();
    }

    @Test
    void shouldKnowPasswordsByTheirHashesBesideOthersThatAreGiven() {
        StaticUsers users = new StaticUsers(
                List.of(hashed(ANN, "pä", 1000), hashed(BOB, "q", 2000), new StaticUsers.Login("eve", "r", EVE)));
        for (int i = 0; i < 2; i++) {
            assertEquals(ANN, login(users, "ann", "pä"));
            assertEquals(BOB, login(users, "bob", "q"));
            assertEquals(EVE, login(users, "eve", "r"));
            for (String[] wrong : new String[][] {{"ann", "q"}, {"bob", "pä"}, {"eve", "q"}, {"zoe", "q"}, {"ann", ""}, {"", ""}}) {
                assertNull(login(users, wrong[0], wrong[1]), wrong[0]);
            }
        }
        assertEquals("StaticUsers[3]", users.toString());
    }

    /** The hash itself is no password. */
    @Test
    void shouldNotLetInWhoHasStolenTheHash() {
        String hash = PasswordHash.of("p", 1000).encoded();
        assertNull(login(new StaticUsers(List.of(new StaticUsers.Login("ann", hash, ANN))), "ann", hash));
        String token = TokenHash.of("secret");
        assertNull(new StaticTokens(Map.of(token, ANN)).apply(token).toCompletableFuture().join());
    }

    @Test
    void shouldRefuseMalformedHashesWithoutRepeatingThem() {
        for (String text : List.of("pbkdf2-sha256$oops", "pbkdf2-sha256$600000$oops$oops")) {
            var error = assertThrows(IllegalArgumentException.class, () -> new StaticUsers.Login("ann", text, ANN));
            assertFalse(error.getMessage().contains("oops"), error.getMessage());
        }
        for (String text : List.of("sha256$", "sha256$oops", "sha256$" + "0".repeat(62), "sha256$" + "0".repeat(66),
                "sha256$" + "g".repeat(64))) {
            var error = assertThrows(IllegalArgumentException.class, () -> new StaticTokens(Map.of(text, ANN)));
            assertEquals("a hash of a token must be sha256$ and 64 hexadecimal digits", error.getMessage());
        }
    }

    /** Every wrong login waits for a thread; a right one only the first time. */
    @Test
    void shouldCompareOnThreadsOfItsOwnAndRememberWhoWasRight() {
        AtomicInteger submitted = new AtomicInteger();
        PasswordChecks checks = new PasswordChecks(1, 100, TimeUnit.HOURS.toNanos(1), () -> submitted.getAndIncrement());
        StaticUsers users = new StaticUsers(List.of(hashed(ANN, "p", 1000), new StaticUsers.Login("eve", "r", EVE)), checks);
        List<Integer> costs = new ArrayList<>();
        String[][] attempts = {{"ann", "p"}, {"ann", "p"}, {"ann", "x"}, {"zoe", "x"}, {"eve", "x"}, {"eve", "r"}, {"ann", "p"}};
        for (String[] attempt : attempts) {
            int before = submitted.get();
            login(users, attempt[0], attempt[1]);
            // Asked twice for the time by each check.
            costs.add((submitted.get() - before) / 2);
        }
        assertEquals(List.of(1, 0, 1, 1, 1, 0, 0), costs);
    }

    @Test
    void shouldTakeNoThreadWhereNoPasswordIsHashed() {
        PasswordChecks none = new PasswordChecks(1, 1, 0, () -> {
            throw new AssertionError("no thread is needed");
        });
        StaticUsers users = new StaticUsers(List.of(new StaticUsers.Login("eve", "r", EVE)), none);
        assertEquals(EVE, login(users, "eve", "r"));
        assertNull(login(users, "eve", "x"));
        assertNull(login(users, "zoe", "r"));
    }

    /** A wrong password for somebody whose hash is cheap, and a name that nobody has, cost what the dearest hash does. */
    @Test
    void shouldTakeAsLongForEveryWrongLogin() {
        StaticUsers users = new StaticUsers(
                List.of(hashed(ANN, "p", 1000), hashed(BOB, "q", 400_000), new StaticUsers.Login("eve", "r", EVE)));
        login(users, "bob", "warm up");
        long[] bestNs = new long[4];
        String[] names = {"ann", "bob", "eve", "zoe"};
        for (int i = 0; i < names.length; i++) {
            bestNs[i] = Long.MAX_VALUE;
            for (int round = 0; round < 3; round++) {
                long startNs = System.nanoTime();
                assertNull(login(users, names[i], "wrong"));
                bestNs[i] = Math.min(bestNs[i], System.nanoTime() - startNs);
            }
        }
        for (long ns : bestNs) {
            // Without the balance it would be a hundredth; a busy machine may make it a fraction.
            assertTrue(ns > bestNs[1] / 10, () -> List.of(bestNs[0], bestNs[1], bestNs[2], bestNs[3]).toString());
        }
    }

    @Test
    void shouldTurnAwayACrowdInsteadOfQueueingItForEver() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        AtomicLong now = new AtomicLong();
        PasswordChecks checks = new PasswordChecks(1, 2, 100, now::get);
        List<CompletableFuture<String>> answers = new ArrayList<>();
        CountDownLatch begun = new CountDownLatch(1);
        answers.add(checks.submit(() -> {
            begun.countDown();
            awaitQuietly(held);
            return "first";
        }).toCompletableFuture());
        assertTrue(begun.await(60, TimeUnit.SECONDS));
        answers.add(checks.submit(() -> "in time").toCompletableFuture());
        now.set(-1);
        answers.add(checks.submit(() -> "too late").toCompletableFuture());
        answers.add(checks.submit(() -> "no room").toCompletableFuture());
        assertUnavailable(answers.get(3));
        now.set(100);
        held.countDown();
        assertEquals("first", answers.get(0).get(60, TimeUnit.SECONDS));
        assertEquals("in time", answers.get(1).get(60, TimeUnit.SECONDS));
        assertUnavailable(answers.get(2));
        assertEquals("works again", checks.submit(() -> "works again").toCompletableFuture().get(60, TimeUnit.SECONDS));
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void assertUnavailable(CompletableFuture<?> answer) {
        CompletionException error = assertThrows(CompletionException.class, answer::join);
        AuthUnavailableException cause = assertInstanceOf(AuthUnavailableException.class, error.getCause());
        assertNull(cause.getCause());
        assertEquals(Duration.ofSeconds(5), cause.decision().retryAfter());
    }

    @Test
    void shouldReportWhatACheckThrows() {
        PasswordChecks checks = new PasswordChecks(1, 2, 100, () -> 0);
        var error = assertThrows(CompletionException.class, () -> checks.submit(() -> {
            throw new IllegalStateException("broken");
        }).toCompletableFuture().join());
        assertEquals("broken", error.getCause().getMessage());
    }

    @Test
    void shouldKnowTokensByTheirHashes() {
        String hash = "sha256$b52f16a2901c7f1c277ff056ddbaeb5bf992b41d4f340e808e80a2fa528e7864";
        StaticTokens tokens = new StaticTokens(Map.of(hash.toUpperCase(Locale.ROOT).replace("SHA256", "sha256"), ANN, "plain", BOB));
        assertEquals(ANN, tokens.apply("token-ä").toCompletableFuture().join());
        assertEquals(BOB, tokens.apply("plain").toCompletableFuture().join());
        assertNull(tokens.apply("token-a").toCompletableFuture().join());
        assertEquals(hash, TokenHash.of("token-ä"));
        assertThrows(IllegalArgumentException.class, () -> TokenHash.of(""));
        assertThrows(IllegalArgumentException.class, () -> new StaticTokens(Map.of("t", ANN, TokenHash.of("t"), BOB)));
    }
}
