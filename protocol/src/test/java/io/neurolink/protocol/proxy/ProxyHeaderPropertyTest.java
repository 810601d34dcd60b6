package io.neurolink.protocol.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.neurolink.protocol.handshake.DecodeStatus;
import java.net.InetSocketAddress;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class ProxyHeaderPropertyTest {
    @Provide
    Arbitrary<byte[]> addresses() {
        return Arbitraries.of(4, 16).flatMap(length -> Arbitraries.bytes().array(byte[].class).ofSize(length));
    }

    private static String text(InetSocketAddress endpoint) {
        return endpoint.getAddress().getHostAddress();
    }

    @Property(tries = 500)
    void shouldReadWhatAProxyWrites(@ForAll("addresses") byte[] source, @ForAll @IntRange(max = 65_535) int port,
            @ForAll @Size(max = 80) byte[] value, @ForAll byte[] behind, @ForAll long seed) {
        final byte[] destination = source.clone();
        destination[0]++;
        final byte[] binary = ProxyHeaders.v2(0x21, source.length == 4 ? 0x11 : 0x21, source, destination, ProxyHeaders.uint16(port),
            ProxyHeaders.uint16(port ^ 1), ProxyHeaders.tlv(0xE0, value));
        final InetSocketAddress from = new InetSocketAddress(IpLiteral.ofBytes(source), port);
        final InetSocketAddress to = new InetSocketAddress(IpLiteral.ofBytes(destination), port ^ 1);
        check(binary, behind, new ProxyHeader(2, from, to), seed);
        if (from.getAddress().getClass() == to.getAddress().getClass()) {
            final String family = from.getAddress().getAddress().length == 4 ? "TCP4 " : "TCP6 ";
            final String line = "PROXY " + family + text(from) + " " + text(to) + " " + port + " " + (port ^ 1) + "\r\n";
            check(line.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1), behind, new ProxyHeader(1, from, to), seed);
        }
    }

    private static void check(byte[] header, byte[] behind, ProxyHeader expected, long seed) {
        assertEquals(new ProxyHeaders.Result(DecodeStatus.COMPLETE, header.length, expected),
            ProxyHeaders.everyWay(ProxyHeaders.concat(header, behind), seed));
    }

    @Property(tries = 500)
    void shouldReadChangedHeadersAsTheReferenceDoes(@ForAll @Size(max = 300) byte[] rest, @ForAll @IntRange(max = 40) int at,
            @ForAll byte changed, @ForAll long seed) {
        final byte[] header = ProxyHeaders.v2(0x21, new int[] {0x11, 0x21, 0x31, 0}[at & 3], rest);
        if (at < header.length) {
            header[at] = changed;
        }
        final ProxyHeaders.Result expected = ProxyHeaders.reference(header);
        final ProxyHeaders.Result result = ProxyHeaders.everyWay(header, seed);
        assertEquals(expected.status(), result.status());
        assertEquals(expected.header(), result.header());
    }
}
