package io.neurolink.perf.peers;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.net.PemKeyCertOptions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Vert.x: one event loop, which also runs the handlers. */
public final class VertxPeer {
    private static final int WAIT_SECONDS = 30;

    private VertxPeer() {
    }

    public static void main(String[] args) throws InterruptedException {
        PeerServer.run(VertxPeer::start, args);
    }

    static PeerServer start(PeerOptions options) throws Exception {
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        Set<ServerWebSocket> everybody = ConcurrentHashMap.newKeySet();
        HttpServer server = vertx.createHttpServer(serverOptions(options))
                .webSocketHandler(socket -> {
                    if (options.isBroadcast()) {
                        broadcast(socket, everybody);
                    } else {
                        socket.textMessageHandler(socket::writeTextMessage);
                        socket.binaryMessageHandler(socket::writeBinaryMessage);
                    }
                });
        server.listen().toCompletionStage().toCompletableFuture().get(WAIT_SECONDS, TimeUnit.SECONDS);
        return new PeerServer(server.actualPort(),
                () -> vertx.close().toCompletionStage().toCompletableFuture().get(WAIT_SECONDS, TimeUnit.SECONDS));
    }

    private static HttpServerOptions serverOptions(PeerOptions options) {
        HttpServerOptions server = new HttpServerOptions()
                .setHost(PeerOptions.HOST)
                .setPort(options.port())
                .setAcceptBacklog(PeerOptions.BACKLOG)
                .setTcpNoDelay(true)
                .setMaxWebSocketFrameSize(PeerOptions.MAX_MESSAGE_BYTES)
                .setMaxWebSocketMessageSize(PeerOptions.MAX_MESSAGE_BYTES)
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(options.isCompressed())
                .setWebSocketAllowServerNoContext(true);
        if (options.isTls()) {
            server.setSsl(true).setKeyCertOptions(new PemKeyCertOptions()
                    .setCertPath(options.tlsCert().toString())
                    .setKeyPath(options.tlsKey().toString()));
        }
        return server;
    }

    private static void broadcast(ServerWebSocket socket, Set<ServerWebSocket> everybody) {
        everybody.add(socket);
        socket.closeHandler(nothing -> everybody.remove(socket));
        socket.textMessageHandler(text -> everybody.forEach(each -> each.writeTextMessage(text)));
        socket.binaryMessageHandler(bytes -> everybody.forEach(each -> each.writeBinaryMessage(bytes)));
    }
}
