package io.neurolink.engine.loop;

import java.net.Inet4Address;
import java.net.InetAddress;

/**
 * Whom a limit per address means: an IPv4 address, or as much of an IPv6 address as one subscriber is given.
 *
 * @param high first 64 bits of the IPv6 address; 0 for IPv4
 * @param low  last 64 bits; an IPv4 address as {@code ::ffff:a.b.c.d}
 */
record AddressBlock(long high, long low) implements Comparable<AddressBlock> {
    private static final long MAPPED = 0xFFFF_0000_0000L;
    private static final int HALF_BITS = 64;

    /**
     * @param address          the address.
     * @param ipv6PrefixLength leading bits of an IPv6 address that count, 1 to 128.
     */
    static AddressBlock of(InetAddress address, int ipv6PrefixLength) {
        return prefix(address, address instanceof Inet4Address ? Integer.SIZE : ipv6PrefixLength);
    }

    /**
     * @param address      the address.
     * @param prefixLength leading bits that count, 0 to 32 or 0 to 128.
     */
    static AddressBlock prefix(InetAddress address, int prefixLength) {
        byte[] bytes = address.getAddress();
        if (bytes.length == 4) {
            return new AddressBlock(0, (MAPPED | bits(bytes, 0, 4)) & mask(HALF_BITS - Integer.SIZE + prefixLength));
        }
        long high = bits(bytes, 0, 8) & mask(prefixLength);
        return new AddressBlock(high, bits(bytes, 8, 16) & mask(prefixLength - HALF_BITS));
    }

    private static long bits(byte[] bytes, int from, int to) {
        long bits = 0;
        for (int i = from; i < to; i++) {
            bits = bits << 8 | bytes[i] & 0xFF;
        }
        return bits;
    }

    private static long mask(int leading) {
        return leading <= 0 ? 0 : leading >= HALF_BITS ? -1 : -1L << HALF_BITS - leading;
    }

    /** Keeps a table fast whose keys were chosen to have the same hash. */
    @Override
    public int compareTo(AddressBlock other) {
        int order = Long.compareUnsigned(high, other.high);
        return order != 0 ? order : Long.compareUnsigned(low, other.low);
    }
}
