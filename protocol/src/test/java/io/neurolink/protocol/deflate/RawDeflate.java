package io.neurolink.protocol.deflate;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * RFC 1951 read slowly, in order to see what a JDK inflater does not tell: how far back the stream refers. Goes on over many messages.
 */
final class RawDeflate {
    private static final int[] LENGTH_BASE = {3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
        163, 195, 227, 258};
    private static final int[] LENGTH_EXTRA = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    private static final int[] DISTANCE_BASE = {1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537,
        2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
    private static final int[] CODE_LENGTH_ORDER = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private byte[] history = new byte[0];
    private byte[] input;
    private int bitPosition;
    private int largestDistance;
    private int farthestBeforeMessage;
    private int messageStart;

    /** @return what the payload of a message stands for; it must end exactly with the header of an empty block. */
    byte[] message(byte[] payload) {
        input = Arrays.copyOf(payload, payload.length + 4);
        input[payload.length + 2] = (byte) 0xFF;
        input[payload.length + 3] = (byte) 0xFF;
        bitPosition = 0;
        messageStart = history.length;
        while (bitPosition < input.length * 8) {
            block();
        }
        return Arrays.copyOfRange(history, messageStart, history.length);
    }

    int largestDistance() {
        return largestDistance;
    }

    /** @return how many bytes before its message anything referred to. */
    int farthestBeforeMessage() {
        return farthestBeforeMessage;
    }

    private void block() {
        output.reset();
        if (bits(1) != 0) {
            throw new IllegalArgumentException("last block");
        }
        int type = bits(2);
        switch (type) {
            case 0 -> stored();
            case 1 -> compressed(fixedLiterals(), fixedDistances());
            case 2 -> dynamic();
            default -> throw new IllegalArgumentException("block type " + type);
        }
    }

    private void stored() {
        bitPosition = bitPosition + 7 & ~7;
        int length = bits(16);
        if (bits(16) != (length ^ 0xFFFF)) {
            throw new IllegalArgumentException("length of a stored block");
        }
        for (int i = 0; i < length; i++) {
            put(bits(8));
        }
        flush();
    }

    private void dynamic() {
        int literals = bits(5) + 257;
        int distances = bits(5) + 1;
        int codes = bits(4) + 4;
        int[] lengths = new int[19];
        for (int i = 0; i < codes; i++) {
            lengths[CODE_LENGTH_ORDER[i]] = bits(3);
        }
        int[][] lengthCodes = codes(lengths);
        int[] all = new int[literals + distances];
        for (int i = 0; i < all.length;) {
            int symbol = symbol(lengthCodes);
            if (symbol < 16) {
                all[i++] = symbol;
            } else {
                int value = symbol == 16 ? all[i - 1] : 0;
                int repeat = symbol == 16 ? 3 + bits(2) : symbol == 17 ? 3 + bits(3) : 11 + bits(7);
                Arrays.fill(all, i, i + repeat, value);
                i += repeat;
            }
        }
        compressed(codes(Arrays.copyOf(all, literals)), codes(Arrays.copyOfRange(all, literals, all.length)));
    }

    private void compressed(int[][] literals, int[][] distances) {
        for (int symbol = symbol(literals); symbol != 256; symbol = symbol(literals)) {
            if (symbol < 256) {
                put(symbol);
            } else {
                copy(LENGTH_BASE[symbol - 257] + bits(LENGTH_EXTRA[symbol - 257]), symbol(distances));
            }
        }
        flush();
    }

    private void copy(int length, int distanceSymbol) {
        int distance = DISTANCE_BASE[distanceSymbol] + bits(Math.max(0, distanceSymbol / 2 - 1));
        largestDistance = Math.max(largestDistance, distance);
        flush();
        farthestBeforeMessage = Math.max(farthestBeforeMessage, messageStart - (history.length - distance));
        for (int i = 0; i < length; i++) {
            int from = history.length + output.size() - distance;
            put(from < history.length ? history[from] & 0xFF : output.toByteArray()[from - history.length] & 0xFF);
        }
    }

    private void put(int value) {
        output.write(value);
    }

    private void flush() {
        byte[] more = output.toByteArray();
        output.reset();
        int before = history.length;
        history = Arrays.copyOf(history, before + more.length);
        System.arraycopy(more, 0, history, before, more.length);
    }

    private int bits(int count) {
        int value = 0;
        for (int i = 0; i < count; i++, bitPosition++) {
            value |= (input[bitPosition / 8] >> bitPosition % 8 & 1) << i;
        }
        return value;
    }

    /** By length, then by code: the symbol, or -1. */
    private static int[][] codes(int[] lengths) {
        int[][] symbols = new int[16][];
        int code = 0;
        for (int length = 1; length < 16; length++) {
            symbols[length] = new int[1 << length];
            Arrays.fill(symbols[length], -1);
            for (int symbol = 0; symbol < lengths.length; symbol++) {
                if (lengths[symbol] == length) {
                    symbols[length][code++] = symbol;
                }
            }
            code <<= 1;
        }
        return symbols;
    }

    private int symbol(int[][] codes) {
        int code = 0;
        for (int length = 1; length < 16; length++) {
            code = code << 1 | bits(1);
            if (codes[length][code] >= 0) {
                return codes[length][code];
            }
        }
        throw new IllegalArgumentException("no such code");
    }

    private static int[][] fixedLiterals() {
        int[] lengths = new int[288];
        Arrays.fill(lengths, 0, 144, 8);
        Arrays.fill(lengths, 144, 256, 9);
        Arrays.fill(lengths, 256, 280, 7);
        Arrays.fill(lengths, 280, 288, 8);
        return codes(lengths);
    }

    private static int[][] fixedDistances() {
        int[] lengths = new int[30];
        Arrays.fill(lengths, 5);
        return codes(lengths);
    }
}
