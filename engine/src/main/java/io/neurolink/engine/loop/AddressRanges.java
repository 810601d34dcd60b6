package io.neurolink.engine.loop;

import io.neurolink.protocol.proxy.IpLiteral;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** A few addresses and blocks of addresses, such as {@code 10.0.0.0/8} and {@code ::1}. Immutable. */
public final class AddressRanges {
    /** No address at all. */
    public static final AddressRanges NONE = new AddressRanges(List.of());

    private final List<Range> ranges;

    /** Addresses whose first bits are those of the block. */
    private record Range(boolean isIpv4, int prefixLength, AddressBlock block) {
        boolean contains(InetAddress address) {
            return isIpv4 == address instanceof Inet4Address && AddressBlock.prefix(address, prefixLength).equals(block);
        }
    }

    private AddressRanges(List<Range> ranges) {
        this.ranges = List.copyOf(ranges);
    }

    /**
     * @param name  what they are, for the message.
     * @param texts addresses as digits, each alone or with the length of a prefix: {@code 192.0.2.0/24}.
     * @return what contains them all.
     * @throws IllegalArgumentException if one of them is neither; the message names it.
     */
    public static AddressRanges parse(String name, Collection<String> texts) {
        List<Range> ranges = new ArrayList<>();
        for (String text : texts) {
            int slash = text.indexOf('/');
            InetAddress address = IpLiteral.parse(slash < 0 ? text : text.substring(0, slash));
            int bits = address instanceof Inet4Address ? 32 : 128;
            int prefixLength = slash < 0 ? bits : prefixLength(text.substring(slash + 1));
            if (address == null || prefixLength < 0 || prefixLength > bits) {
                throw new IllegalArgumentException(name + " must be an IP address or a block like 192.0.2.0/24, not '" + text + "'");
            }
            ranges.add(new Range(bits == 32, prefixLength, AddressBlock.prefix(address, prefixLength)));
        }
        return new AddressRanges(ranges);
    }

    private static int prefixLength(String text) {
        return text.matches("0|[1-9][0-9]{0,2}") ? Integer.parseInt(text) : -1;
    }

    /** @return whether there is none. */
    public boolean isEmpty() {
        return ranges.isEmpty();
    }

    /**
     * @param address any address.
     * @return whether it is one of these.
     */
    public boolean contains(InetAddress address) {
        for (Range range : ranges) {
            if (range.contains(address)) {
                return true;
            }
        }
        return false;
    }
}
