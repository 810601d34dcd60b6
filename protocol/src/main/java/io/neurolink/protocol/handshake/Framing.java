package io.neurolink.protocol.handshake;

import java.util.List;

/** The rules that say where a message ends (RFC 9112 section 6.3); whoever bends them lets requests be smuggled. */
final class Framing {
    static final long NO_LENGTH = -1;

    private static final long INVALID_LENGTH = -2;
    private static final int MAX_LENGTH_DIGITS = 18;

    private Framing() {
    }

    static HandshakeViolation check(HttpFields fields, boolean isHttp11) {
        final int lengths = fields.countOf("Content-Length");
        if (lengths > 1) {
            return HandshakeViolation.badRequest("Content-Length", "Content-Length must not be sent more than once");
        }
        if (lengths == 1 && contentLength(fields) == INVALID_LENGTH) {
            return HandshakeViolation.badRequest("Content-Length", "Content-Length must be digits only, at most " + MAX_LENGTH_DIGITS);
        }
        return fields.contains("Transfer-Encoding") ? checkTransferEncoding(fields, isHttp11, lengths) : null;
    }

    private static HandshakeViolation checkTransferEncoding(HttpFields fields, boolean isHttp11, int lengths) {
        if (lengths > 0) {
            return transferFault(400, "Transfer-Encoding and Content-Length must not be sent together");
        }
        if (!isHttp11) {
            return transferFault(400, "Transfer-Encoding needs HTTP/1.1");
        }
        if (fields.countOf("Transfer-Encoding") > 1) {
            return transferFault(400, "Transfer-Encoding must not be sent more than once");
        }
        return isChunked(fields.first("Transfer-Encoding")) ? null : checkCodings(fields.tokens("Transfer-Encoding"));
    }

    private static HandshakeViolation checkCodings(List<String> codings) {
        final int last = codings.size() - 1;
        if (last < 1 || !isChunked(codings.get(last))) {
            return transferFault(400, "The last transfer coding must be chunked");
        }
        return isChunked(codings.get(0))
            ? transferFault(400, "The transfer coding chunked must not be applied twice")
            : transferFault(501, "The only transfer coding known here is chunked");
    }

    private static boolean isChunked(String coding) {
        return HttpChars.equalsIgnoreCase(coding, "chunked");
    }

    private static HandshakeViolation transferFault(int statusCode, String message) {
        return HandshakeViolation.of(statusCode, "Transfer-Encoding", message);
    }

    /** The declared length; meaningful only after {@link #check} found nothing. */
    static long contentLength(HttpFields fields) {
        final String text = fields.first("Content-Length");
        if (text == null) {
            return NO_LENGTH;
        }
        if (text.isEmpty() || text.length() > MAX_LENGTH_DIGITS) {
            return INVALID_LENGTH;
        }
        long length = 0;
        for (int i = 0; i < text.length(); i++) {
            if (!HttpChars.isDigit(text.charAt(i))) {
                return INVALID_LENGTH;
            }
            length = length * 10 + text.charAt(i) - '0';
        }
        return length;
    }

    /** RFC 9112 section 3.2: HTTP/1.1 needs exactly one valid Host; HTTP/1.0 may leave it out. */
    static HandshakeViolation checkHost(HttpFields fields, boolean isHttp11) {
        final int hosts = fields.countOf("Host");
        if (hosts == 0) {
            return isHttp11 ? HandshakeViolation.badRequest("Host", "Host is missing") : null;
        }
        if (hosts > 1) {
            return HandshakeViolation.badRequest("Host", "Host must not be sent more than once");
        }
        return HostPort.isValid(fields.first("Host")) ? null
            : HandshakeViolation.badRequest("Host", "Host must be a host name or address with an optional port");
    }
}
