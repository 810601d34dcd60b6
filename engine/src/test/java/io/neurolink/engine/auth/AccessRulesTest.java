package io.neurolink.engine.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.Authenticator;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AccessRulesTest {
    private static final TestUpgrade REQUEST = TestUpgrade.of("/");

    private static AuthDecision decide(AccessRules rules, AuthDecision found) {
        Authenticator inner = (request, credential) -> {
            assertSame(REQUEST, request);
            assertEquals("c", credential);
            return CompletableFuture.completedFuture(found);
        };
        return rules.applyTo(inner).authenticate(REQUEST, "c").toCompletableFuture().join();
    }

    private static Set<String> set(String words) {
        return words == null ? Set.of() : Set.of(words.split(" "));
    }

    @ParameterizedTest
    @CsvSource({
        "admin,           ,    admin,        ,",
        "admin root,      ,    root,         ,",
        "admin root,      ,    x admin root, ,",
        ",                r w, ,             w r x,",
        "admin,           r,   admin,        r,",
        "admin,           ,    ,             ,         Missing role: admin",
        "admin,           ,    ADMIN,        admin,    Missing role: admin",
        "root admin,      ,    user,         ,         'Missing role: one of admin, root'",
        ",                w r, admin,        r,        Missing permission: w",
        ",                w r, w,            ,         'Missing permission: r, w'",
        "admin,           r,   user,         r,        Missing role: admin",
        "admin,           r,   admin,        w,        Missing permission: r",
    })
    void shouldDemandAnyRoleAndAllPermissions(String roles, String permissions, String has, String may, String missing) {
        AuthenticatedUser user = AuthenticatedUser.of("ann")
                .withRoles(set(has).toArray(String[]::new)).withPermissions(set(may).toArray(String[]::new));
        AuthDecision accepted = AuthDecision.accepted(user);
        assertEquals(missing == null ? accepted : AuthDecision.forbidden(missing),
                decide(new AccessRules(set(roles), set(permissions)), accepted));
    }

    @Test
    void shouldForbidAnonymousConnectionsWhereThereIsARule() {
        AuthDecision anonymous = AuthDecision.anonymous();
        assertEquals(AuthDecision.forbidden("Missing role: admin"), decide(new AccessRules(Set.of("admin"), Set.of()), anonymous));
        assertEquals(AuthDecision.forbidden("Missing permission: r"), decide(new AccessRules(Set.of(), Set.of("r")), anonymous));
        assertEquals(anonymous, decide(AccessRules.NONE, anonymous));
    }

    @Test
    void shouldLeaveRefusalsAlone() {
        AccessRules rules = new AccessRules(Set.of("admin"), Set.of("r"));
        for (AuthDecision refusal : new AuthDecision[] {
            AuthDecision.missing("c", "m"), AuthDecision.rejected("c", "m"), AuthDecision.forbidden("m")}) {
            assertSame(refusal, decide(rules, refusal));
        }
    }

    @Test
    void shouldAddNothingWithoutRules() {
        Authenticator inner = (request, credential) -> null;
        assertSame(inner, AccessRules.NONE.applyTo(inner));
    }
}
