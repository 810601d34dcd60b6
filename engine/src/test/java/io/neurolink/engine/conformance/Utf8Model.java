package io.neurolink.engine.conformance;

/** The syntax of UTF-8 (RFC 3629, section 4) as a slow model, to say where a sequence goes wrong. */
final class Utf8Model {
    /** Lead bytes from, to; second byte from, to; length of the sequence. */
    private static final int[][] SEQUENCES = {
        {0x00, 0x7F, 0, 0, 1},
        {0xC2, 0xDF, 0x80, 0xBF, 2},
        {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3},
        {0xED, 0xED, 0x80, 0x9F, 3},
        {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4},
        {0xF1, 0xF3, 0x80, 0xBF, 4},
        {0xF4, 0xF4, 0x80, 0x8F, 4},
    };

    private Utf8Model() {
    }

    /** @return index of the first byte that cannot be right whatever follows; -1 if there is none. */
    static int firstWrong(byte[] bytes) {
        int at = 0;
        while (at < bytes.length) {
            int[] sequence = sequenceOf(bytes[at] & 0xFF);
            if (sequence == null) {
                return at;
            }
            for (int i = 1; i < sequence[4] && at + i < bytes.length; i++) {
                int value = bytes[at + i] & 0xFF;
                if (value < (i == 1 ? sequence[2] : 0x80) || value > (i == 1 ? sequence[3] : 0xBF)) {
                    return at + i;
                }
            }
            at += sequence[4];
        }
        return -1;
    }

    /** @return whether the bytes end within a character, provided that nothing is wrong in them. */
    static boolean endsWithin(byte[] bytes) {
        int at = 0;
        while (at < bytes.length) {
            at += sequenceOf(bytes[at] & 0xFF)[4];
        }
        return at > bytes.length;
    }

    private static int[] sequenceOf(int lead) {
        for (int[] sequence : SEQUENCES) {
            if (lead >= sequence[0] && lead <= sequence[1]) {
                return sequence;
            }
        }
        return null;
    }
}
