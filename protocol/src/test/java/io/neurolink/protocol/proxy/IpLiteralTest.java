package io.neurolink.protocol.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IpLiteralTest {
    @ParameterizedTest
    @ValueSource(strings = {
        "0.0.0.0", "127.0.0.1", "192.0.2.255", "255.255.255.255", "::", "::1", "1::", "2001:db8::1", "2001:DB8:0:0:8:800:200c:417A",
        "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1::3:4:5:6:7:8", "fe80::", "::1.2.3.4", "64:ff9b::192.0.2.33", "1:2:3:4:5:6:1.2.3.4",
        "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "0001:0002::", "::ffff:192.0.2.1", "::ffff:c000:201"
    })
    void shouldReadWhatIsAnAddress(String text) throws UnknownHostException {
        assertEquals(InetAddress.getByName(text), IpLiteral.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", " ", "1", "1.2", "1.2.3", "1.2.3.", ".1.2.3", "1.2.3.4.", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.04", "1..2.3",
        "1.2.3.4 ",
        "1.2.3.-4", "1.2.3.+4", "1.2.3.0x4", "0x7f.1", "2130706433", "localhost", "a.b.c.d", ":", ":::", "1:", ":1", "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8:", ":1:2:3:4:5:6:7:8", "1::2::3", "1::2:3:4:5:6:7:8", "::1:2:3:4:5:6:7:8", "12345::",
        "g::", "1:2:3:4:5:6:7:1.2.3.4", "1.2.3.4::", "::1.2.3", "::1.2.3.4:5", "::1.2.3.4.5", "fe80::1%eth0", "fe80::1%1", "[::1]", "::1]",
        "1:2:3:4:5:6:7:\u0661", "\u0661.2.3.4", "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555"
    })
    void shouldRefuseWhatIsNone(String text) {
        assertNull(IpLiteral.parse(text));
    }

    @Test
    void shouldReadEveryPlaceOfAGap() throws UnknownHostException {
        for (int from = 0; from < 8; from++) {
            for (int to = from + 1; to <= 8; to++) {
                final StringBuilder text = new StringBuilder();
                for (int group = 0; group < 8; group++) {
                    if (group < from || group >= to) {
                        text.append(group == 0 || text.toString().endsWith(":") ? "" : ":").append(Integer.toHexString(group + 1));
                    } else if (group == from) {
                        text.append("::");
                    }
                }
                assertNotNull(IpLiteral.parse(text.toString()), text::toString);
                assertEquals(InetAddress.getByName(text.toString()), IpLiteral.parse(text.toString()));
            }
        }
    }
}
