package io.neurolink.perf.peers;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.java_websocket.WebSocket;
import org.java_websocket.drafts.Draft_6455;
import org.java_websocket.extensions.IExtension;
import org.java_websocket.extensions.permessage_deflate.PerMessageDeflateExtension;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.protocols.IProtocol;
import org.java_websocket.protocols.Protocol;
import org.java_websocket.server.DefaultSSLWebSocketServerFactory;
import org.java_websocket.server.WebSocketServer;

/** Java-WebSocket: its selector thread and one decoder thread. */
public final class JavaWebSocketPeer {
    private static final int WAIT_SECONDS = 30;
    private static final int STOP_MS = 5000;

    private JavaWebSocketPeer() {
    }

    public static void main(String[] args) throws InterruptedException {
        PeerServer.run(JavaWebSocketPeer::start, args);
    }

    static PeerServer start(PeerOptions options) throws Exception {
        List<IExtension> extensions = options.isCompressed() ? List.of(new PerMessageDeflateExtension()) : List.of();
        List<IProtocol> protocols = List.of(new Protocol(""));
        EchoServer server = new EchoServer(options, new Draft_6455(extensions, protocols, PeerOptions.MAX_MESSAGE_BYTES));
        server.setTcpNoDelay(true);
        server.setReuseAddr(true);
        server.setMaxPendingConnections(PeerOptions.BACKLOG);
        // Its pings to silent connections would be the only such traffic here.
        server.setConnectionLostTimeout(0);
        if (options.isTls()) {
            server.setWebSocketFactory(new DefaultSSLWebSocketServerFactory(PemKeys.context(options)));
        }
        server.start();
        server.started.get(WAIT_SECONDS, TimeUnit.SECONDS);
        return new PeerServer(server.getPort(), () -> server.stop(STOP_MS));
    }

    private static final class EchoServer extends WebSocketServer {
        private final CompletableFuture<Void> started = new CompletableFuture<>();
        private final boolean isBroadcast;

        EchoServer(PeerOptions options, Draft_6455 draft) {
            super(new InetSocketAddress(PeerOptions.HOST, options.port()), 1, List.of(draft));
            isBroadcast = options.isBroadcast();
        }

        @Override
        public void onStart() {
            started.complete(null);
        }

        @Override
        public void onOpen(WebSocket connection, ClientHandshake handshake) {
            // Nothing to do: it knows its connections.
        }

        @Override
        public void onClose(WebSocket connection, int code, String reason, boolean isRemote) {
            // Nothing to do: it forgets them itself.
        }

        @Override
        public void onMessage(WebSocket connection, String message) {
            if (isBroadcast) {
                broadcast(message);
            } else {
                connection.send(message);
            }
        }

        @Override
        public void onMessage(WebSocket connection, ByteBuffer message) {
            if (isBroadcast) {
                broadcast(message);
            } else {
                connection.send(message);
            }
        }

        @Override
        public void onError(WebSocket connection, Exception e) {
            if (connection == null) {
                started.completeExceptionally(e);
            }
        }
    }
}
