package io.neurolink.engine.http;

import io.neurolink.engine.RequestHeads;
import io.neurolink.engine.spi.HttpRequest;
import io.neurolink.protocol.handshake.HttpRequestHead;
import java.net.InetSocketAddress;
import java.util.List;

/** A request as the real decoder reads it. */
record TestRequest(HttpRequestHead head) implements HttpRequest {
    static TestRequest of(String method, String target, String... headerLines) {
        return new TestRequest(RequestHeads.of(method, target, headerLines));
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
