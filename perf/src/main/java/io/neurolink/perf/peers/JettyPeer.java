package io.neurolink.perf.peers;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;

/** Jetty: one acceptor and one selector, handlers on its thread pool, as it comes. Agrees to compression whenever it is offered. */
public final class JettyPeer {
    private JettyPeer() {
    }

    public static void main(String[] args) throws InterruptedException {
        PeerServer.run(JettyPeer::start, args);
    }

    static PeerServer start(PeerOptions options) throws Exception {
        Server server = new Server();
        ServerConnector connector = connector(server, options);
        connector.setHost(PeerOptions.HOST);
        connector.setPort(options.port());
        connector.setAcceptQueueSize(PeerOptions.BACKLOG);
        server.addConnector(connector);
        Set<Session> everybody = ConcurrentHashMap.newKeySet();
        server.setHandler(WebSocketUpgradeHandler.from(server, container -> {
            configure(container);
            container.addMapping("/*", (request, response, callback) -> options.isBroadcast() ? new Broadcaster(everybody) : new Echoer());
        }));
        server.start();
        return new PeerServer(connector.getLocalPort(), server::stop);
    }

    private static ServerConnector connector(Server server, PeerOptions options) throws Exception {
        HttpConfiguration http = new HttpConfiguration();
        if (!options.isTls()) {
            return new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
        }
        http.addCustomizer(new SecureRequestCustomizer(false));
        SslContextFactory.Server tls = new SslContextFactory.Server();
        tls.setKeyStore(PemKeys.store(options));
        tls.setKeyStorePassword(PemKeys.PASSWORD);
        return new ServerConnector(server, 1, 1, new SslConnectionFactory(tls, "http/1.1"), new HttpConnectionFactory(http));
    }

    private static void configure(ServerWebSocketContainer container) {
        container.setMaxTextMessageSize(PeerOptions.MAX_MESSAGE_BYTES);
        container.setMaxBinaryMessageSize(PeerOptions.MAX_MESSAGE_BYTES);
        container.setMaxFrameSize(PeerOptions.MAX_MESSAGE_BYTES);
        container.setIdleTimeout(Duration.ZERO);
    }

    /** Sends back what came. */
    public static final class Echoer implements Session.Listener.AutoDemanding {
        private Session session;

        @Override
        public void onWebSocketOpen(Session opened) {
            session = opened;
        }

        @Override
        public void onWebSocketText(String message) {
            session.sendText(message, Callback.NOOP);
        }

        @Override
        public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
            session.sendBinary(payload, callback);
        }
    }

    /** Sends what came to everybody. */
    public static final class Broadcaster implements Session.Listener.AutoDemanding {
        private final Set<Session> everybody;
        private Session session;

        Broadcaster(Set<Session> everybody) {
            this.everybody = everybody;
        }

        @Override
        public void onWebSocketOpen(Session opened) {
            session = opened;
            everybody.add(opened);
        }

        @Override
        public void onWebSocketClose(int statusCode, String reason, Callback callback) {
            everybody.remove(session);
            callback.succeed();
        }

        @Override
        public void onWebSocketText(String message) {
            everybody.forEach(each -> each.sendText(message, Callback.NOOP));
        }

        @Override
        public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
            // The payload is the library's again once the callback succeeds, but the sessions may still be sending it.
            ByteBuffer copy = ByteBuffer.allocate(payload.remaining()).put(payload).flip();
            everybody.forEach(each -> each.sendBinary(copy.duplicate(), Callback.NOOP));
            callback.succeed();
        }
    }
}
