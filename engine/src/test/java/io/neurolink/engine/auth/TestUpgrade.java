package io.neurolink.engine.auth;

import io.neurolink.engine.RequestHeads;
import io.neurolink.engine.spi.UpgradeRequest;
import io.neurolink.protocol.handshake.HttpRequestHead;
import java.net.InetSocketAddress;
import java.util.List;

/** An upgrade request as the real decoder reads it. */
record TestUpgrade(HttpRequestHead head) implements UpgradeRequest {
    static TestUpgrade of(String target, String... headerLines) {
        return new TestUpgrade(RequestHeads.of("GET", target, headerLines));
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
    public String cookie(String name) {
        return head.cookie(name);
    }

    @Override
    public List<String> subprotocols() {
        return head.headerTokens("Sec-WebSocket-Protocol");
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return InetSocketAddress.createUnresolved("peer", 1);
    }
}
