package io.neurolink.engine.loop;

import io.neurolink.engine.spi.HttpRequest;
import io.neurolink.protocol.handshake.HttpRequestHead;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;

/** A plain HTTP request as route handlers see it. */
record PlainRequest(HttpRequestHead head, byte[] body, InetSocketAddress remoteAddress, InetSocketAddress peerAddress)
        implements HttpRequest {
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
    public boolean isCrossOrigin() {
        return !OriginRule.allows(head, Set.of());
    }

    @Override
    public List<String> headers(String name) {
        return head.headers(name);
    }
}
