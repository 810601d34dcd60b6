package io.neurolink.agent.nats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a credentials file must hold, and that nothing of it is told when it does not. */
class NatsCredentialsTest {
    @TempDir
    Path folder;

    @Test
    void shouldReadTheFileAnewEachTime() throws Exception {
        NatsAccounts accounts = new NatsAccounts();
        Path file = accounts.newUser(folder.resolve("user.creds"));
        NatsCredentials credentials = new NatsCredentials(file);
        credentials.check();
        String first = new String(credentials.getJWT());
        accounts.newUser(file);
        assertFalse(first.equals(new String(credentials.getJWT())));
        assertEquals(64, credentials.sign(new byte[] {1, 2, 3}).length);
    }

    @Test
    void shouldNameAFileThatCannotBeUsedWithoutQuotingIt() throws Exception {
        Path file = new NatsAccounts().newUser(folder.resolve("user.creds"));
        String good = Files.readString(file);
        String seed = good.lines().filter(line -> line.startsWith("SU")).findFirst().orElseThrow();
        String damaged = seed.substring(0, 20) + (seed.charAt(20) == 'A' ? 'B' : 'A') + seed.substring(21);
        assertComplaint("holds a damaged seed", good.replace(seed, damaged), damaged);
        assertComplaint("holds a damaged seed", good.replace(seed, seed.toLowerCase(java.util.Locale.ROOT)), seed);
        assertComplaint("holds a damaged seed", good.replace(seed, seed.substring(0, 50)), seed);
        assertComplaint("holds no seed of a user's key", good.replace("USER NKEY SEED", "SOMETHING"), seed);
        assertComplaint("holds no JWT of a user", good.replace("NATS USER JWT", "SOMETHING"), seed);
        Files.delete(file);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> new NatsCredentials(file).check()).getMessage()
                .startsWith("cannot be read: " + file));
    }

    private void assertComplaint(String complaint, String content, String secret) throws Exception {
        Path file = Files.writeString(folder.resolve("bad.creds"), content);
        String message = assertThrows(IllegalArgumentException.class, () -> new NatsCredentials(file).check()).getMessage();
        assertEquals(complaint + ": " + file, message);
        assertFalse(message.contains(secret));
    }
}
