package io.neurolink.engine.socket.stress;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What every message of the stress test says about itself: a kind, numbers, and padding whose letter follows from the numbers, so that
 * a byte of another message is seen.
 *
 * <pre>
 *   D tag thread number broadcasts|pppp    sent by an application thread to one connection
 *   B thread number|pppp                   broadcast          P topic thread number|pppp    published
 *   E tag number|pppp                      echo               M, X, C, F tag number|pppp    from the client
 * </pre>
 */
record Stamp(char kind, int[] numbers, int padding) {
    static final char DIRECT = 'D';
    static final char BROADCAST = 'B';
    static final char PUBLISHED = 'P';
    static final char ECHO = 'E';

    /** Of the client: an echo is wanted, the handler is to throw, to close, to flood the client. */
    static final char MESSAGE = 'M';
    static final char THROW = 'X';
    static final char CLOSE = 'C';
    static final char FLOOD = 'F';

    static String text(char kind, int padding, int... numbers) {
        StringBuilder text = new StringBuilder(32 + padding).append(kind);
        for (int number : numbers) {
            text.append(' ').append(number);
        }
        return text.append('|').append(String.valueOf(letter(numbers)).repeat(padding)).toString();
    }

    static byte[] bytes(char kind, int padding, int... numbers) {
        return text(kind, padding, numbers).getBytes(StandardCharsets.US_ASCII);
    }

    private static char letter(int... numbers) {
        return (char) ('a' + Math.floorMod(Arrays.stream(numbers).sum(), 26));
    }

    /** @throws IllegalArgumentException if the bytes are not what one message says. */
    static Stamp parse(byte[] bytes) {
        int[] numbers = new int[4];
        int count = 0;
        int at = 1;
        while (at < bytes.length && bytes[at] == ' ' && count < numbers.length) {
            int number = 0;
            for (at++; at < bytes.length && bytes[at] >= '0' && bytes[at] <= '9'; at++) {
                number = number * 10 + bytes[at] - '0';
            }
            numbers[count++] = number;
        }
        int[] found = Arrays.copyOf(numbers, count);
        if (at >= bytes.length || bytes[at] != '|') {
            throw new IllegalArgumentException("no stamp: " + shown(bytes));
        }
        for (int i = at + 1; i < bytes.length; i++) {
            if (bytes[i] != letter(found)) {
                throw new IllegalArgumentException("a foreign byte at " + i + " of " + bytes.length + ": " + shown(bytes));
            }
        }
        return new Stamp((char) bytes[0], found, bytes.length - at - 1);
    }

    private static String shown(byte[] bytes) {
        return new String(bytes, 0, Math.min(bytes.length, 100), StandardCharsets.ISO_8859_1);
    }

    int number(int index) {
        return numbers[index];
    }

    @Override
    public String toString() {
        return kind + Arrays.toString(numbers) + "+" + padding;
    }
}
