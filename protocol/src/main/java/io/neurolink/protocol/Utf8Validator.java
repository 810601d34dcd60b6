package io.neurolink.protocol;

import java.nio.ByteBuffer;

/**
 * Incremental check that bytes are UTF-8 as RFC 3629 has it: no overlong form, no surrogate, nothing above U+10FFFF.
 *
 * <p>The state between two pieces of a text is one {@code int}. It is the position of a 6-bit cell in a 64-bit row; there is a row for
 * each byte value, and the cell holds the state that follows. A step is one load and one shift, without a branch:
 *
 * <pre>
 *   row of byte 0x80   ...| F4 -> C2 | F0 -> no | ED -> C1 | E0 -> no | C3 -> C2 | C2 -> C1 | C1 -> ok | no -> no | ok -> no |
 *   state              ....42..........36.........30.........24.........18.........12.........6..........0 = shift
 * </pre>
 *
 * where {@code C1} to {@code C3} wait for that many more continuation bytes and {@code E0}, {@code ED}, {@code F0}, {@code F4} wait for the
 * second byte after a lead byte that narrows it.
 */
public final class Utf8Validator {
    /** The state at the start of a text and after every whole character. */
    public static final int ACCEPT = 0;

    /** The state after the first byte that cannot be; no byte leads out of it. */
    public static final int REJECT = 6;

    private static final int NEED_1 = 12;
    private static final int NEED_2 = 18;
    private static final int NEED_3 = 24;
    private static final int AFTER_E0 = 30;
    private static final int AFTER_ED = 36;
    private static final int AFTER_F0 = 42;
    private static final int AFTER_F4 = 48;
    private static final int LAST_STATE = AFTER_F4;
    private static final int CELL_BITS = 6;
    private static final int CELL_MASK = 63;

    private static final long NON_ASCII = 0x8080808080808080L;
    private static final long[] ROWS = createRows();

    private Utf8Validator() {
    }

    /**
     * Takes the next piece of a text.
     *
     * @param state what the piece before returned, {@link #ACCEPT} for the first.
     * @param bytes holds the piece; its position does not matter and its limit must not be below the end of the piece.
     * @param position index of the first byte.
     * @param length bytes of the piece, at least 0.
     * @return {@link #REJECT} if the text cannot be UTF-8 however it goes on, {@link #ACCEPT} if it may end here, else a state to go on
     *         from.
     */
    public static int validate(int state, ByteBuffer bytes, int position, int length) {
        int end = position + length;
        int index = position;
        long current = state;
        for (int wordsEnd = end - 7; index < wordsEnd; index += Long.BYTES) {
            long word = bytes.getLong(index);
            if (current != ACCEPT || (word & NON_ASCII) != 0) {
                current = step(current, word) & CELL_MASK;
            }
        }
        while (index < end) {
            current = ROWS[bytes.get(index++) & 0xFF] >>> current;
        }
        return (int) current & CELL_MASK;
    }

    private static long step(long state, long word) {
        long current = ROWS[(int) (word >>> 56)] >>> state;
        current = ROWS[(int) (word >>> 48) & 0xFF] >>> current;
        current = ROWS[(int) (word >>> 40) & 0xFF] >>> current;
        current = ROWS[(int) (word >>> 32) & 0xFF] >>> current;
        current = ROWS[(int) word >>> 24 & 0xFF] >>> current;
        current = ROWS[(int) word >>> 16 & 0xFF] >>> current;
        current = ROWS[(int) word >>> 8 & 0xFF] >>> current;
        return ROWS[(int) word & 0xFF] >>> current;
    }

    private static long[] createRows() {
        long[] rows = new long[256];
        for (int value = 0; value < rows.length; value++) {
            for (int state = 0; state <= LAST_STATE; state += CELL_BITS) {
                rows[value] |= (long) next(state, value) << state;
            }
        }
        return rows;
    }

    private static int next(int state, int value) {
        return switch (state) {
            case ACCEPT -> afterLead(value);
            case NEED_1 -> within(value, 0x80, 0xBF, ACCEPT);
            case NEED_2 -> within(value, 0x80, 0xBF, NEED_1);
            case NEED_3 -> within(value, 0x80, 0xBF, NEED_2);
            case AFTER_E0 -> within(value, 0xA0, 0xBF, NEED_1);
            case AFTER_ED -> within(value, 0x80, 0x9F, NEED_1);
            case AFTER_F0 -> within(value, 0x90, 0xBF, NEED_2);
            case AFTER_F4 -> within(value, 0x80, 0x8F, NEED_2);
            default -> REJECT;
        };
    }

    private static int afterLead(int value) {
        return switch (value) {
            case 0xE0 -> AFTER_E0;
            case 0xED -> AFTER_ED;
            case 0xF0 -> AFTER_F0;
            case 0xF4 -> AFTER_F4;
            default -> afterPlainLead(value);
        };
    }

    private static int afterPlainLead(int value) {
        if (value < 0x80) {
            return ACCEPT;
        }
        if (value < 0xC2 || value > 0xF4) {
            return REJECT;
        }
        return value < 0xE0 ? NEED_1 : value < 0xF0 ? NEED_2 : NEED_3;
    }

    private static int within(int value, int low, int high, int then) {
        return value >= low && value <= high ? then : REJECT;
    }
}
