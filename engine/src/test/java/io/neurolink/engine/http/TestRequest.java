package io.neurolink.engine.http;

import io.neurolink.engine.spi.HttpRequest;
import io.neurolink.protocol.handshake.HttpLimits;
import io.neurolink.protocol.handshake.HttpRequestHead;
import io.neurolink.protocol.handshake.RequestDecoder;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A request as the real decoder reads it. */
record TestRequest(HttpRequestHead head) implements HttpRequest {
    static TestRequest of(String method, String target, String... headerLines) {
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
        return new TestRequest(decoder.head());
    }

    @Override
    public boolean isCrossOrigin() {
        return false;
    }

    @Override
    public String method() {
        return head.method();
    }

    @Override
    public String path() {
        return head.path();
    }

    @Override
    public String queryParameter(String name) {
        return head.queryParameter(name);
    }

    @Override
    public String header(String name) {
        return head.header(name);
    }

    @Override
    public List<String> headers(String name) {
        return head.headers(name);
    }

    @Override
    public byte[] body() {
        return new byte[0];
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return InetSocketAddress.createUnresolved("peer", 1);
    }
}
