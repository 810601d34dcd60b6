package io.neurolink.agent.envelope;

/**
 * The grammar of numbers of RFC 8259 section 6:
 * <pre>
 *   number = [ "-" ] ( "0" / digit1-9 *digit ) [ "." 1*digit ] [ ( "e" / "E" ) [ "-" / "+" ] 1*digit ]
 * </pre>
 */
final class NumberSyntax {
    private NumberSyntax() {
    }

    /** @return index behind the number that begins at the start, or -1 if none does or something else follows it directly. */
    static int endOf(byte[] bytes, int start, int limit) {
        int whole = afterWhole(bytes, start, limit);
        int fraction = whole < 0 ? -1 : afterFraction(bytes, whole, limit);
        int end = fraction < 0 ? -1 : afterExponent(bytes, fraction, limit);
        return end >= 0 && (end == limit || isDelimiter(bytes[end])) ? end : -1;
    }

    /** @return whether the number has neither fraction nor exponent. */
    static boolean isWhole(byte[] bytes, int start, int end) {
        return afterWhole(bytes, start, end) == end;
    }

    private static int afterWhole(byte[] bytes, int start, int end) {
        int digits = start < end && bytes[start] == '-' ? start + 1 : start;
        int after = digits < end && bytes[digits] == '0' ? digits + 1 : afterDigits(bytes, digits, end);
        return after == digits ? -1 : after;
    }

    private static int afterFraction(byte[] bytes, int start, int end) {
        if (start == end || bytes[start] != '.') {
            return start;
        }
        int after = afterDigits(bytes, start + 1, end);
        return after == start + 1 ? -1 : after;
    }

    private static int afterExponent(byte[] bytes, int start, int end) {
        if (start == end || (bytes[start] != 'e' && bytes[start] != 'E')) {
            return start;
        }
        int index = start + 1;
        if (index < end && (bytes[index] == '-' || bytes[index] == '+')) {
            index++;
        }
        int after = afterDigits(bytes, index, end);
        return after == index ? -1 : after;
    }

    private static int afterDigits(byte[] bytes, int start, int end) {
        int index = start;
        while (index < end && bytes[index] >= '0' && bytes[index] <= '9') {
            index++;
        }
        return index;
    }

    private static boolean isDelimiter(byte token) {
        return token == ',' || token == '}' || token == ']' || token == ' ' || token == '\n' || token == '\r' || token == '\t';
    }
}
