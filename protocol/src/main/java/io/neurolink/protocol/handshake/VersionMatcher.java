package io.neurolink.protocol.handshake;

/** {@code HTTP/1.0} or {@code HTTP/1.1}, byte by byte. */
final class VersionMatcher {
    static final int LENGTH = 8;
    static final int MINOR_INDEX = 7;

    private static final String PATTERN = "HTTP/1.1";

    private VersionMatcher() {
    }

    /** {@code null} if {@code b} may stand at {@code index} of the version. */
    static HandshakeViolation check(int index, byte b) {
        if (b == PATTERN.charAt(index) || index == MINOR_INDEX && b == '0') {
            return null;
        }
        final boolean isOtherVersion = (index == 5 || index == MINOR_INDEX) && HttpChars.isDigit(b);
        return isOtherVersion
            ? HandshakeViolation.of(505, null, "Only HTTP/1.1 and HTTP/1.0 are spoken here")
            : HandshakeViolation.badRequest(null, "The start line must name its version as HTTP/1.1");
    }
}
