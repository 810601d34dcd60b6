package io.neurolink.protocol.handshake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HttpRequestHeadTest {
    @Test
    void shouldGiveTheParts() {
        final HttpRequestHead head = Heads.request("POST /a%20b/%E2%98%83?x=1 HTTP/1.1\r\nHost: h:1\r\nX-A: 1\r\nx-a: 2\r\nB: c\r\n"
            + "Content-Length: 7\r\n\r\n");
        assertEquals("POST", head.method());
        assertEquals("/a%20b/%E2%98%83?x=1", head.target());
        assertEquals("/a%20b/%E2%98%83", head.rawPath());
        assertEquals("/a b/☃", head.path());
        assertEquals("x=1", head.rawQuery());
        assertEquals("HTTP/1.1", head.version());
        assertTrue(head.isHttp11());
        assertEquals("h:1", head.host());
        assertEquals("1", head.header("X-a"));
        assertEquals(List.of("1", "2"), head.headers("X-A"));
        assertEquals(List.of(), head.headers("X-B"));
        assertNull(head.header("X-B"));
        assertEquals(List.of("Host", "X-A", "B", "Content-Length"), head.headerNames());
        assertEquals(7, head.contentLength());
        assertTrue(head.hasBody());
        assertFalse(head.hasTransferEncoding());
        assertEquals(5, head.fields().count());
        assertEquals("x-a", head.fields().name(2));
        assertEquals("2", head.fields().value(2));
        assertEquals(2, head.fields().countOf("x-A"));
        assertThrows(IndexOutOfBoundsException.class, () -> head.fields().name(5));
        assertThrows(IndexOutOfBoundsException.class, () -> head.fields().value(-1));
    }

    @Test
    void shouldGiveThePartsThatAreMissing() {
        final HttpRequestHead head = Heads.request("GET / HTTP/1.0\r\n\r\n");
        assertNull(head.rawQuery());
        assertNull(head.queryParameter("x"));
        assertNull(head.host());
        assertNull(head.cookie("x"));
        assertEquals(-1, head.contentLength());
        assertFalse(head.hasBody());
        assertEquals("HTTP/1.0", head.version());
        assertEquals(List.of(), head.headerNames());
        assertEquals(List.of(), head.headerTokens("Connection"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"constructor", "__proto__", "toString", "hashCode", "class"})
    void shouldTreatHostileNamesAsNames(String name) {
        final HttpRequestHead head = Heads.get("/?" + name + "=1", name + ": v", "Cookie: " + name + "=c");
        assertEquals("v", head.header(name));
        assertEquals("1", head.queryParameter(name));
        assertEquals("c", head.cookie(name));
        assertNull(Heads.get("/").header(name));
        assertNull(Heads.get("/?a").queryParameter(name));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "null", value = {
        "/?a=1            | a | 1",
        "/?b=2&a=1        | a | 1",
        "/?a=1&a=2        | a | 1",
        "/?a              | a | ''",
        "/?a=             | a | ''",
        "/?a&b=1          | b | 1",
        "/?aa=1           | a | null",
        "/?A=1            | a | null",
        "/?=1             | '' | 1",
        "/?               | '' | ''",
        "/?a=b=c          | a | b=c",
        "/?a=x+y%2B%20z   | a | x y+ z",
        "/?%61=1          | a | 1",
        "/?a=%E2%98%83    | a | ☃",
        "/?x=%26a=1       | a | null",
        "/?&&a=1&&        | a | 1",
        "/?a=1;b=2        | b | null",
        "/?b=a=1          | a | null",
        "/?a=?/           | a | ?/",
        "http://h?a=1     | a | 1",
    })
    void shouldFindQueryParameters(String target, String name, String value) {
        assertEquals(value, Heads.get(target).queryParameter(name));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "/a                           | /a",
        "/a?                          | /a?",
        "/a?x=1                       | /a?x=1",
        "/a?token=s                   | /a?token=***",
        "/a?TOKEN=s&x=1               | /a?TOKEN=***&x=1",
        "/a?x=1&token=s&apiKey=t&y    | /a?x=1&token=***&apiKey=***&y",
        "/a?%74oken=s                 | /a?%74oken=***",
        "/a?token                     | /a?token",
        "/a?token=                    | /a?token=***",
        "/a?token=a=b&token=c&        | /a?token=***&token=***&",
        "/a?xtoken=s                  | /a?xtoken=s",
        "http://h?token=s             | http://h?token=***",
        "http://h/token=s?token=s     | http://h/token=s?token=***",
        "/?token=s?token=s            | /?token=***",
    })
    void shouldRedactSecretsInTheTarget(String target, String expected) {
        final HttpRequestHead head = Heads.get(target);
        assertEquals(expected, head.redactedTarget(Set.of("token", "apiKey")));
        assertEquals(target, head.redactedTarget(Set.of()));
        assertFalse(head.toString().contains("?"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "http://a             | /   | a",
        "http://a:8080        | /   | a:8080",
        "HTTP://A/            | /   | A",
        "https://[::1]:1/x    | /x  | [::1]:1",
        "ws://a?q             | /   | a",
        "wss://a:/p?http://b/ | /p  | a",
        "/p                   | /p  | a",
    })
    void shouldUnderstandAbsoluteTargets(String target, String path, String host) {
        final HttpRequestHead head = Heads.get(target);
        assertEquals(path, head.path());
        assertEquals(path, head.rawPath());
        assertEquals(target.startsWith("/") ? "a" : host, head.host());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "1.1 |                        | true",
        "1.1 | close                  | false",
        "1.1 | Close                  | false",
        "1.1 | keep-alive             | true",
        "1.1 | keep-alive, close      | false",
        "1.1 | x,close                | false",
        "1.1 | closed                 | true",
        "1.0 |                        | false",
        "1.0 | keep-alive             | true",
        "1.0 | Keep-Alive             | true",
        "1.0 | keep-alive, close      | false",
    })
    void shouldSayWhetherTheConnectionStays(String version, String connection, boolean keepAlive) {
        final String header = connection == null ? "" : "Connection: " + connection + "\r\n";
        assertEquals(keepAlive, Heads.request("GET / HTTP/" + version + "\r\nHost: a\r\n" + header + "\r\n").keepAlive());
    }

    @Test
    void shouldSplitListsOverSeveralLines() {
        final HttpRequestHead head = Heads.get("/", "L: a, ,b\t,, c ", "X: y", "l:", "L: ,d e,");
        assertEquals(List.of("a", "b", "c", "d e"), head.headerTokens("L"));
        assertEquals(List.of("a", "b"), Heads.request("GET / HTTP/1.0\r\nL: a, b\r\n\r\n").headerTokens("L"));
        assertTrue(head.fields().hasToken("l", "C"));
        assertFalse(head.fields().hasToken("l", "d"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', nullValues = "null", value = {
        "a=1              | a | 1",
        "b=2; a=1         | a | 1",
        "b=2;a=1          | a | 1",
        "a=1; a=2         | a | 1",
        "a=\"q\"          | a | q",
        "a=\"             | a | \"",
        "a=\"\"           | a | ~~",
        "=1               | ~~ | 1",
        "a=               | a | ~~",
        "a                | a | null",
        "A=1              | a | null",
        "aa=1; ba=2       | a | null",
        "; ;a = 1 ;       | a | 1",
        "a; b=1           | b | 1",
        "b; a=1           | b | null",
        "x=a=1            | a | null",
        "a=b=c            | a | b=c",
    })
    void shouldFindCookies(String line, String name, String value) {
        assertEquals(value, Heads.get("/", "Cookie: " + line).cookie(name));
        assertEquals(value == null ? "late" : value, Heads.get("/", "Cookie: " + line, "cookie: z=1; " + name + "=late").cookie(name));
    }

    @Test
    void shouldSayWhetherTheClientWaitsBeforeItsBody() {
        assertTrue(Heads.get("/", "Content-Length: 1", "Expect: 100-Continue").expectsContinue());
        assertTrue(Heads.get("/", "Transfer-Encoding: chunked", "Expect: 100-continue").expectsContinue());
        assertFalse(Heads.get("/", "Content-Length: 0", "Expect: 100-continue").expectsContinue());
        assertFalse(Heads.get("/", "Content-Length: 1").expectsContinue());
        assertFalse(Heads.request("GET / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n").expectsContinue());
    }

    @Test
    void shouldPrintNoSecret() {
        final HttpRequestHead head = Heads.get("/ws?token=secret", "Authorization: Bearer secret", "Cookie: s=secret");
        assertEquals("HttpRequestHead[GET /ws HTTP/1.1]", head.toString());
        assertEquals("HttpFields[3]", head.fields().toString());
    }

    @Test
    void shouldIgnoreTheCaseOfLettersOnly() {
        final HttpRequestHead head = Heads.get("/", "AZ-az: 1", "x^: 2");
        assertEquals("1", head.header("az-AZ"));
        assertEquals("2", head.header("X^"));
        assertNull(head.header("x~"), "what differs by the same bit as upper and lower case is still another name");
        assertEquals(List.of("Host", "x^", "x~"), Heads.get("/", "x^: 1", "x~: 2").headerNames());
    }

    @Test
    void shouldReadValuesAsOctets() {
        assertEquals("\u00e9\u00ff", Heads.get("/", "X: \u00e9\u00ff").header("X"));
    }
}
