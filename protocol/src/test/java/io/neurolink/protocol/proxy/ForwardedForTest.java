package io.neurolink.protocol.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.neurolink.protocol.handshake.DecodeStatus;
import io.neurolink.protocol.handshake.HttpFields;
import io.neurolink.protocol.handshake.HttpLimits;
import io.neurolink.protocol.handshake.RequestDecoder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The proxies of these tests are in 10.0.0.0/8 and fd00::/8; the peer is one of them. */
class ForwardedForTest {
    private static final InetSocketAddress PEER = new InetSocketAddress(IpLiteral.parse("10.0.0.1"), 4711);
    private static final Predicate<InetAddress> TRUSTED = address -> {
        final byte first = address.getAddress()[0];
        return address.getAddress().length == 4 ? first == 10 : first == (byte) 0xFD;
    };

    private static HttpFields fields(String... lines) {
        final RequestDecoder decoder = new RequestDecoder(new HttpLimits(1 << 10, 1 << 20, 1 << 21, 1 << 12));
        final String head = "GET / HTTP/1.1\r\nHost: a\r\n" + String.join("\r\n", lines) + (lines.length == 0 ? "" : "\r\n") + "\r\n";
        final byte[] bytes = head.getBytes(StandardCharsets.ISO_8859_1);
        decoder.decode(ByteBuffer.wrap(bytes), 0, bytes.length);
        assertEquals(DecodeStatus.COMPLETE, decoder.status(), () -> String.valueOf(decoder.violation()));
        return decoder.head().fields();
    }

    private static String client(String... lines) {
        final InetSocketAddress client = ForwardedFor.client(PEER, fields(lines), TRUSTED);
        return client == null ? null : client.getAddress().getHostAddress() + " " + client.getPort();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "192.0.2.1                            | 192.0.2.1 0",
        "192.0.2.1, 10.0.0.2                  | 192.0.2.1 0",
        "192.0.2.1, 10.0.0.3, 10.0.0.2        | 192.0.2.1 0",
        "192.0.2.9, 192.0.2.1, 10.0.0.2       | 192.0.2.1 0",
        "10.9.9.9, 192.0.2.1                  | 192.0.2.1 0",
        "junk, 192.0.2.1                      | 192.0.2.1 0",
        "\", 192.0.2.1                        | 192.0.2.1 0",
        "192.0.2.1:80                         | 192.0.2.1 80",
        "192.0.2.1:99999                      | 192.0.2.1 0",
        "2001:db8::1                          | 2001:db8:0:0:0:0:0:1 0",
        "[2001:db8::1]                        | 2001:db8:0:0:0:0:0:1 0",
        "[2001:db8::1]:443                    | 2001:db8:0:0:0:0:0:1 443",
        "::ffff:192.0.2.1                     | 192.0.2.1 0",
        "2001:db8::1, fd00::2                 | 2001:db8:0:0:0:0:0:1 0",
        "192.0.2.1,10.0.0.2,                  | 192.0.2.1 0",
        ", ,                                  | 10.0.0.1 4711",
        "10.0.0.3, 10.0.0.2                   | 10.0.0.3 0",
        "192.0.2.1, unknown                   | 10.0.0.1 4711",
        "192.0.2.1, unknown, 10.0.0.2         | 10.0.0.2 0",
        "192.0.2.1, junk                      | 10.0.0.1 4711",
        "192.0.2.1, 192.0.2.256               | 10.0.0.1 4711",
        "192.0.2.1, [192.0.2.2]               | 10.0.0.1 4711",
        "192.0.2.1, [2001:db8::1              | 10.0.0.1 4711",
        "192.0.2.1, [2001:db8::1]x            | 10.0.0.1 4711",
    })
    void shouldReadXForwardedForFromTheRight(String value, String expected) {
        assertEquals(expected, client("X-Forwarded-For: " + value));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\u0001', value = {
        "for=192.0.2.1                                                  | 192.0.2.1 0",
        "For=192.0.2.1;Proto=https;By=10.0.0.1                          | 192.0.2.1 0",
        "proto=http; for=192.0.2.1 ;host=a                              | 192.0.2.1 0",
        "for=\"192.0.2.1:4711\"                                         | 192.0.2.1 4711",
        "for=\"192.0.2.1:_port\"                                        | 192.0.2.1 0",
        "for=\"[2001:db8::1]:4711\"                                     | 2001:db8:0:0:0:0:0:1 4711",
        "for=\"[2001:db8::1]\"                                          | 2001:db8:0:0:0:0:0:1 0",
        "for=\"\\1\\9\\2.0.2.1\"                                        | 192.0.2.1 0",
        "for=192.0.2.1, for=10.0.0.2                                    | 192.0.2.1 0",
        "for=192.0.2.9, for=192.0.2.1                                   | 192.0.2.1 0",
        "for=192.0.2.1;host=\"a,b;for=192.0.2.9\"                       | 192.0.2.1 0",
        "for=192.0.2.1;host=\"a\\\", for=192.0.2.9\"                    | 192.0.2.1 0",
        "for=\"evil, for=192.0.2.1                                      | 192.0.2.1 0",
        "for=evil\", for=192.0.2.1;by=\"10.0.0.1\"                      | 192.0.2.1 0",
        "for=\"evil\\, for=192.0.2.1                                    | 192.0.2.1 0",
        "for=unknown                                                    | 10.0.0.1 4711",
        "for=_hidden                                                    | 10.0.0.1 4711",
        "for=192.0.2.9, for=_hidden, for=10.0.0.2                       | 10.0.0.2 0",
        "by=192.0.2.1                                                   | 10.0.0.1 4711",
        "for=192.0.2.1;for=192.0.2.2                                    | 10.0.0.1 4711",
        "for=                                                           | 10.0.0.1 4711",
        "for=\"                                                         | 10.0.0.1 4711",
        "for=\"192.0.2.12                                               | 10.0.0.1 4711",
        "for                                                            | 10.0.0.1 4711",
        "=192.0.2.1                                                     | 10.0.0.1 4711",
        "192.0.2.1                                                      | 10.0.0.1 4711",
    })
    void shouldReadForwardedFromTheRight(String value, String expected) {
        assertEquals(expected, client("Forwarded: " + value));
    }

    @Test
    void shouldReadSeveralLinesAsOneList() {
        assertEquals("192.0.2.1 0",
            client("X-Forwarded-For: 192.0.2.9", "X-Forwarded-For: 192.0.2.1, 10.0.0.3", "X-FORWARDED-FOR: 10.0.0.2"));
        assertEquals("192.0.2.1 0", client("forwarded: for=\"192.0.2.9", "Forwarded: for=192.0.2.1", "Forwarded: for=10.0.0.2"));
    }

    @Test
    void shouldBelieveNobodyWhoIsNotTrusted() {
        final InetSocketAddress stranger = new InetSocketAddress(IpLiteral.parse("192.0.2.7"), 1);
        final HttpFields fields = fields("X-Forwarded-For: 192.0.2.1", "Forwarded: for=192.0.2.2");
        assertSame(stranger, ForwardedFor.client(stranger, fields, TRUSTED));
        assertSame(PEER, ForwardedFor.client(PEER, fields, address -> false));
    }

    @Test
    void shouldTakeThePeerWhereNothingIsSaid() {
        assertSame(PEER, ForwardedFor.client(PEER, fields(), TRUSTED));
    }

    /** One of the two was not written by the proxy but by the client, and nobody can know which. */
    @Test
    void shouldNotChooseBetweenTwoClients() {
        assertNull(client("X-Forwarded-For: 192.0.2.1", "Forwarded: for=192.0.2.2"));
        assertNull(client("X-Forwarded-For: 192.0.2.1", "Forwarded: for=unknown"));
        assertNull(client("X-Forwarded-For: junk", "Forwarded: for=192.0.2.2"));
        assertEquals("192.0.2.1 80", client("X-Forwarded-For: 192.0.2.1", "Forwarded: for=\"192.0.2.1:80\""));
    }

    /** A megabyte of each: what is slower than linear would not come to an end. */
    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.2,", "192.0.2.1,", ",", "\"", "\\\"", "\\", "for=10.0.0.2,", "for=\"", ";", "for=10.0.0.2;", "[", ":"})
    void shouldTakeListsOfThousands(String piece) {
        final String many = piece.repeat(1_000_000 / piece.length());
        assertEquals("192.0.2.1 0", client("X-Forwarded-For: " + many, "X-Forwarded-For: 192.0.2.1"));
        assertEquals("192.0.2.1 0", client("Forwarded: " + many, "Forwarded: for=192.0.2.1"));
        client("X-Forwarded-For: " + many);
        client("Forwarded: " + many);
    }
}
