package io.neurolink.agent.nats;

import io.nats.client.Options;
import io.nats.client.impl.SocketDataPortWithWriteTimeout;
import java.io.IOException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * The client library's socket, with the check it leaves out: that the server's certificate is for the host. Made by the library, by its
 * name.
 */
public final class NatsTlsPort extends SocketDataPortWithWriteTimeout {
    private Options options;

    /** Called by the library. */
    public NatsTlsPort() {
        // What it needs comes next.
    }

    @Override
    public void afterConstruct(Options newOptions) {
        super.afterConstruct(newOptions);
        options = newOptions;
    }

    @Override
    public void upgradeToSecure() throws IOException {
        if (isSecure) {
            return;
        }
        SSLSocket secured = (SSLSocket) options.getSslContext().getSocketFactory().createSocket(socket, host, port, true);
        SSLParameters parameters = secured.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(parameters);
        int timeoutBefore = secured.getSoTimeout();
        secured.setSoTimeout((int) options.getConnectionTimeout().toMillis());
        secured.startHandshake();
        secured.setSoTimeout(timeoutBefore);
        socket = secured;
        in = secured.getInputStream();
        out = secured.getOutputStream();
        isSecure = true;
    }
}
