package io.neurolink.protocol.handshake;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The server's answer that opens a WebSocket (RFC 6455 section 4.2.2). A refusal goes through {@link HttpResponseEncoder}. An instance
 * answers one request after the other with hardly any garbage; it is not safe for several threads.
 */
public final class HandshakeEncoder {
    private final AcceptKey acceptKey = new AcceptKey();
    private final StringBuilder out = new StringBuilder(256);

    /** An encoder for one thread. */
    public HandshakeEncoder() {
    }

    /**
     * {@return the bytes of {@code 101 Switching Protocols}}
     *
     * @param key          the client's {@code Sec-WebSocket-Key}
     * @param subprotocol  one the client offered, or {@code null}
     * @param extensions   as they were agreed, for example {@code permessage-deflate; server_no_context_takeover}; {@code null} or empty
     *                     for none
     * @param extraHeaders further header fields
     * @throws IllegalArgumentException if the subprotocol is no token, or an extra header field is one this method writes
     */
    public static byte[] switchingProtocols(String key, String subprotocol, String extensions, List<HttpField> extraHeaders) {
        final HandshakeEncoder encoder = new HandshakeEncoder();
        encoder.compose(key, subprotocol, extensions, extraHeaders);
        return encoder.out.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /**
     * Writes {@code 101 Switching Protocols}, without moving the buffer's position.
     *
     * @param dst         where to
     * @param position    index of the first byte
     * @param key         the client's {@code Sec-WebSocket-Key}
     * @param subprotocol one the client offered, or {@code null}
     * @param extensions  as they were agreed; {@code null} or empty for none
     * @return how many bytes were written
     * @throws IllegalArgumentException  if the subprotocol is no token
     * @throws IndexOutOfBoundsException if it does not fit
     */
    public int encode(ByteBuffer dst, int position, String key, String subprotocol, String extensions) {
        compose(key, subprotocol, extensions, List.of());
        for (int i = 0; i < out.length(); i++) {
            dst.put(position + i, (byte) out.charAt(i));
        }
        return out.length();
    }

    private void compose(String key, String subprotocol, String extensions, List<HttpField> extraHeaders) {
        out.setLength(0);
        out.append("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ");
        acceptKey.append(key, out);
        out.append("\r\n");
        if (subprotocol != null) {
            append(out, subprotocolField(subprotocol));
        }
        if (extensions != null && !extensions.isEmpty()) {
            append(out, new HttpField("Sec-WebSocket-Extensions", extensions));
        }
        for (HttpField field : extraHeaders) {
            append(out, requireExtra(field));
        }
        out.append("\r\n");
    }

    private static HttpField subprotocolField(String subprotocol) {
        if (!HttpChars.isToken(subprotocol)) {
            throw new IllegalArgumentException("subprotocol is not a token");
        }
        return new HttpField("Sec-WebSocket-Protocol", subprotocol);
    }

    /** Header fields the handshake itself decides are not for others to add. */
    static HttpField requireExtra(HttpField field) {
        final boolean isReserved = startsWithIgnoreCase(field.name(), "Sec-WebSocket-")
            || HttpResponseEncoder.isFraming(field.name())
            || HttpChars.equalsIgnoreCase(field.name(), "Upgrade");
        if (isReserved) {
            throw new IllegalArgumentException("header " + field.name() + " is set by the handshake");
        }
        return field;
    }

    private static boolean startsWithIgnoreCase(String text, String prefix) {
        return text.length() >= prefix.length() && HttpChars.equalsIgnoreCase(text.substring(0, prefix.length()), prefix);
    }

    static void append(StringBuilder out, HttpField field) {
        out.append(field.name()).append(": ").append(field.value()).append("\r\n");
    }
}
