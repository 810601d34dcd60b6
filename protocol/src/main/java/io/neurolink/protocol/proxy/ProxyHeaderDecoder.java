package io.neurolink.protocol.proxy;

import io.neurolink.protocol.handshake.DecodeStatus;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Reads the header of the PROXY protocol, with which a proxy begins a connection, from bytes that may be cut anywhere. One instance reads
 * one header. A violation is found at its first byte where that is possible.
 *
 * <pre>
 *   version 1:  PROXY TCP4|TCP6 SP source SP destination SP port SP port CR LF      at most 107 bytes
 *               PROXY UNKNOWN … CR LF
 *
 *   version 2:  0 ................ 12 ......... 13 ......... 14 ...... 16 ........................ 16 + length
 *               | signature        | 2, command | family,    | length  | addresses | type-length-values |
 *               |                  |            | transport  |         |           | (8, 16 bits, value)|
 * </pre>
 *
 * Bytes behind the header belong to the connection: {@link #needed()} tells how many may be taken from a socket without taking of those.
 */
public final class ProxyHeaderDecoder {
    /** Bytes that may follow the fixed part of version 2: addresses, and what a proxy adds to them. */
    public static final int MAX_V2_LENGTH = 4096;

    /** Bytes of a header of version 1, its CR LF included. */
    public static final int MAX_V1_LENGTH = 107;

    private static final byte[] SIGNATURE = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
    private static final byte[] V1_START = "PROXY ".getBytes(StandardCharsets.ISO_8859_1);
    private static final int V2_FIXED_LENGTH = 16;
    private static final int MIN_LENGTH = 15;
    private static final int INITIAL_BYTES = 64;

    private static final int COMMAND_OFFSET = 12;
    private static final int FAMILY_OFFSET = 13;
    private static final int LENGTH_OFFSET = 14;
    private static final int LOCAL = 0x20;
    private static final int PROXY = 0x21;
    private static final int INET = 1;
    private static final int INET6 = 2;
    private static final int UNIX = 3;
    private static final int UNIX_LENGTH = 216;
    private static final int CRC32C_TYPE = 0x03;
    private static final int TLV_HEADER_LENGTH = 3;

    private byte[] bytes = new byte[INITIAL_BYTES];
    private int length;
    private int v2Length = -1;
    private DecodeStatus status = DecodeStatus.NEED_INPUT;
    private ProxyHeader header;
    private String violation;

    /** A decoder that waits for the first byte. */
    public ProxyHeaderDecoder() {
    }

    /**
     * Consumes bytes up to the end of the header, or to the byte that breaks a rule, and leaves the buffer's own position alone.
     *
     * @param in       the bytes
     * @param position index of the first byte to read
     * @param limit    index after the last byte to read
     * @return index of the first byte that was not consumed; {@code limit} while more is needed
     */
    public int decode(ByteBuffer in, int position, int limit) {
        int at = position;
        while (at < limit && status == DecodeStatus.NEED_INPUT) {
            append(in.get(at++));
            check();
        }
        return at;
    }

    /** {@return where this decoder stands} */
    public DecodeStatus status() {
        return status;
    }

    /** {@return the header; {@code null} unless the status is {@link DecodeStatus#COMPLETE}} */
    public ProxyHeader header() {
        return header;
    }

    /** {@return what is wrong, in a sentence; {@code null} unless the status is {@link DecodeStatus#VIOLATION}} */
    public String violation() {
        return violation;
    }

    /** {@return whether no byte has come} */
    public boolean isIdle() {
        return length == 0;
    }

    /** {@return how many bytes that have not come belong to the header for certain; 0 when it is complete or broken} */
    public int needed() {
        if (status != DecodeStatus.NEED_INPUT) {
            return 0;
        }
        if (length < MIN_LENGTH) {
            return MIN_LENGTH - length;
        }
        if (isV1()) {
            return bytes[length - 1] == '\r' ? 1 : 2;
        }
        return length < V2_FIXED_LENGTH ? V2_FIXED_LENGTH - length : V2_FIXED_LENGTH + v2Length - length;
    }

    private boolean isV1() {
        return bytes[0] == V1_START[0];
    }

    private void append(byte b) {
        if (length == bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * length);
        }
        bytes[length++] = b;
    }

    private void check() {
        if (isV1()) {
            checkV1();
        } else {
            checkV2();
        }
    }

    private void fail(String sentence) {
        status = DecodeStatus.VIOLATION;
        violation = sentence;
    }

    private void complete(ProxyHeader newHeader) {
        status = DecodeStatus.COMPLETE;
        header = newHeader;
    }

    // ------------------------------------------------------------------ version 1

    private void checkV1() {
        final byte last = bytes[length - 1];
        if (length <= V1_START.length) {
            if (last != V1_START[length - 1]) {
                fail("a connection must begin with the header of the PROXY protocol");
            }
        } else if (last == '\n') {
            if (bytes[length - 2] == '\r') {
                parseV1(new String(bytes, V1_START.length, length - V1_START.length - 2, StandardCharsets.ISO_8859_1));
            } else {
                fail("the line of a PROXY header must end with CR LF");
            }
        } else if (bytes[length - 2] == '\r') {
            fail("CR in the line of a PROXY header must be followed by LF");
        } else if (length == MAX_V1_LENGTH) {
            fail("the line of a PROXY header must not have more than " + MAX_V1_LENGTH + " bytes");
        }
    }

    private void parseV1(String text) {
        final String[] parts = text.split(" ", -1);
        if (parts[0].equals("UNKNOWN")) {
            complete(new ProxyHeader(1, null, null));
            return;
        }
        final int addressLength = parts[0].equals("TCP4") ? 4 : 16;
        if (parts.length != 5 || addressLength == 16 && !parts[0].equals("TCP6")) {
            fail("a PROXY line must be UNKNOWN, or TCP4 or TCP6 with two addresses and two ports");
            return;
        }
        final InetSocketAddress source = endpoint(parts[1], parts[3], addressLength);
        final InetSocketAddress destination = endpoint(parts[2], parts[4], addressLength);
        if (source == null || destination == null) {
            fail("a PROXY line holds an address or a port that is none");
        } else {
            complete(new ProxyHeader(1, source, destination));
        }
    }

    private static InetSocketAddress endpoint(String address, String port, int addressLength) {
        final boolean isKind = address.indexOf(':') >= 0 == (addressLength == 16);
        final InetAddress parsed = isKind ? IpLiteral.parse(address) : null;
        final int number = IpLiteral.decimal(port, 0, port.length(), 65_535);
        return parsed == null || number < 0 ? null : new InetSocketAddress(parsed, number);
    }

    // ------------------------------------------------------------------ version 2

    private void checkV2() {
        if (length <= SIGNATURE.length) {
            if (bytes[length - 1] != SIGNATURE[length - 1]) {
                fail("a connection must begin with the header of the PROXY protocol");
            }
        } else if (length <= V2_FIXED_LENGTH) {
            checkFixedPart();
        }
        if (status == DecodeStatus.NEED_INPUT && length >= V2_FIXED_LENGTH && length == V2_FIXED_LENGTH + v2Length) {
            parseV2();
        }
    }

    private void checkFixedPart() {
        final int last = bytes[length - 1] & 0xFF;
        if (length == COMMAND_OFFSET + 1 && last != LOCAL && last != PROXY) {
            fail("a PROXY header has an unknown version or command: 0x" + Integer.toHexString(last));
        } else if (length == FAMILY_OFFSET + 1 && !isLocal() && !isFamily(last)) {
            fail("a PROXY header has an unknown family or transport: 0x" + Integer.toHexString(last));
        } else if (length == V2_FIXED_LENGTH) {
            v2Length = uint16(LENGTH_OFFSET);
            if (v2Length > MAX_V2_LENGTH) {
                fail("a PROXY header must not have more than " + MAX_V2_LENGTH + " bytes behind its fixed part");
            } else if (!isLocal() && v2Length < addressesLength()) {
                fail("a PROXY header is too short for its addresses");
            }
        }
    }

    private boolean isLocal() {
        return bytes[COMMAND_OFFSET] == LOCAL;
    }

    /** AF_UNSPEC alone, or INET, INET6 or UNIX with a stream or datagrams. */
    private static boolean isFamily(int value) {
        final int transport = value & 0x0F;
        return value == 0 || value >> 4 >= INET && value >> 4 <= UNIX && (transport == 1 || transport == 2);
    }

    private int addressesLength() {
        return switch (bytes[FAMILY_OFFSET] >> 4) {
            case INET -> 12;
            case INET6 -> 36;
            case UNIX -> UNIX_LENGTH;
            default -> 0;
        };
    }

    private int uint16(int offset) {
        return (bytes[offset] & 0xFF) << 8 | bytes[offset + 1] & 0xFF;
    }

    /** What stands behind the addresses of a family nobody knows, or of a connection of the proxy's own, is not looked at. */
    private void parseV2() {
        final int family = bytes[FAMILY_OFFSET] >> 4;
        if (isLocal() || family == 0) {
            complete(new ProxyHeader(2, null, null));
        } else if (checkTlvs(V2_FIXED_LENGTH + addressesLength())) {
            complete(family == UNIX ? new ProxyHeader(2, null, null) : inet(family == INET ? 4 : 16));
        }
    }

    private ProxyHeader inet(int addressLength) {
        final int ports = V2_FIXED_LENGTH + 2 * addressLength;
        return new ProxyHeader(2, endpoint(V2_FIXED_LENGTH, addressLength, ports),
            endpoint(V2_FIXED_LENGTH + addressLength, addressLength, ports + 2));
    }

    private InetSocketAddress endpoint(int offset, int addressLength, int portOffset) {
        return new InetSocketAddress(IpLiteral.ofBytes(Arrays.copyOfRange(bytes, offset, offset + addressLength)), uint16(portOffset));
    }

    private boolean checkTlvs(int start) {
        int at = start;
        while (at < length) {
            final int end = at + TLV_HEADER_LENGTH > length ? Integer.MAX_VALUE : at + TLV_HEADER_LENGTH + uint16(at + 1);
            if (end > length) {
                fail("a value in a PROXY header is longer than the header");
                return false;
            }
            if (bytes[at] == CRC32C_TYPE && !isChecksum(at + TLV_HEADER_LENGTH, end)) {
                fail("the checksum of a PROXY header is wrong");
                return false;
            }
            at = end;
        }
        return true;
    }

    /** The checksum is that of the header with the checksum itself taken for zero. */
    private boolean isChecksum(int start, int end) {
        if (end - start != Integer.BYTES) {
            return false;
        }
        final CRC32C crc = new CRC32C();
        crc.update(bytes, 0, start);
        crc.update(new byte[Integer.BYTES]);
        crc.update(bytes, end, length - end);
        return (int) crc.getValue() == ByteBuffer.wrap(bytes).getInt(start);
    }
}
