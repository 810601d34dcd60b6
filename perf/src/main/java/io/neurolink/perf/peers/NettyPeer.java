package io.neurolink.perf.peers;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.compression.ZlibCodecFactory;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketServerExtensionHandler;
import io.netty.handler.codec.http.websocketx.extensions.compression.PerMessageDeflateServerExtensionHandshaker;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** Netty on java.nio: one event loop, replies flushed once per read. */
public final class NettyPeer {
    private static final int MAX_REQUEST_BYTES = 65_536;
    private static final int DEFLATE_LEVEL = 6;
    private static final int WINDOW_BITS = 15;
    private static final int END_SECONDS = 5;

    private NettyPeer() {
    }

    public static void main(String[] args) throws InterruptedException {
        PeerServer.run(NettyPeer::start, args);
    }

    static PeerServer start(PeerOptions options) throws Exception {
        return start(options, NioIoHandler.newFactory(), NioServerSocketChannel.class);
    }

    /** Starts it on a transport. */
    static PeerServer start(PeerOptions options, IoHandlerFactory transport, Class<? extends ServerChannel> channelType) throws Exception {
        SslContext tls = options.isTls() ? SslContextBuilder.forServer(options.tlsCert().toFile(), options.tlsKey().toFile())
                .sslProvider(SslProvider.JDK).build() : null;
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, transport);
        ChannelGroup everybody = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
        Channel listener = new ServerBootstrap()
                .group(loops)
                .channel(channelType)
                .option(ChannelOption.SO_BACKLOG, PeerOptions.BACKLOG)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        if (tls != null) {
                            channel.pipeline().addLast(tls.newHandler(channel.alloc()));
                        }
                        addWebSocket(channel.pipeline(), options.isCompressed());
                        channel.pipeline().addLast(options.isBroadcast() ? new Broadcaster(everybody) : new Echoer());
                    }
                })
                .bind(PeerOptions.HOST, options.port()).sync().channel();
        return new PeerServer(((InetSocketAddress) listener.localAddress()).getPort(), () -> {
            listener.close().sync();
            loops.shutdownGracefully(0, END_SECONDS, TimeUnit.SECONDS).sync();
        });
    }

    private static void addWebSocket(ChannelPipeline pipeline, boolean isCompressed) {
        pipeline.addLast(new HttpServerCodec(), new HttpObjectAggregator(MAX_REQUEST_BYTES));
        if (isCompressed) {
            pipeline.addLast(new WebSocketServerExtensionHandler(new PerMessageDeflateServerExtensionHandshaker(DEFLATE_LEVEL,
                    ZlibCodecFactory.isSupportingWindowSizeAndMemLevel(), WINDOW_BITS, true, false, PeerOptions.MAX_MESSAGE_BYTES)));
        }
        pipeline.addLast(new WebSocketServerProtocolHandler(WebSocketServerProtocolConfig.newBuilder()
                .websocketPath("/")
                .checkStartsWith(true)
                .allowExtensions(isCompressed)
                .maxFramePayloadLength(PeerOptions.MAX_MESSAGE_BYTES)
                .build()));
        pipeline.addLast(new WebSocketFrameAggregator(PeerOptions.MAX_MESSAGE_BYTES));
    }

    /** Sends back what came; one of its own for every connection. */
    private static final class Echoer extends SimpleChannelInboundHandler<WebSocketFrame> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, WebSocketFrame message) {
            context.write(message.retain());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    /** Sends what came to everybody; one of its own for every connection. */
    private static final class Broadcaster extends SimpleChannelInboundHandler<WebSocketFrame> {
        private final ChannelGroup everybody;
        private boolean isDirty;

        Broadcaster(ChannelGroup everybody) {
            this.everybody = everybody;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
            if (event instanceof WebSocketServerProtocolHandler.HandshakeComplete) {
                everybody.add(context.channel());
            }
            super.userEventTriggered(context, event);
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, WebSocketFrame message) {
            everybody.write(message.retain());
            isDirty = true;
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            if (isDirty) {
                isDirty = false;
                everybody.flush();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
