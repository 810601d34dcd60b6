package io.neurolink.engine;

import io.neurolink.protocol.handshake.HttpLimits;
import io.neurolink.protocol.handshake.HttpRequestHead;
import io.neurolink.protocol.handshake.RequestDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Heads of requests as the real decoder reads them. */
public final class RequestHeads {
    private RequestHeads() {
    }

    public static HttpRequestHead of(String method, String target, String... headerLines) {
        StringBuilder request = new StringBuilder(method).append(' ').append(target).append(" HTTP/1.1\r\nHost: a\r\n");
        for (String line : headerLines) {
            request.append(line).append("\r\n");
        }
        byte[] bytes = request.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
        RequestDecoder decoder = new RequestDecoder(HttpLimits.DEFAULTS);
        decoder.decode(ByteBuffer.wrap(bytes), 0, bytes.length);
        if (decoder.head() == null) {
            throw new AssertionError(decoder.violation());
        }
        return decoder.head();
    }
}
