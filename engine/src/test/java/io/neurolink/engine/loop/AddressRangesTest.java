package io.neurolink.engine.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRangesTest {
    @ParameterizedTest
    @CsvSource({
        "192.0.2.0/24, 192.0.2.0, true", "192.0.2.0/24, 192.0.2.255, true", "192.0.2.0/24, 192.0.3.0, false",
        "192.0.2.77/24, 192.0.2.1, true", "192.0.2.1, 192.0.2.1, true", "192.0.2.1, 192.0.2.2, false", "192.0.2.1/32, 192.0.2.0, false",
        "192.0.2.0/31, 192.0.2.1, true", "0.0.0.0/0, 255.1.2.3, true", "0.0.0.0/0, ::1, false",
        "::/0, 10.0.0.1, false", "::/0, fe80::1, true",
        "2001:db8::/32, 2001:db8:ffff::1, true", "2001:db8::/32, 2001:db9::, false", "::1, ::1, true", "::1, ::2, false",
        "fd00::/8, fdff::1, true", "2001:db8::/65, 2001:db8:0:0:8000::, false",
        "::ffff:10.0.0.0/8, 10.1.1.1, true", "10.0.0.0/8, ::a00:1, false",
    })
    void shouldContain(String range, String address, boolean expected) throws UnknownHostException {
        assertEquals(expected, AddressRanges.parse("proxies", List.of(range)).contains(InetAddress.getByName(address)));
    }

    @Test
    void shouldContainWhatOneOfThemContains() throws UnknownHostException {
        AddressRanges ranges = AddressRanges.parse("proxies", List.of("10.0.0.0/8", "::1"));
        assertTrue(ranges.contains(InetAddress.getByName("10.2.3.4")));
        assertTrue(ranges.contains(InetAddress.getByName("::1")));
        assertEquals(false, ranges.contains(InetAddress.getByName("11.2.3.4")));
        assertEquals(false, AddressRanges.NONE.contains(InetAddress.getByName("::1")));
        assertTrue(AddressRanges.NONE.isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", "localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8/8", "::/129", "10.0.0", "/8", "10.0.0.0/ 8",
        "10.0.0.0/1000", "*"
    })
    void shouldNameWhatIsNoAddress(String text) {
        IllegalArgumentException error = assertThrows(IllegalArgumentException.class,
                () -> AddressRanges.parse("proxies", List.of("::1", text)));
        assertEquals("proxies must be an IP address or a block like 192.0.2.0/24, not '" + text + "'", error.getMessage());
    }
}
