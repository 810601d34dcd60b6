package io.neurolink.engine.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PasswordHashTest {
    private static final String SALT = "MDEyMzQ1Njc4OWFiY2RlZg";
    private static final String HASH = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    /** Made by Python's hashlib.pbkdf2_hmac. */
    @ParameterizedTest
    @CsvSource({
        "Password,     pbkdf2-sha256$80000$TmFDbE5hQ2w$Q9X5TYm7APo3Dt8GKWvPSYeqRflNEgQlbgcO4aAyBjo",
        "pässwörd☃,    pbkdf2-sha256$1000$MDEyMzQ1Njc4OWFiY2RlZg$t2k1liT8CYz-0BIuhz9npUA9i4rHm956BPCSWWw_j-A"})
    void shouldAgreeWithAnotherImplementation(String password, String encoded) {
        PasswordHash hash = PasswordHash.parse(encoded);
        assertTrue(hash.matches(password));
        assertFalse(hash.matches(password + " "));
        assertFalse(hash.matches(""));
        assertEquals(encoded, hash.encoded());
    }

    @Test
    void shouldRecogniseWhatItHashedAndSaltEachTime() {
        PasswordHash hash = PasswordHash.of("s3cr3t", 1000);
        assertTrue(PasswordHash.parse(hash.encoded()).matches("s3cr3t"));
        assertFalse(hash.matches("S3cr3t"));
        assertNotEquals(hash.encoded(), PasswordHash.of("s3cr3t", 1000).encoded());
        assertEquals(1000, hash.iterations());
    }

    @Test
    void shouldBeAsSlowAsItShouldUnlessToldOtherwise() {
        assertEquals(600_000, PasswordHash.of("p").iterations());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "pbkdf2-sha256$", "pbkdf2-sha256$1000", "pbkdf2-sha256$1000$" + SALT, "x$1000$" + SALT + "$" + HASH,
        "pbkdf2-sha256$999$" + SALT + "$" + HASH, "pbkdf2-sha256$10000001$" + SALT + "$" + HASH,
        "pbkdf2-sha256$x$" + SALT + "$" + HASH, "pbkdf2-sha256$99999999999$" + SALT + "$" + HASH,
        "pbkdf2-sha256$1000$" + SALT + "$" + HASH + "$", "pbkdf2-sha256$1000$" + SALT + "$AAAA", "pbkdf2-sha256$1000$AAAAAAAAAA$" + HASH,
        "pbkdf2-sha256$1000$*$" + HASH, "pbkdf2-sha256$1000$" + SALT + "$*", "pbkdf2-sha256$1000$$" + HASH})
    void shouldRefuseWhatIsNoHash(String text) {
        String message = assertThrows(IllegalArgumentException.class, () -> PasswordHash.parse(text)).getMessage();
        assertTrue(message.startsWith("a hash of a password must be pbkdf2-sha256$ITERATIONS$SALT$HASH"), message);
        assertFalse(message.contains(SALT) || message.contains(HASH), message);
    }

    @Test
    void shouldRefuseToHashWhatIsTooLittle() {
        assertThrows(IllegalArgumentException.class, () -> PasswordHash.of(""));
        assertThrows(IllegalArgumentException.class, () -> PasswordHash.of("p", 999));
        assertThrows(IllegalArgumentException.class, () -> PasswordHash.of("p", 10_000_001));
    }

    @Test
    void shouldPrintNoSecret() {
        PasswordHash hash = PasswordHash.of("s3cr3t", 1000);
        assertEquals("PasswordHash[iterations=1000]", hash.toString());
        assertFalse(hash.encoded().contains("s3cr3t"));
    }
}
