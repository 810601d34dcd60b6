package io.neurolink.protocol.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.protocol.handshake.DecodeStatus;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/** Writes headers of the PROXY protocol, feeds decoders in every way bytes can be cut, and has a slow reader of its own. */
final class ProxyHeaders {
    static final byte[] SIGNATURE = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a");
    static final int STREAM4 = 0x11;
    static final int STREAM6 = 0x21;
    static final int UNIX = 0x31;

    private static final Pattern V1 =
        Pattern.compile("PROXY (?:UNKNOWN(?: .*)?|(TCP[46]) ([^ ]*) ([^ ]*) (0|[1-9]\\d{0,4}) (0|[1-9]\\d{0,4}))", Pattern.DOTALL);

    private ProxyHeaders() {
    }

    /** What became of some bytes. */
    record Result(DecodeStatus status, int consumed, ProxyHeader header) {
    }

    // ------------------------------------------------------------------ writing

    static byte[] v2(int command, int family, byte[]... parts) {
        final byte[] rest = concat(parts);
        return concat(SIGNATURE, new byte[] {(byte) command, (byte) family, (byte) (rest.length >> 8), (byte) rest.length}, rest);
    }

    static byte[] addresses(String source, String destination, int sourcePort, int destinationPort) {
        return concat(rawAddress(source), rawAddress(destination), uint16(sourcePort), uint16(destinationPort));
    }

    private static byte[] rawAddress(String text) {
        return IpLiteral.parse(text).getAddress();
    }

    static byte[] uint16(int value) {
        return new byte[] {(byte) (value >> 8), (byte) value};
    }

    static byte[] tlv(int type, byte... value) {
        return concat(new byte[] {(byte) type}, uint16(value.length), value);
    }

    /** The header with the right checksum in the place of the zeros behind its type. */
    static byte[] withChecksum(byte[] header, int valueOffset) {
        final CRC32C crc = new CRC32C();
        crc.update(header);
        ByteBuffer.wrap(header).putInt(valueOffset, (int) crc.getValue());
        return header;
    }

    static byte[] concat(byte[]... parts) {
        final ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    // ------------------------------------------------------------------ reading

    static Result whole(byte[] input) {
        return inPieces(input, input.length, null);
    }

    static Result byteByByte(byte[] input) {
        return inPieces(input, 1, null);
    }

    static Result inRandomPieces(byte[] input, Random random) {
        return inPieces(input, 0, random);
    }

    private static Result inPieces(byte[] input, int piece, Random random) {
        final ProxyHeaderDecoder decoder = new ProxyHeaderDecoder();
        int at = 0;
        while (at < input.length && decoder.status() == DecodeStatus.NEED_INPUT) {
            final int length = random == null ? piece : 1 + random.nextInt(20);
            at = decoder.decode(ByteBuffer.wrap(input), at, Math.min(input.length, at + length));
        }
        return result(decoder, at);
    }

    /** As from a socket: never more bytes at once than the decoder says it needs. None of those behind the header may be missing then. */
    static Result asNeeded(byte[] input) {
        final ProxyHeaderDecoder decoder = new ProxyHeaderDecoder();
        int at = 0;
        while (at < input.length && decoder.status() == DecodeStatus.NEED_INPUT) {
            final int end = Math.min(input.length, at + decoder.needed());
            assertTrue(end > at, "a decoder that is not done needs something");
            at = decoder.decode(ByteBuffer.wrap(input), at, end);
            assertTrue(decoder.status() == DecodeStatus.VIOLATION || at == end, "all that was needed is the header's");
        }
        return result(decoder, at);
    }

    private static Result result(ProxyHeaderDecoder decoder, int consumed) {
        assertEquals(decoder.status() == DecodeStatus.NEED_INPUT, decoder.needed() > 0);
        assertEquals(decoder.status() == DecodeStatus.COMPLETE, decoder.header() != null);
        assertEquals(decoder.status() == DecodeStatus.VIOLATION, decoder.violation() != null);
        return new Result(decoder.status(), consumed, decoder.header());
    }

    /** The same bytes in every way of cutting them. */
    static Result everyWay(byte[] input, long seed) {
        final Result result = whole(input);
        assertEquals(result, byteByByte(input));
        assertEquals(result, inRandomPieces(input, new Random(seed)));
        assertEquals(result, asNeeded(input));
        return result;
    }

    // ------------------------------------------------------------------ the slow reader

    /** What is to become of the bytes, as the text of the protocol says it; {@code consumed} only of a complete header, else 0. */
    static Result reference(byte[] input) {
        final boolean isV1 = input.length > 0 && input[0] == 'P';
        return input.length == 0 ? need() : isV1 ? referenceV1(input) : referenceV2(input);
    }

    private static Result need() {
        return new Result(DecodeStatus.NEED_INPUT, 0, null);
    }

    private static Result bad() {
        return new Result(DecodeStatus.VIOLATION, 0, null);
    }

    private static Result referenceV1(byte[] input) {
        final String text = new String(input, StandardCharsets.ISO_8859_1);
        if (!text.startsWith("PROXY ".substring(0, Math.min(6, text.length())))) {
            return bad();
        }
        final Matcher end = Pattern.compile("[\r\n]").matcher(text);
        if (!end.find() || end.start() > 106) {
            return text.length() >= 107 ? bad() : need();
        }
        final int cr = end.start();
        if (text.charAt(cr) == '\n' || cr > 105) {
            return bad();
        }
        if (cr + 1 == text.length()) {
            return need();
        }
        final Matcher line = V1.matcher(text.substring(0, cr));
        if (text.charAt(cr + 1) != '\n' || !line.matches()) {
            return bad();
        }
        if (line.group(1) == null) {
            return new Result(DecodeStatus.COMPLETE, cr + 2, new ProxyHeader(1, null, null));
        }
        final InetSocketAddress source = endpoint(line.group(1), line.group(2), line.group(4));
        final InetSocketAddress destination = endpoint(line.group(1), line.group(3), line.group(5));
        return source == null || destination == null ? bad()
            : new Result(DecodeStatus.COMPLETE, cr + 2, new ProxyHeader(1, source, destination));
    }

    private static InetSocketAddress endpoint(String family, String address, String port) {
        final InetAddress parsed = IpLiteral.parse(address);
        final boolean isFamily = address.contains(":") == family.equals("TCP6");
        final int number = Integer.parseInt(port);
        return parsed == null || !isFamily || number > 65_535 ? null : new InetSocketAddress(parsed, number);
    }

    private static Result referenceV2(byte[] input) {
        for (int i = 0; i < Math.min(input.length, SIGNATURE.length); i++) {
            if (input[i] != SIGNATURE[i]) {
                return bad();
            }
        }
        final boolean isLocal = input.length > 12 && input[12] == 0x20;
        if (input.length > 12 && !isLocal && input[12] != 0x21) {
            return bad();
        }
        final int addresses = input.length < 14 || isLocal ? 0 : switch (input[13]) {
            case 0x00 -> 0;
            case 0x11, 0x12 -> 12;
            case 0x21, 0x22 -> 36;
            case 0x31, 0x32 -> 216;
            default -> -1;
        };
        if (input.length < 16) {
            return addresses < 0 ? bad() : need();
        }
        final int length = ByteBuffer.wrap(input).getShort(14) & 0xFFFF;
        if (addresses < 0 || length > 4096 || length < addresses) {
            return bad();
        }
        if (input.length < 16 + length) {
            return need();
        }
        final boolean isSilent = isLocal || input[13] == 0;
        if (!isSilent && !areTlvsSound(input, 16 + addresses, 16 + length)) {
            return bad();
        }
        final ByteBuffer bytes = ByteBuffer.wrap(input, 16, length);
        return new Result(DecodeStatus.COMPLETE, 16 + length, isSilent || addresses == 216 ? new ProxyHeader(2, null, null)
            : header(bytes, addresses == 12 ? 4 : 16));
    }

    private static ProxyHeader header(ByteBuffer bytes, int addressLength) {
        final byte[] source = new byte[addressLength];
        final byte[] destination = new byte[addressLength];
        bytes.get(source).get(destination);
        final int sourcePort = bytes.getShort() & 0xFFFF;
        return new ProxyHeader(2, new InetSocketAddress(IpLiteral.ofBytes(source), sourcePort),
            new InetSocketAddress(IpLiteral.ofBytes(destination), bytes.getShort() & 0xFFFF));
    }

    private static boolean areTlvsSound(byte[] input, int from, int to) {
        if (from == to) {
            return true;
        }
        if (to - from < 3) {
            return false;
        }
        final int end = from + 3 + (ByteBuffer.wrap(input).getShort(from + 1) & 0xFFFF);
        return end <= to && (input[from] != 3 || isChecksum(input, from + 3, end, to)) && areTlvsSound(input, end, to);
    }

    private static boolean isChecksum(byte[] input, int from, int end, int to) {
        if (end - from != 4) {
            return false;
        }
        final byte[] zeroed = java.util.Arrays.copyOf(input, to);
        java.util.Arrays.fill(zeroed, from, end, (byte) 0);
        final CRC32C crc = new CRC32C();
        crc.update(zeroed);
        return (int) crc.getValue() == ByteBuffer.wrap(input).getInt(from);
    }
}
