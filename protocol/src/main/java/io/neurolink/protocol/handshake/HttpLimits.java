package io.neurolink.protocol.handshake;

/**
 * How large a head may be. All sizes are in bytes; a head that is exactly as large as its limit passes.
 *
 * @param maxStartLineBytes  the request line or status line without its CRLF; a longer request line is answered with 414
 * @param maxHeaderLineBytes one header field line without its CRLF; a longer one is answered with 431
 * @param maxHeaderBytes     all header field lines together, each with its CRLF; more is answered with 431
 * @param maxHeaderCount     number of header field lines; more is answered with 431
 */
public record HttpLimits(int maxStartLineBytes, int maxHeaderLineBytes, int maxHeaderBytes, int maxHeaderCount) {
    /** Default of {@link #maxStartLineBytes()}: 8 KiB, the least RFC 9112 section 3 asks a server to accept. */
    public static final int DEFAULT_MAX_START_LINE_BYTES = 8 * 1024;

    /** Default of {@link #maxHeaderLineBytes()}: 8 KiB. */
    public static final int DEFAULT_MAX_HEADER_LINE_BYTES = 8 * 1024;

    /** Default of {@link #maxHeaderBytes()}: 16 KiB. */
    public static final int DEFAULT_MAX_HEADER_BYTES = 16 * 1024;

    /** Default of {@link #maxHeaderCount()}: 100. */
    public static final int DEFAULT_MAX_HEADER_COUNT = 100;

    /** The defaults. */
    public static final HttpLimits DEFAULTS = new HttpLimits(
        DEFAULT_MAX_START_LINE_BYTES, DEFAULT_MAX_HEADER_LINE_BYTES, DEFAULT_MAX_HEADER_BYTES, DEFAULT_MAX_HEADER_COUNT);

    private static final int MAX_BYTES = 16 * 1024 * 1024;

    /**
     * Checks the sizes.
     *
     * @throws IllegalArgumentException if a size is not in 16 bytes to 16 MiB, or the count is not in 1 to 10,000
     */
    public HttpLimits {
        requireBytes("maxStartLineBytes", maxStartLineBytes);
        requireBytes("maxHeaderLineBytes", maxHeaderLineBytes);
        requireBytes("maxHeaderBytes", maxHeaderBytes);
        if (maxHeaderCount < 1 || maxHeaderCount > 10_000) {
            throw new IllegalArgumentException("maxHeaderCount must be in 1 to 10000, got " + maxHeaderCount);
        }
    }

    private static void requireBytes(String name, int value) {
        if (value < 16 || value > MAX_BYTES) {
            throw new IllegalArgumentException(name + " must be in 16 to " + MAX_BYTES + ", got " + value);
        }
    }

    /** {@return the most bytes a decoder ever holds: both sections with their line ends and the empty line} */
    public int maxHeadBytes() {
        return maxStartLineBytes + maxHeaderBytes + 4;
    }
}
