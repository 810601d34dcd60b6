package io.neurolink.protocol.handshake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OriginsTest {
    @ParameterizedTest
    @CsvSource({
        "http://example.com,            example.com,          true",
        "http://example.com:80,         example.com,          true",
        "http://example.com,            example.com:80,       true",
        "https://example.com,           example.com,          true",
        "https://example.com:443,       example.com,          true",
        "https://example.com,           example.com:443,      true",
        "https://example.com,           example.com:80,       false",
        "http://example.com,            example.com:443,      false",
        "http://example.com:3000,       example.com:3000,     true",
        "http://example.com:3000,       example.com:3001,     false",
        "http://example.com:3000,       example.com,          false",
        "http://example.com,            example.com:3000,     false",
        "HTTP://EXAMPLE.com,            example.COM,          true",
        "ws://a,                        a:80,                 true",
        "wss://a,                       a:443,                true",
        "http://localhost:3000,         localhost:3000,       true",
        "http://127.0.0.1:3000,         localhost:3000,       false",
        "http://[::1]:3000,             [::1]:3000,           true",
        "http://[::AB],                 [::ab]:80,            true",
        "http://[::1],                  [::2],                false",
        "http://evil.com,               example.com,          false",
        "http://example.com.evil.com,   example.com,          false",
        "http://evilexample.com,        example.com,          false",
        "http://example.com@evil.com,   example.com,          false",
        "http://evil.com#example.com,   example.com,          false",
        "http://example.com/,           example.com,          false",
        "http://example.com/x,          example.com,          false",
        "'http://example.com http://b', example.com,          false",
        "http://example.com.,           example.com,          false",
        "null,                          example.com,          false",
        "null,                          null,                 false",
        "'',                            '',                   false",
        "example.com,                   example.com,          false",
        "//example.com,                 example.com,          false",
        "://example.com,                example.com,          false",
        "1http://example.com,           example.com,          false",
        "chrome-extension://abc,        abc,                  false",
        "file://,                       '',                   false",
        "app://localhost,               localhost,            false",
        "http://a:x,                    a,                    false",
        "http://a,                      a:x,                  false",
        "http://a,                      'a,b',                false",
    })
    void shouldKnowItsOwnHost(String origin, String host, boolean expected) {
        assertEquals(expected, Origins.isSameHost(origin, host));
    }

    @Test
    void shouldTakeWhatIsMissingForNobodys() {
        assertFalse(Origins.isSameHost(null, "a"));
        assertFalse(Origins.isSameHost("http://a", null));
        assertFalse(Origins.isSameHost(null, null));
        assertFalse(Origins.isSameOrigin(null, null));
        assertFalse(Origins.isOrigin(null));
    }

    @ParameterizedTest
    @CsvSource({
        "a://h,         true",
        "a1+-.b://h,    true",
        "Z9://h:1,      true",
        "1a://h,        false",
        "+a://h,        false",
        "a_b://h,       false",
        "a b://h,       false",
        "a/b://h,       false",
        "é://h,         false",
        "a:h,           false",
        "a:/h,          false",
        "a://,          false",
    })
    void shouldKnowAnOriginByItsForm(String text, boolean expected) {
        assertEquals(expected, Origins.isOrigin(text));
    }

    @ParameterizedTest
    @CsvSource({
        "http://a,           http://a,           true",
        "http://a,           HTTP://A:80,        true",
        "https://a:443,      https://a,          true",
        "http://a,           https://a,          false",
        "http://a:443,       https://a,          false",
        "http://a:1,         http://a:2,         false",
        "http://a,           http://b,           false",
        "app://a,            app://A,            true",
        "chrome-extension://abc, chrome-extension://abc, true",
        "null,               null,               false",
        "*,                  *,                  false",
        "http://a/,          http://a/,          false",
    })
    void shouldCompareOrigins(String a, String b, boolean expected) {
        assertEquals(expected, Origins.isSameOrigin(a, b));
        assertEquals(expected, Origins.isSameOrigin(b, a));
        assertEquals(expected || a.startsWith("http") && !a.endsWith("/"), Origins.isOrigin(a));
    }
}
