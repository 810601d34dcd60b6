package io.neurolink.agent.langchain4j.http;

import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.OptionalLong;

/** When a provider wants to be asked again: {@code retry-after-ms}, or {@code Retry-After} in seconds or as a date (RFC 9110, 10.2.3). */
final class RetryAfter {
    private static final long MAX_MS = Duration.ofDays(1).toMillis();

    private RetryAfter() {
    }

    /**
     * @param headers of the response. A date is compared with the provider's own {@code Date} where there is one, since clocks differ.
     * @param nowMs   milliseconds since the epoch.
     * @return milliseconds from now, 0 to a day, or {@link ProviderException#NO_HINT}.
     */
    static long millis(HttpHeaders headers, long nowMs) {
        OptionalLong exact = number(headers.firstValue("retry-after-ms").orElse(""), 1);
        if (exact.isPresent()) {
            return exact.getAsLong();
        }
        String value = headers.firstValue("retry-after").orElse("").strip();
        OptionalLong seconds = number(value, 1000);
        if (seconds.isPresent()) {
            return seconds.getAsLong();
        }
        long at = epochMs(value, -1);
        return at < 0 ? ProviderException.NO_HINT : clamp(at - epochMs(headers.firstValue("date").orElse(""), nowMs));
    }

    private static OptionalLong number(String value, int unitMs) {
        try {
            double number = Double.parseDouble(value);
            return Double.isNaN(number) || number < 0 ? OptionalLong.empty() : OptionalLong.of(clamp((long) Math.ceil(number * unitMs)));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    private static long epochMs(String date, long otherwise) {
        try {
            return ZonedDateTime.parse(date.strip(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant().toEpochMilli();
        } catch (DateTimeException e) {
            return otherwise;
        }
    }

    private static long clamp(long ms) {
        return Math.max(0, Math.min(MAX_MS, ms));
    }
}
