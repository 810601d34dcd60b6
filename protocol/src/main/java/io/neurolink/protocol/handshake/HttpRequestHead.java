package io.neurolink.protocol.handshake;

import java.util.List;
import java.util.Set;

/**
 * The head of one HTTP/1.1 or HTTP/1.0 request, as a {@link RequestDecoder} accepted it. Immutable and safe to hand to other threads; it
 * stays valid after the decoder went on. What the decoder promises: a well-formed target, one valid {@code Host} (with HTTP/1.1), and at
 * most one of {@code Content-Length} and {@code Transfer-Encoding}.
 */
public final class HttpRequestHead {
    private final String method;
    private final RequestTarget target;
    private final int minorVersion;
    private final HttpFields fields;
    private final long contentLength;

    HttpRequestHead(String method, RequestTarget target, int minorVersion, HttpFields fields, long contentLength) {
        this.method = method;
        this.target = target;
        this.minorVersion = minorVersion;
        this.fields = fields;
        this.contentLength = contentLength;
    }

    /** The method, case-sensitive: {@code GET}. */
    public String method() {
        return method;
    }

    /** The request target as it came; it may hold secrets, see {@link #redactedTarget}. */
    public String target() {
        return target.raw();
    }

    /** The path with its escapes, without the query; {@code /} if an absolute-form target has none. */
    public String rawPath() {
        return target.rawPath();
    }

    /** The path with its escapes decoded as UTF-8. It has no control character and no encoded slash; it may have dot segments. */
    public String path() {
        return target.path();
    }

    /** The query as it came, without the question mark, or {@code null}. */
    public String rawQuery() {
        return target.rawQuery();
    }

    /**
     * The value of the first query parameter called {@code name}, with escapes decoded and {@code +} read as a space; empty if the
     * parameter has no value; {@code null} if there is none.
     */
    public String queryParameter(String name) {
        return target.queryParameter(name);
    }

    /**
     * The target for logs: the values of the query parameters in {@code secretParameters} (without regard to case) become {@code ***}.
     */
    public String redactedTarget(Set<String> secretParameters) {
        return target.redacted(secretParameters);
    }

    /** Whether this is HTTP/1.1; otherwise it is HTTP/1.0. */
    public boolean isHttp11() {
        return minorVersion == 1;
    }

    /** {@code HTTP/1.1} or {@code HTTP/1.0}. */
    public String version() {
        return isHttp11() ? "HTTP/1.1" : "HTTP/1.0";
    }

    /** The bytes of memory that its header fields take. */
    public int heldBytes() {
        return fields.heldBytes();
    }

    /** All header fields. */
    public HttpFields fields() {
        return fields;
    }

    /** The value of the first header field called {@code name}, or {@code null}. */
    public String header(String name) {
        return fields.first(name);
    }

    /** The values of all header fields called {@code name}, in order. */
    public List<String> headers(String name) {
        return fields.all(name);
    }

    /** Every header name once, in order. */
    public List<String> headerNames() {
        return fields.names();
    }

    /** The elements of a comma-separated list spread over all header fields called {@code name}. */
    public List<String> headerTokens(String name) {
        return fields.tokens(name);
    }

    /**
     * The host and port the request is meant for: of an absolute-form target if there is one, as RFC 9112 section 3.2.2 demands, else of
     * {@code Host}; {@code null} if HTTP/1.0 brought none.
     */
    public String host() {
        final HostPort authority = target.authority();
        if (authority == null) {
            return fields.first("Host");
        }
        return authority.port() == HostPort.NO_PORT ? authority.host() : authority.host() + ":" + authority.port();
    }

    /** Whether the connection stays open after the answer (RFC 9112 section 9.3). */
    public boolean keepAlive() {
        return !fields.hasToken("Connection", "close") && (isHttp11() || fields.hasToken("Connection", "keep-alive"));
    }

    /** The length of the body in bytes as declared, or -1 if {@code Content-Length} is absent. */
    public long contentLength() {
        return contentLength;
    }

    /** Whether the body comes in chunks ({@code Transfer-Encoding: chunked}). */
    public boolean hasTransferEncoding() {
        return fields.contains("Transfer-Encoding");
    }

    /** Whether bytes of a body follow the head. */
    public boolean hasBody() {
        return contentLength > 0 || hasTransferEncoding();
    }

    /** Whether the client waits for {@code 100 Continue} before it sends the body. */
    public boolean expectsContinue() {
        return isHttp11() && hasBody() && fields.hasToken("Expect", "100-continue");
    }

    /** The value of the first cookie called {@code name} (case-sensitive), without quotes around it, or {@code null}. */
    public String cookie(String name) {
        for (String line : fields.all("Cookie")) {
            final String value = cookieIn(line, name);
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    private static String cookieIn(String line, String name) {
        int start = 0;
        while (start < line.length()) {
            final int semicolon = line.indexOf(';', start);
            final int end = semicolon < 0 ? line.length() : semicolon;
            final int equals = line.indexOf('=', start);
            if (equals >= 0 && equals < end && HttpChars.trim(line.substring(start, equals)).equals(name)) {
                return unquote(HttpChars.trim(line.substring(equals + 1, end)));
            }
            start = end + 1;
        }
        return null;
    }

    private static String unquote(String value) {
        final boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
        return quoted ? value.substring(1, value.length() - 1) : value;
    }

    /** Method and path only: query and header fields may hold secrets. */
    @Override
    public String toString() {
        return "HttpRequestHead[" + method + " " + target.rawPath() + " " + version() + "]";
    }
}
