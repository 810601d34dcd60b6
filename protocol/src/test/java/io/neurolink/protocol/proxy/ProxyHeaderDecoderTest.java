package io.neurolink.protocol.proxy;

import static io.neurolink.protocol.proxy.ProxyHeaders.STREAM4;
import static io.neurolink.protocol.proxy.ProxyHeaders.STREAM6;
import static io.neurolink.protocol.proxy.ProxyHeaders.UNIX;
import static io.neurolink.protocol.proxy.ProxyHeaders.addresses;
import static io.neurolink.protocol.proxy.ProxyHeaders.concat;
import static io.neurolink.protocol.proxy.ProxyHeaders.tlv;
import static io.neurolink.protocol.proxy.ProxyHeaders.v2;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.protocol.handshake.DecodeStatus;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyHeaderDecoderTest {
    private static final int LOCAL = 0x20;
    private static final int PROXY = 0x21;
    private static final byte[] IPV4 = addresses("192.0.2.1", "198.51.100.2", 56_324, 443);
    private static final byte[] IPV6 = addresses("2001:db8::1", "2001:db8::2", 56_324, 443);
    private static final byte[] BEHIND = "GET / HTTP/1.1\r\n".getBytes(StandardCharsets.ISO_8859_1);

    private static ProxyHeader complete(byte[] header) {
        final ProxyHeaders.Result result = ProxyHeaders.everyWay(concat(header, BEHIND), 1);
        assertEquals(DecodeStatus.COMPLETE, result.status());
        assertEquals(header.length, result.consumed(), "what is behind the header is not touched");
        assertEquals(result, ProxyHeaders.reference(concat(header, BEHIND)));
        for (int cut = 0; cut < header.length; cut++) {
            assertEquals(DecodeStatus.NEED_INPUT, ProxyHeaders.everyWay(Arrays.copyOf(header, cut), 1).status(), "cut at " + cut);
        }
        return result.header();
    }

    /** Refused, with its last byte and not before, unless that is said. */
    private static void refused(byte[] header, int consumed) {
        final ProxyHeaders.Result result = ProxyHeaders.everyWay(header, 1);
        assertEquals(DecodeStatus.VIOLATION, result.status());
        assertEquals(consumed, result.consumed());
        assertEquals(DecodeStatus.VIOLATION, ProxyHeaders.reference(header).status());
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(IpLiteral.parse(address), port);
    }

    // ------------------------------------------------------------------ version 2

    @Test
    void shouldReadIpv4() {
        final ProxyHeader header = complete(v2(PROXY, STREAM4, IPV4));
        assertEquals(new ProxyHeader(2, at("192.0.2.1", 56_324), at("198.51.100.2", 443)), header);
    }

    @Test
    void shouldReadIpv6() {
        final ProxyHeader header = complete(v2(PROXY, STREAM6, IPV6));
        assertEquals(new ProxyHeader(2, at("2001:db8::1", 56_324), at("2001:db8::2", 443)), header);
    }

    @Test
    void shouldTakeAMappedAddressForIpv4() {
        final byte[] mapped = concat(new byte[10], new byte[] {-1, -1, (byte) 192, 0, 2, 1}, new byte[16], new byte[4]);
        assertEquals(at("192.0.2.1", 0), complete(v2(PROXY, STREAM6, mapped)).source());
    }

    @ParameterizedTest
    @ValueSource(ints = {0x12, 0x22, 0x32})
    void shouldReadDatagramsAsWell(int family) {
        complete(v2(PROXY, family, new byte[216]));
    }

    @Test
    void shouldKnowNobodyBehindOtherFamilies() {
        assertNull(complete(v2(PROXY, UNIX, new byte[216])).source());
        assertNull(complete(v2(PROXY, 0)).source());
        assertNull(complete(v2(PROXY, 0, new byte[] {1, 2, 3, 4, 5})).source());
    }

    /** The proxy speaks for itself, a health check for instance: family and addresses mean nothing. */
    @Test
    void shouldKnowNobodyBehindLocal() {
        assertNull(complete(v2(LOCAL, 0)).source());
        assertNull(complete(v2(LOCAL, STREAM4, IPV4)).source());
        assertNull(complete(v2(LOCAL, 0xFF, new byte[] {9, 9})).source());
    }

    @Test
    void shouldPassOverValuesItDoesNotKnow() {
        final byte[] header = v2(PROXY, STREAM4, IPV4, tlv(0x01, latin("h2")), tlv(0xEA), tlv(0x04, new byte[300]));
        assertEquals(at("192.0.2.1", 56_324), complete(header).source());
    }

    @ParameterizedTest
    @MethodSource
    void shouldRefuseValuesThatDoNotFit(byte[] tlvs) {
        final byte[] header = v2(PROXY, STREAM4, IPV4, tlvs);
        refused(header, header.length);
    }

    static Stream<byte[]> shouldRefuseValuesThatDoNotFit() {
        return Stream.of(new byte[] {4}, new byte[] {4, 0}, new byte[] {4, 0, 1}, concat(tlv(4, latin("ok")), new byte[] {4, 0, 3, 1, 1}),
            new byte[] {4, -1, -1, 1});
    }

    @Test
    void shouldHoldTheLimitOfTheLength() {
        final int room = ProxyHeaderDecoder.MAX_V2_LENGTH - IPV4.length - 3;
        complete(v2(PROXY, STREAM4, IPV4, tlv(4, new byte[room - 1])));
        complete(v2(PROXY, STREAM4, IPV4, tlv(4, new byte[room])));
        refused(v2(PROXY, STREAM4, IPV4, tlv(4, new byte[room + 1])), 16);
        refused(v2(LOCAL, 0, new byte[65_535]), 16);
    }

    @Test
    void shouldRefuseTooFewBytesForTheAddresses() {
        complete(v2(PROXY, STREAM4, new byte[12]));
        refused(v2(PROXY, STREAM4, new byte[11]), 16);
        complete(v2(PROXY, STREAM6, new byte[36]));
        refused(v2(PROXY, STREAM6, new byte[35]), 16);
        complete(v2(PROXY, UNIX, new byte[216]));
        refused(v2(PROXY, UNIX, new byte[215]), 16);
        refused(v2(PROXY, STREAM4), 16);
    }

    @Test
    void shouldVerifyAChecksum() {
        final byte[] plain = v2(PROXY, STREAM4, IPV4, tlv(0x03, new byte[4]), tlv(0xEA, latin("behind")));
        final byte[] header = ProxyHeaders.withChecksum(plain, 16 + 12 + 3);
        complete(header);
        final int typeOffset = 16 + 12;
        for (int i = 16; i < header.length; i++) {
            final byte[] changed = header.clone();
            changed[i] ^= 0x40;
            final DecodeStatus expected = i == typeOffset ? DecodeStatus.COMPLETE : DecodeStatus.VIOLATION;
            assertEquals(expected, ProxyHeaders.whole(changed).status(), "byte " + i);
        }
        refused(v2(PROXY, STREAM4, IPV4, tlv(0x03, new byte[5])), 16 + 12 + 8);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x00, 0x01, 0x10, 0x11, 0x22, 0x2F, 0x30, 0x31, 0xFF})
    void shouldRefuseOtherVersionsAndCommands(int command) {
        refused(v2(command, STREAM4, IPV4), 13);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x01, 0x02, 0x10, 0x13, 0x20, 0x2F, 0x30, 0x33, 0x40, 0x41, 0x81, 0x91, 0xFF})
    void shouldRefuseOtherFamiliesAndTransports(int family) {
        refused(v2(PROXY, family, new byte[216]), 14);
    }

    @Test
    void shouldRefuseEverySignatureButTheRightOne() {
        for (int i = 0; i < ProxyHeaders.SIGNATURE.length; i++) {
            final byte[] header = v2(PROXY, STREAM4, IPV4);
            header[i]++;
            refused(header, i + 1);
        }
    }

    // ------------------------------------------------------------------ version 1

    @Test
    void shouldReadVersion1() {
        assertEquals(new ProxyHeader(1, at("192.0.2.1", 56_324), at("198.51.100.2", 443)),
            complete(latin("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n")));
        assertEquals(new ProxyHeader(1, at("2001:db8::1", 0), at("::2", 65_535)),
            complete(latin("PROXY TCP6 2001:db8::1 ::2 0 65535\r\n")));
        assertEquals(new ProxyHeader(1, null, null), complete(latin("PROXY UNKNOWN\r\n")));
        assertEquals(new ProxyHeader(1, null, null), complete(latin("PROXY UNKNOWN \u0000\u0085\u00ff\r\n")), "whatever stands there");
        final String longest = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
        assertNull(complete(latin("PROXY UNKNOWN " + longest + " " + longest + " 65535 65535\r\n")).source());
    }

    @Test
    void shouldHoldTheLimitOfTheLine() {
        final String start = "PROXY UNKNOWN ";
        complete(latin(start + "x".repeat(104 - start.length()) + "\r\n"));
        complete(latin(start + "x".repeat(105 - start.length()) + "\r\n"));
        refused(latin(start + "x".repeat(106 - start.length()) + "\r\n"), 107);
        refused(latin(start + "x".repeat(1000)), 107);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "PROXY TCP4 192.0.2.1 198.51.100.2 56324\r\n", "PROXY TCP4 192.0.2.1 198.51.100.2 56324 443 \r\n",
        "PROXY TCP4 192.0.2.1  198.51.100.2 56324 443\r\n", "PROXY TCP4 192.0.2.1 198.51.100.2 56324 65536\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 056324 443\r\n", "PROXY TCP4 192.0.2.1 198.51.100.2 -1 443\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1 \r\n", "PROXY TCP4 192.0.2.256 198.51.100.2 1 2\r\n", "PROXY TCP4 ::1 ::2 1 2\r\n",
        "PROXY TCP6 192.0.2.1 198.51.100.2 1 2\r\n", "PROXY TCP6 ::1 ::g 1 2\r\n", "PROXY TCP5 ::1 ::1 1 2\r\n",
        "PROXY tcp4 192.0.2.1 198.51.100.2 1 2\r\n", "PROXY UNKNOWNS\r\n", "PROXY \r\n", "PROXY  UNKNOWN\r\n", "PROXY\tUNKNOWN\r\n",
        "PROXY TCP4 localhost localhost 1 2\r\n"
    })
    void shouldRefuseBrokenLines(String line) {
        final int consumed = line.startsWith("PROXY\t") ? 6 : line.length();
        refused(latin(line), consumed);
    }

    @Test
    void shouldRefuseOtherEndsOfALine() {
        refused(latin("PROXY UNKNOWN\n"), 14);
        refused(latin("PROXY UNKNOWN\rX"), 15);
        refused(latin("PROXY UNKNOWN\r\r\n"), 15);
    }

    // ------------------------------------------------------------------ neither

    @ParameterizedTest
    @ValueSource(strings = {"GET / HTTP/1.1\r\n\r\n", "proxy UNKNOWN\r\n", "\u0016\u0003\u0001", "\0", "\n", " PROXY UNKNOWN\r\n"})
    void shouldRefuseConnectionsThatBeginOtherwise(String text) {
        refused(latin(text), 1);
    }

    @Test
    void shouldRefuseWhatOnlyBeginsLikeAHeader() {
        refused(latin("POST / HTTP/1.1\r\n"), 2);
        refused(latin("PROXYUNKNOWN\r\n"), 6);
        refused(latin("\r\n\r\nGET / HTTP/1.1\r\n"), 5);
    }

    /** What one connection brought must not show in another: instances share nothing, and one that is done takes no more. */
    @Test
    void shouldTakeNothingAfterTheHeader() {
        final ProxyHeaderDecoder decoder = new ProxyHeaderDecoder();
        assertTrue(decoder.isIdle());
        final byte[] header = v2(PROXY, STREAM4, IPV4);
        decoder.decode(ByteBuffer.wrap(header), 0, header.length);
        final ProxyHeader first = decoder.header();
        assertEquals(0, decoder.decode(ByteBuffer.wrap(v2(PROXY, STREAM6, IPV6)), 0, 52));
        assertEquals(first, decoder.header());
        assertEquals(DecodeStatus.NEED_INPUT, new ProxyHeaderDecoder().status());
    }
}
