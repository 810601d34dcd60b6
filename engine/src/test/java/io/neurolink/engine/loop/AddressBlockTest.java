package io.neurolink.engine.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressBlockTest {
    private static AddressBlock block(String address, int prefixLength) throws UnknownHostException {
        return AddressBlock.of(InetAddress.getByName(address), prefixLength);
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1, 64",
        "::ffff:192.0.2.1, 192.0.2.1, 64",
        "2001:db8:1:2::1, 2001:db8:1:2:ffff:ffff:ffff:ffff, 64",
        "2001:db8:1:2::1, 2001:db8:1:3::1, 63",
        "2001:db8:1:2::1, 2001:db8:1:2::2, 126",
        "2001:db8::1, 2001:dbf::1, 28",
        "8000::1, ffff::1, 1",
    })
    void shouldTakeForOne(String a, String b, int prefixLength) throws UnknownHostException {
        assertEquals(block(a, prefixLength), block(b, prefixLength));
        assertEquals(0, block(a, prefixLength).compareTo(block(b, prefixLength)));
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.2, 64",
        "192.0.2.1, 192.0.2.2, 16",
        "2001:db8:1:2::1, 2001:db8:1:3::1, 64",
        "2001:db8:1:2::1, 2001:db8:1:2::2, 127",
        "2001:db8:1:2::1, 2001:db8:1:2::2, 128",
        "2001:db8:1:2::, 2001:db8:1:2:8000::, 65",
        "::1, 0.0.0.1, 64",
    })
    void shouldTellApart(String a, String b, int prefixLength) throws UnknownHostException {
        AddressBlock first = block(a, prefixLength);
        AddressBlock second = block(b, prefixLength);
        assertNotEquals(first, second);
        assertNotEquals(0, first.compareTo(second));
        assertEquals(first.compareTo(second) > 0, second.compareTo(first) < 0);
    }
}
