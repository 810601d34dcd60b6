package io.neurolink.protocol.handshake;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Plain HTTP/1.1 responses (RFC 9112 section 4), and the JSON bodies of errors. */
public final class HttpResponseEncoder {
    private HttpResponseEncoder() {
    }

    /**
     * {@return the bytes of a response with its body}
     *
     * @param statusCode 200 to 599
     * @param headers    without {@code Connection}, {@code Content-Length} and {@code Transfer-Encoding}, which are written here
     * @param body       may be empty; must be for 204 and 304
     * @param keepAlive  whether the connection stays open after it
     * @param date       for the {@code Date} header, see {@link HttpDate#format}, or {@code null} for none
     * @throws IllegalArgumentException if the status code is out of range, or a header field is one this method writes
     */
    public static byte[] encode(int statusCode, List<HttpField> headers, byte[] body, boolean keepAlive, String date) {
        final byte[] head = encodeHead(statusCode, headers, body.length, keepAlive, date);
        final byte[] response = Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, response, head.length, body.length);
        return response;
    }

    /**
     * {@return the bytes of a response's head only: for a body that is sent from elsewhere, and for the answer to HEAD}
     *
     * @param statusCode    200 to 599
     * @param headers       as for {@link #encode}
     * @param contentLength of the body in bytes, also where it is not sent because the request was HEAD
     * @param keepAlive     as for {@link #encode}
     * @param date          as for {@link #encode}
     * @throws IllegalArgumentException as for {@link #encode}, and if 204 or 304 has a length
     */
    public static byte[] encodeHead(int statusCode, List<HttpField> headers, long contentLength, boolean keepAlive, String date) {
        if (statusCode < 200 || statusCode > 599) {
            throw new IllegalArgumentException("status code must be in 200 to 599, got " + statusCode);
        }
        final StringBuilder out = new StringBuilder(256);
        out.append("HTTP/1.1 ").append(statusCode).append(' ').append(reasonPhrase(statusCode)).append("\r\n");
        if (date != null) {
            HandshakeEncoder.append(out, new HttpField("Date", date));
        }
        boolean hasUpgrade = false;
        for (HttpField field : headers) {
            if (isFraming(field.name())) {
                throw new IllegalArgumentException("header " + field.name() + " is set by the encoder");
            }
            hasUpgrade |= HttpChars.equalsIgnoreCase(field.name(), "Upgrade");
            HandshakeEncoder.append(out, field);
        }
        appendLength(out, statusCode, contentLength);
        out.append("Connection: ").append(hasUpgrade ? "Upgrade, " : "").append(keepAlive ? "keep-alive" : "close").append("\r\n\r\n");
        return out.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void appendLength(StringBuilder out, int statusCode, long contentLength) {
        if (statusCode != 204 && statusCode != 304) {
            out.append("Content-Length: ").append(contentLength).append("\r\n");
        } else if (contentLength != 0) {
            throw new IllegalArgumentException("a response with status " + statusCode + " has no body");
        }
    }

    static boolean isFraming(String name) {
        return HttpChars.equalsIgnoreCase(name, "Connection")
            || HttpChars.equalsIgnoreCase(name, "Content-Length")
            || HttpChars.equalsIgnoreCase(name, "Transfer-Encoding");
    }

    /**
     * {@return the whole answer to a violation: its status and header fields, {@code Connection: close}, and a JSON body that says which
     * header was wrong}
     *
     * @param violation what was wrong
     * @param date      for the {@code Date} header, or {@code null} for none
     * @throws IllegalArgumentException if the violation is a client's ({@link HandshakeViolation#NO_ANSWER})
     */
    public static byte[] encodeRefusal(HandshakeViolation violation, String date) {
        final int status = violation.statusCode();
        final byte[] body = errorBody(status, reasonPhrase(status), violation.message(), violation.header());
        final HttpField[] fields = violation.responseHeaders().toArray(new HttpField[violation.responseHeaders().size() + 1]);
        fields[fields.length - 1] = new HttpField("Content-Type", "application/json");
        return encode(violation.statusCode(), List.of(fields), body, false, date);
    }

    /**
     * {@return a JSON object in UTF-8: {@code {"error": …, "message": …, "status": …, "header": …}}}
     *
     * @param statusCode the status code
     * @param error      a short name of the kind of error
     * @param message    a sentence for people
     * @param header     name of the header concerned, or {@code null} to leave it out
     */
    public static byte[] errorBody(int statusCode, String error, String message, String header) {
        final StringBuilder out = new StringBuilder(128).append("{\"error\":");
        appendJson(out, error).append(",\"message\":");
        appendJson(out, message).append(",\"status\":").append(statusCode);
        if (header != null) {
            appendJson(out.append(",\"header\":"), header);
        }
        return out.append('}').toString().getBytes(StandardCharsets.UTF_8);
    }

    private static StringBuilder appendJson(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"');
    }

    /**
     * {@return the usual words for a status code; empty if it is not one of those in use here}
     *
     * @param statusCode the status code
     */
    public static String reasonPhrase(int statusCode) {
        return switch (statusCode) {
            case 101 -> "Switching Protocols";
            case 200 -> "OK";
            case 201 -> "Created";
            case 202 -> "Accepted";
            case 204 -> "No Content";
            case 206 -> "Partial Content";
            case 301 -> "Moved Permanently";
            case 302 -> "Found";
            case 303 -> "See Other";
            case 304 -> "Not Modified";
            case 307 -> "Temporary Redirect";
            case 308 -> "Permanent Redirect";
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 406 -> "Not Acceptable";
            case 408 -> "Request Timeout";
            case 409 -> "Conflict";
            case 410 -> "Gone";
            case 411 -> "Length Required";
            case 412 -> "Precondition Failed";
            case 413 -> "Content Too Large";
            case 414 -> "URI Too Long";
            case 415 -> "Unsupported Media Type";
            case 417 -> "Expectation Failed";
            case 421 -> "Misdirected Request";
            case 422 -> "Unprocessable Content";
            case 426 -> "Upgrade Required";
            case 428 -> "Precondition Required";
            case 429 -> "Too Many Requests";
            case 431 -> "Request Header Fields Too Large";
            case 500 -> "Internal Server Error";
            case 501 -> "Not Implemented";
            case 502 -> "Bad Gateway";
            case 503 -> "Service Unavailable";
            case 504 -> "Gateway Timeout";
            case 505 -> "HTTP Version Not Supported";
            default -> "";
        };
    }
}
