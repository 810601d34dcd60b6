package io.neurolink.protocol.handshake;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The preferred date format of HTTP (RFC 9110 section 5.6.7): {@code Sun, 06 Nov 1994 08:49:37 GMT}. */
public final class HttpDate {
    private static final DateTimeFormatter FORMAT =
        DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US).withZone(ZoneOffset.UTC);

    private HttpDate() {
    }

    /**
     * The time that a text names.
     *
     * @param text the text
     * @return milliseconds since 1970 in UTC, or -1 if the text is not of that format
     */
    public static long parse(String text) {
        try {
            return Instant.from(FORMAT.parse(text)).toEpochMilli();
        } catch (DateTimeException notADate) {
            return -1;
        }
    }

    /**
     * {@return the text for a time in milliseconds since 1970 in UTC; seconds are its finest part, so callers may keep it for that long}
     *
     * @param epochMs milliseconds since 1970 in UTC
     */
    public static String format(long epochMs) {
        return FORMAT.format(Instant.ofEpochMilli(epochMs));
    }
}
