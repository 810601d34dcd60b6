package io.neurolink.engine.loop;

import io.neurolink.engine.spi.UpgradeRequest;
import io.neurolink.protocol.handshake.HttpRequestHead;
import io.neurolink.protocol.handshake.UpgradeOffer;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;

/** An upgrade request that is in order, as authenticators and handlers see it. */
final class Upgrade implements UpgradeRequest {
    private final HttpRequestHead head;
    private final UpgradeOffer offer;
    private final InetSocketAddress remoteAddress;
    private final InetSocketAddress peerAddress;
    private final List<X509Certificate> clientCertificates;

    Upgrade(HttpRequestHead head, UpgradeOffer offer, InetSocketAddress remoteAddress, InetSocketAddress peerAddress,
            List<X509Certificate> clientCertificates) {
        this.head = head;
        this.offer = offer;
        this.remoteAddress = remoteAddress;
        this.peerAddress = peerAddress;
        this.clientCertificates = clientCertificates;
    }

    UpgradeOffer offer() {
        return offer;
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
        return offer.subprotocols();
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return remoteAddress;
    }

    @Override
    public List<X509Certificate> clientCertificates() {
        return clientCertificates;
    }

    @Override
    public InetSocketAddress peerAddress() {
        return peerAddress;
    }
}
