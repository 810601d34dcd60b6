package io.neurolink.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.session.UserQuota;
import io.neurolink.agent.spi.AgentAction;
import io.neurolink.agent.spi.AgentAuthorizer;
import io.neurolink.engine.auth.CredentialsFile;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the samples of the page on identity. */
class IdentitySamplesTest {
    private static final AuthenticatedUser PRO = AuthenticatedUser.of("ann").withRoles("pro", "staff").withPermissions("chat:use");

    private static boolean allows(AgentAuthorizer authorizer, AuthenticatedUser user, String type, String tool,
            Map<String, Object> payload) {
        return authorizer.authorize(user, new AgentAction(type, "a", tool, payload)).toCompletableFuture().join();
    }

    @Test
    void shouldConfigureEveryWay() {
        assertEquals("users.txt: there is no such file", assertThrows(IOException.class, IdentitySamples::users).getMessage());
        assertEquals("bearer", IdentitySamples.introspection("s3cret").strategy());
        assertEquals("mtls", IdentitySamples.certificates().getKey().auth().strategy());
    }

    /** The file that the page shows. */
    @Test
    void shouldReadTheFileOfCredentials(@TempDir Path folder) throws IOException {
        String page = Files.readString(Path.of("").toAbsolutePath().resolveSibling("docs/identity.md"));
        int start = page.indexOf("```\n# users");
        String block = page.substring(start + 4, page.indexOf("```", start + 4));
        Path file = Files.writeString(folder.resolve("users.txt"), block);
        assertNull(CredentialsFile.users(file).apply("ann", "guess").toCompletableFuture().join());
    }

    @Test
    void shouldAllowWhatTheRulesSay() {
        AgentAuthorizer rules = IdentitySamples.rules().authorizer();
        assertTrue(allows(rules, PRO, "stream", null, Map.of()));
        assertTrue(allows(rules, PRO, "tool_call", "add", Map.of()));
        assertFalse(allows(rules, PRO, "tool_call", "refund", Map.of()));
        assertFalse(allows(rules, null, "generate", null, Map.of()));
    }

    @Test
    void shouldAllowTheLargeModelToSome() {
        Map<String, Object> large = Map.of("options", Map.of("model", "large"));
        assertTrue(allows(IdentitySamples.byModel(), PRO, "stream", null, large));
        assertFalse(allows(IdentitySamples.byModel(), null, "stream", null, large));
        assertTrue(allows(IdentitySamples.byModel(), null, "stream", null, Map.of()));
    }

    @Test
    void shouldGiveQuotasByRole() {
        assertEquals(new UserQuota(0, 120, 200_000, 0), IdentitySamples.quotas().userQuotas().apply(PRO));
        assertEquals(new UserQuota(60, 10, 20_000, 2), IdentitySamples.quotas().userQuotas().apply(null));
    }
}
