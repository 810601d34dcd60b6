package io.neurolink.protocol.handshake;

import java.util.Objects;

/**
 * One header field to send. It cannot be built from a name or value that would break out of its line, so no response or request can be
 * split by what an application puts into it.
 *
 * @param name  a token of RFC 9110 section 5.6.2
 * @param value visible characters of ISO 8859-1, with spaces and tabs inside only
 */
public record HttpField(String name, String value) {
    /**
     * Checks both.
     *
     * @throws IllegalArgumentException if the name is no token, or the value holds a control character (CR and LF among them), a character
     *                                  beyond ISO 8859-1, or a space at an end; the value itself is not in the message
     */
    public HttpField {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(value, "value");
        if (!HttpChars.isToken(name)) {
            throw new IllegalArgumentException("header name is not a token");
        }
        for (int i = 0; i < value.length(); i++) {
            if (!HttpChars.isFieldValueChar(value.charAt(i))) {
                throw new IllegalArgumentException("value of header " + name + " holds a character that is not allowed at index " + i);
            }
        }
        if (!value.isEmpty() && (HttpChars.isBlank(value.charAt(0)) || HttpChars.isBlank(value.charAt(value.length() - 1)))) {
            throw new IllegalArgumentException("value of header " + name + " starts or ends with a space");
        }
    }

    /** The name only: a value may be a secret. */
    @Override
    public String toString() {
        return "HttpField[" + name + "]";
    }
}
