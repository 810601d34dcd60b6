package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthDecision.Outcome;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.UpgradeRequest;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class AuthConfigTest {
    private static final AuthenticatedUser ANN = AuthenticatedUser.of("ann").withRoles("user");

    /** A request with one header, one query parameter, one cookie and one subprotocol, each null if it is not there. */
    private record Request(String header, String value, String parameter, String cookie, String subprotocol) implements UpgradeRequest {
        static final Request EMPTY = new Request(null, null, null, null, null);

        static Request withHeader(String name, String value) {
            return new Request(name, value, null, null, null);
        }

        static Request withQuery(String nameAndValue) {
            return new Request(null, null, nameAndValue, null, null);
        }

        private static String valueOf(String nameAndValue, String name) {
            return nameAndValue != null && nameAndValue.startsWith(name + "=") ? nameAndValue.substring(name.length() + 1) : null;
        }

        @Override
        public String path() {
            return "/ws";
        }

        @Override
        public String queryParameter(String name) {
            return valueOf(parameter, name);
        }

        @Override
        public String header(String name) {
            return name.equalsIgnoreCase(header) ? value : null;
        }

        @Override
        public List<String> headers(String name) {
            return name.equalsIgnoreCase(header) ? List.of(value) : List.of();
        }

        @Override
        public String cookie(String name) {
            return valueOf(cookie, name);
        }

        @Override
        public List<String> subprotocols() {
            return subprotocol == null ? List.of() : List.of(subprotocol);
        }

        @Override
        public InetSocketAddress remoteAddress() {
            return InetSocketAddress.createUnresolved("peer", 1);
        }
    }

    private static AuthDecision decide(AuthConfig config, UpgradeRequest request) {
        return config.authenticator().authenticate(request, null).toCompletableFuture().join();
    }

    private static AuthenticatedUser validate(String credential) {
        return credential.equals("good") ? ANN : null;
    }

    @Test
    void shouldHaveTheDefaultsOfTheBearerStrategy() {
        AuthConfig config = AuthConfig.bearer(AuthConfigTest::validate).build();
        assertEquals("bearer", config.strategy());
        assertEquals(Duration.ofSeconds(5), config.timeout());
        assertEquals(Duration.ZERO, config.firstMessageTimeout());
        assertEquals(AuthDecision.accepted(ANN), decide(config, Request.withHeader("authorization", "Bearer good")));
        assertEquals(AuthDecision.accepted(ANN), decide(config, Request.withQuery("token=good")));
        assertEquals(AuthDecision.accepted(ANN), decide(config, new Request(null, null, null, null, "bearer.Z29vZA")));
        assertEquals(Outcome.REJECTED, decide(config, Request.withQuery("token=bad")).outcome());
        assertEquals(Outcome.MISSING, decide(config, Request.EMPTY).outcome());
        assertEquals(Outcome.MISSING, decide(config, new Request(null, null, null, "token=good", null)).outcome());
    }

    @Test
    void shouldHaveTheDefaultsOfTheApiKeyStrategy() {
        AuthConfig config = AuthConfig.apiKey(AuthConfigTest::validate).build();
        assertEquals("apiKey", config.strategy());
        assertEquals(AuthDecision.accepted(ANN), decide(config, Request.withHeader("X-API-Key", "good")));
        assertEquals(AuthDecision.accepted(ANN), decide(config, Request.withQuery("apiKey=good")));
        Request elsewhere = new Request("Authorization", "Bearer good", "token=good", null, "bearer.Z29vZA");
        assertEquals(Outcome.MISSING, decide(config, elsewhere).outcome());
    }

    @Test
    void shouldTakeOtherPlaces() {
        AuthConfig config = AuthConfig.apiKeys(Map.of("good", ANN))
                .headerName("X-Key").queryParam("k").cookieName("c").required(false).build();
        assertEquals(AuthDecision.accepted(ANN), decide(config, Request.withHeader("x-key", "good")));
        assertEquals(AuthDecision.accepted(ANN), decide(config, Request.withQuery("k=good")));
        assertEquals(AuthDecision.accepted(ANN), decide(config, new Request(null, null, null, "c=good", null)));
        assertEquals(AuthDecision.anonymous(), decide(config, new Request("X-API-Key", "good", "apiKey=good", null, null)));
        AuthConfig headerOnly = AuthConfig.bearerTokens(Map.of("good", ANN)).queryParam(null).build();
        assertEquals(Outcome.MISSING, decide(headerOnly, Request.withQuery("token=good")).outcome());
        AuthConfig queryOnly = AuthConfig.apiKeys(Map.of("good", ANN)).headerName(null).build();
        assertEquals(Outcome.MISSING, decide(queryOnly, Request.withHeader("X-API-Key", "good")).outcome());
    }

    @Test
    void shouldCheckUserAndPassword() {
        AuthConfig fixed = AuthConfig.basicUsers(Map.of("ann", "pw"), name -> ANN).build();
        AuthConfig own = AuthConfig.basic((name, password) -> name.equals("ann") && password.equals("pw") ? ANN : null).build();
        for (AuthConfig config : List.of(fixed, own)) {
            assertEquals("basic", config.strategy());
            assertEquals(AuthDecision.accepted(ANN), decide(config, Request.withHeader("Authorization", "Basic YW5uOnB3")));
            assertEquals(Outcome.REJECTED, decide(config, Request.withHeader("Authorization", "Basic YW5uOnB4")).outcome());
            assertEquals(Outcome.MISSING, decide(config, Request.withQuery("token=good")).outcome());
        }
        assertThrows(IllegalStateException.class, () -> AuthConfig.basicUsers(Map.of(), AuthenticatedUser::of).headerName("X"));
        assertThrows(IllegalStateException.class, () -> AuthConfig.basicUsers(Map.of(), AuthenticatedUser::of).queryParam("x"));
        assertThrows(IllegalStateException.class, () -> AuthConfig.basicUsers(Map.of(), AuthenticatedUser::of).cookieName("x"));
    }

    @Test
    void shouldCheckRolesAndPermissionsWithEveryStrategy() {
        AuthConfig config = AuthConfig.custom((request, credential) -> CompletableFuture.completedFuture(AuthDecision.accepted(ANN)))
                .roles("admin", "root").build();
        assertEquals("custom", config.strategy());
        assertEquals(AuthDecision.forbidden("Missing role: one of admin, root"), decide(config, Request.EMPTY));
        AuthConfig permission = AuthConfig.bearer(AuthConfigTest::validate).permissions("write").build();
        assertEquals(AuthDecision.forbidden("Missing permission: write"), decide(permission, Request.withQuery("token=good")));
        AuthConfig role = AuthConfig.bearer(AuthConfigTest::validate).roles("user", "root").build();
        assertEquals(AuthDecision.accepted(ANN), decide(role, Request.withQuery("token=good")));
    }

    @Test
    void shouldWaitForAnAsynchronousValidator() {
        CompletableFuture<AuthenticatedUser> answer = new CompletableFuture<>();
        AuthConfig config = AuthConfig.bearerAsync(token -> answer).build();
        CompletableFuture<AuthDecision> decision =
                config.authenticator().authenticate(Request.withQuery("token=x"), null).toCompletableFuture();
        assertFalse(decision.isDone());
        answer.complete(ANN);
        assertEquals(AuthDecision.accepted(ANN), decision.join());
    }

    @Test
    void shouldLetEverybodyInWithoutAStrategy() {
        AuthConfig config = AuthConfig.none();
        assertEquals("none", config.strategy());
        assertEquals(AuthDecision.anonymous(), decide(config, Request.withQuery("token=whatever")));
        assertNull(decide(config, Request.EMPTY).user());
    }

    @Test
    void shouldCheckItsTimes() {
        AuthConfig.Builder builder = AuthConfig.bearer(AuthConfigTest::validate);
        assertEquals(Duration.ofSeconds(9), builder.firstMessageTimeout(Duration.ofSeconds(9)).build().firstMessageTimeout());
        assertEquals(Duration.ofMillis(1), builder.timeout(Duration.ofMillis(1)).build().timeout());
        assertThrows(IllegalArgumentException.class, () -> builder.firstMessageTimeout(Duration.ofMillis(-1)).build());
        builder.firstMessageTimeout(Duration.ZERO);
        assertThrows(IllegalArgumentException.class, () -> builder.timeout(Duration.ZERO).build());
    }

    @Test
    void shouldPrintNoSecret() {
        for (AuthConfig config : List.of(AuthConfig.bearerTokens(Map.of("s3cr3t", ANN)).roles("user").build(),
                AuthConfig.apiKeys(Map.of("s3cr3t", ANN)).build(), AuthConfig.basicUsers(Map.of("ann", "s3cr3t"), name -> ANN).build())) {
            assertFalse(config.toString().contains("s3cr3t"), config.toString());
        }
    }
}
