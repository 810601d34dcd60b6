package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.auth.PasswordHash;
import io.neurolink.engine.auth.TokenHash;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code hash-password} and {@code hash-token}. */
class AgentServerHashTest {
    private String out;
    private String err;

    private int run(String input, String... args) {
        assertTrue(AgentServerHash.isCommand(args));
        var stdout = new ByteArrayOutputStream();
        var stderr = new ByteArrayOutputStream();
        int status = AgentServerHash.run(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(stdout, true, StandardCharsets.UTF_8), new PrintStream(stderr, true, StandardCharsets.UTF_8), args);
        out = stdout.toString(StandardCharsets.UTF_8);
        err = stderr.toString(StandardCharsets.UTF_8);
        return status;
    }

    private void assertFails(String complaint) {
        assertEquals("", out);
        assertEquals("neurolink-server: " + complaint + System.lineSeparator(), err);
    }

    @Test
    void shouldHashAPassword() {
        assertEquals(0, run("pä ss\nmore", "hash-password", "--iterations", "1000"));
        PasswordHash hash = PasswordHash.parse(out.strip());
        assertTrue(hash.matches("pä ss"));
        assertEquals(1000, hash.iterations());
        assertEquals("", err);
        assertEquals(0, run("p", "hash-password"));
        assertEquals(600_000, PasswordHash.parse(out.strip()).iterations());
    }

    @Test
    void shouldHashAToken() {
        assertEquals(0, run("0123456789abcdef\r\n", "hash-token"));
        assertEquals(TokenHash.of("0123456789abcdef"), out.strip());
    }

    @Test
    void shouldMakeATokenAndItsHash() {
        assertEquals(0, run("", "hash-token", "--generate"));
        List<String> lines = out.lines().toList();
        assertEquals(43, lines.get(0).length());
        assertEquals(TokenHash.of(lines.get(0)), lines.get(1));
        run("", "hash-token", "--generate");
        assertNotEquals(lines.get(0), out.lines().toList().get(0));
    }

    @Test
    void shouldSayWhatIsWrong() {
        assertEquals(2, run("", "hash-password"));
        assertFails("hash-password: the first line of standard input must be the secret");
        assertEquals(2, run("\nx", "hash-token"));
        assertFails("hash-token: the first line of standard input must be the secret");
        assertEquals(2, run("hushhush", "hash-token"));
        assertFails("hash-token: a token must have at least 16 characters, or its hash can be guessed from; use --generate, or"
                + " hash-password for a password");
        assertEquals(2, run("p", "hash-password", "--iterations", "999"));
        assertFails("hash-password: iterations must be 1000 to 10000000, not 999");
        assertEquals(2, run("p", "hash-password", "hushhush"));
        assertFails("hash-password: knows no such argument; the secret is read from standard input");
    }

    @Test
    void shouldExplainItself() {
        assertEquals(0, run("", "hash-password", "--help"));
        assertTrue(out.startsWith("Usage: neurolink-server hash-password"), out);
        assertEquals(0, run("", "hash-token", "-h"));
        assertTrue(out.contains("--generate"), out);
        assertFalse(AgentServerHash.isCommand());
        assertFalse(AgentServerHash.isCommand("--port", "hash-token"));
    }
}
