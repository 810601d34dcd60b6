package io.neurolink.protocol.handshake;

import java.util.List;

/** The head of one response, as a {@link ResponseDecoder} accepted it. Immutable; it stays valid after the decoder went on. */
public final class HttpResponseHead {
    private final int statusCode;
    private final String reason;
    private final int minorVersion;
    private final HttpFields fields;
    private final long contentLength;

    HttpResponseHead(int statusCode, String reason, int minorVersion, HttpFields fields, long contentLength) {
        this.statusCode = statusCode;
        this.reason = reason;
        this.minorVersion = minorVersion;
        this.fields = fields;
        this.contentLength = contentLength;
    }

    /** {@return 100 to 599} */
    public int statusCode() {
        return statusCode;
    }

    /** {@return whether another head follows this one: any 1xx but 101} */
    public boolean isInterim() {
        return statusCode < 200 && statusCode != 101;
    }

    /** {@return the reason phrase, often empty; it means nothing} */
    public String reason() {
        return reason;
    }

    /** {@return whether this is HTTP/1.1; otherwise it is HTTP/1.0} */
    public boolean isHttp11() {
        return minorVersion == 1;
    }

    /** {@return all header fields} */
    public HttpFields fields() {
        return fields;
    }

    /**
     * {@return the value of the first header field called {@code name}, or {@code null}}
     *
     * @param name name to look for
     */
    public String header(String name) {
        return fields.first(name);
    }

    /**
     * {@return the values of all header fields called {@code name}, in order}
     *
     * @param name name to look for
     */
    public List<String> headers(String name) {
        return fields.all(name);
    }

    /** {@return every header name once, in order} */
    public List<String> headerNames() {
        return fields.names();
    }

    /**
     * {@return the elements of a comma-separated list spread over all header fields called {@code name}}
     *
     * @param name name to look for
     */
    public List<String> headerTokens(String name) {
        return fields.tokens(name);
    }

    /** {@return the length of the body in bytes as declared, or -1 if {@code Content-Length} is absent} */
    public long contentLength() {
        return contentLength;
    }

    /** {@return whether the body comes in chunks} */
    public boolean hasTransferEncoding() {
        return fields.contains("Transfer-Encoding");
    }

    /** Status only. */
    @Override
    public String toString() {
        return "HttpResponseHead[" + statusCode + "]";
    }
}
