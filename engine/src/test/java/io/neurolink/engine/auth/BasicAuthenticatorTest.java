package io.neurolink.engine.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthDecision.Outcome;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BasicAuthenticatorTest {
    private static final AuthenticatedUser ANN = AuthenticatedUser.of("ann");
    private static final AuthenticatedUser BOB = AuthenticatedUser.of("bob");
    private static final String CHALLENGE = "Basic realm=\"neurolink\", charset=\"UTF-8\"";
    private static final StaticUsers USERS =
            new StaticUsers(List.of(new StaticUsers.Login("ann", "p:w", ANN), new StaticUsers.Login("böb", "pwö☃", BOB)));

    private static AuthDecision decide(boolean isRequired, String... headerLines) {
        TestUpgrade request = TestUpgrade.of("/ws", headerLines);
        return new BasicAuthenticator(USERS, isRequired).authenticate(request, null).toCompletableFuture().join();
    }

    private static String basic(String userAndPassword) {
        return basic(userAndPassword, StandardCharsets.UTF_8);
    }

    private static String basic(String userAndPassword, Charset charset) {
        return "Authorization: Basic " + Base64.getEncoder().encodeToString(userAndPassword.getBytes(charset));
    }

    @Test
    void shouldAcceptUserAndPassword() {
        assertEquals(AuthDecision.accepted(ANN), decide(true, basic("ann:p:w")));
        assertEquals(AuthDecision.accepted(ANN), decide(false, basic("ann:p:w").replace("Basic ", "bAsIc  ")));
        assertEquals(AuthDecision.accepted(BOB), decide(true, basic("böb:pwö☃")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ann:", "ann:p", "ann:p:w ", "ann:P:w", "Ann:p:w", "bob:p:w", ":p:w", ":", "ann:pwö☃", "böb:p:w"})
    void shouldRejectWhatIsWrong(String userAndPassword) {
        for (boolean isRequired : new boolean[] {true, false}) {
            assertEquals(AuthDecision.rejected(CHALLENGE, "User or password is not valid"), decide(isRequired, basic(userAndPassword)));
        }
    }

    @Test
    void shouldRejectWhatCannotBeRead() {
        String unreadable = "The header Authorization must be user:password in UTF-8 and base64";
        for (String header : List.of("Authorization: Basic *", "Authorization: Basic a", "Authorization: Basic YW5uOnA6dw== x",
                basic("böb:x", StandardCharsets.ISO_8859_1))) {
            assertEquals(AuthDecision.rejected(CHALLENGE, unreadable), decide(false, header));
        }
        for (String text : List.of("ann", "ann:p:w\n", "a\0nn:p:w")) {
            assertEquals(AuthDecision.rejected(CHALLENGE, "The credential must be user:password"), decide(false, basic(text)));
        }
        assertEquals(AuthDecision.rejected(CHALLENGE, "The header Authorization must not be sent more than once"),
                decide(false, basic("ann:p:w"), basic("ann:p:w")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"X: y", "Authorization: Bearer x", "Authorization: Basic", "Authorization: BasicYTpi", "Authorization:"})
    void shouldMissWhatIsNotThere(String headerLine) {
        AuthDecision decision = decide(true, headerLine);
        assertEquals(Outcome.MISSING, decision.outcome());
        assertEquals(CHALLENGE, decision.challenge());
        assertEquals("Authentication required: user and password in the header Authorization (Basic)", decision.message());
        assertEquals(AuthDecision.anonymous(), decide(false, headerLine));
    }

    @Test
    void shouldTakeTheCredentialOfAMessageAsItIs() {
        BasicAuthenticator authenticator = new BasicAuthenticator(USERS, true);
        TestUpgrade request = TestUpgrade.of("/ws");
        assertEquals(AuthDecision.accepted(ANN), authenticator.authenticate(request, "ann:p:w").toCompletableFuture().join());
        assertEquals(Outcome.REJECTED, authenticator.authenticate(request, "ann").toCompletableFuture().join().outcome());
    }

    @Test
    void shouldLeaveFailuresOfTheValidatorToTheEngine() {
        IllegalStateException failure = new IllegalStateException("directory is down");
        BasicAuthenticator authenticator = new BasicAuthenticator((name, password) -> {
            throw failure;
        }, true);
        TestUpgrade request = TestUpgrade.of("/ws", basic("a:b"));
        assertSame(failure, assertThrows(IllegalStateException.class, () -> authenticator.authenticate(request, null)));
    }

    @Test
    void shouldPrintNoSecret() {
        for (Object printed : List.of(USERS, new BasicAuthenticator(USERS, true), new StaticUsers.Login("ann", "p:w", ANN),
                decide(true, basic("ann:p:wx")))) {
            assertFalse(printed.toString().contains("p:w"), printed.toString());
        }
    }

    @Test
    void shouldNotBeMadeFromLoginsThatCannotWork() {
        assertThrows(IllegalArgumentException.class, () -> new StaticUsers.Login("", "p", ANN));
        assertThrows(IllegalArgumentException.class, () -> new StaticUsers.Login("a:b", "p", ANN));
        assertThrows(IllegalArgumentException.class, () -> new StaticUsers.Login(":b", "p", ANN));
        assertThrows(IllegalArgumentException.class, () -> new StaticUsers.Login("a", "", ANN));
        StaticUsers.Login login = new StaticUsers.Login("a", "p", ANN);
        assertThrows(IllegalArgumentException.class, () -> new StaticUsers(List.of(login, login)));
    }

    @Test
    void shouldKnowNobodyWhereThereIsNobody() {
        assertNull(new StaticUsers(List.of()).apply("a", "b").toCompletableFuture().join());
    }
}
