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

    /** @return whether a number begins at the index and is followed by white space, a comma, a closing bracket or the end. */
    static boolean isNumber(byte[] bytes, int start, int end) {
        int index = start;
        if (index < end && bytes[index] == '-') {
            index++;
        }
        int fraction = index < end && bytes[index] == '0' ? index + 1 : afterDigits(bytes, index, end);
        if (fraction == index) {
            return false;
        }
        index = fraction;
        if (index < end && bytes[index] == '.') {
            fraction = index + 1;
            index = afterDigits(bytes, fraction, end);
            if (index == fraction) {
                return false;
            }
        }
        int exponentEnd = afterExponent(bytes, index, end);
        return exponentEnd >= 0 && (exponentEnd == end || isDelimiter(bytes[exponentEnd]));
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
