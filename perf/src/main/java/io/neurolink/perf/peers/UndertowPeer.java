package io.neurolink.perf.peers;

import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.websockets.WebSocketProtocolHandshakeHandler;
import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.BufferedBinaryMessage;
import io.undertow.websockets.core.BufferedTextMessage;
import io.undertow.websockets.core.WebSocketCallback;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import io.undertow.websockets.extensions.PerMessageDeflateHandshake;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.xnio.Options;
import org.xnio.Pooled;

/** Undertow: one IO thread, which also runs the handlers. Its API wants a type that its own library calls deprecated. */
@SuppressWarnings("deprecation")
public final class UndertowPeer {
    private UndertowPeer() {
    }

    public static void main(String[] args) throws InterruptedException {
        PeerServer.run(UndertowPeer::start, args);
    }

    static PeerServer start(PeerOptions options) throws Exception {
        WebSocketProtocolHandshakeHandler handler = Handlers.websocket((exchange, channel) -> {
            channel.getReceiveSetter().set(options.isBroadcast() ? new Broadcaster() : new Echoer());
            channel.resumeReceives();
        });
        if (options.isCompressed()) {
            handler.addExtension(new PerMessageDeflateHandshake());
        }
        Undertow.Builder builder = Undertow.builder()
                .setIoThreads(1)
                .setWorkerThreads(1)
                .setSocketOption(Options.TCP_NODELAY, true)
                .setSocketOption(Options.BACKLOG, PeerOptions.BACKLOG)
                .setHandler(handler);
        Undertow server = (options.isTls() ? builder.addHttpsListener(options.port(), PeerOptions.HOST, PemKeys.context(options))
                : builder.addHttpListener(options.port(), PeerOptions.HOST)).build();
        server.start();
        return new PeerServer(((InetSocketAddress) server.getListenerInfo().get(0).getAddress()).getPort(), server::stop);
    }

    /** Sends back what came. */
    private static class Echoer extends AbstractReceiveListener {
        @Override
        protected void onFullTextMessage(WebSocketChannel channel, BufferedTextMessage message) {
            WebSockets.sendText(message.getData(), channel, null);
        }

        @Override
        protected void onFullBinaryMessage(WebSocketChannel channel, BufferedBinaryMessage message) {
            Pooled<ByteBuffer[]> data = message.getData();
            WebSockets.sendBinary(data.getResource(), channel, new Release(data));
        }

        @Override
        protected long getMaxTextBufferSize() {
            return PeerOptions.MAX_MESSAGE_BYTES;
        }

        @Override
        protected long getMaxBinaryBufferSize() {
            return PeerOptions.MAX_MESSAGE_BYTES;
        }
    }

    /** Sends what came to everybody. */
    private static final class Broadcaster extends Echoer {
        @Override
        protected void onFullTextMessage(WebSocketChannel channel, BufferedTextMessage message) {
            String text = message.getData();
            channel.getPeerConnections().forEach(each -> WebSockets.sendText(text, each, null));
        }

        @Override
        protected void onFullBinaryMessage(WebSocketChannel channel, BufferedBinaryMessage message) {
            Pooled<ByteBuffer[]> data = message.getData();
            ByteBuffer bytes = WebSockets.mergeBuffers(data.getResource());
            data.free();
            channel.getPeerConnections().forEach(each -> WebSockets.sendBinary(bytes.duplicate(), each, null));
        }
    }

    /** Gives the library its buffers back when they are sent. */
    private record Release(Pooled<ByteBuffer[]> data) implements WebSocketCallback<Void> {
        @Override
        public void complete(WebSocketChannel channel, Void context) {
            data.free();
        }

        @Override
        public void onError(WebSocketChannel channel, Void context, Throwable cause) {
            data.free();
        }
    }
}
