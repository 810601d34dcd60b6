package io.neurolink.perf.peers;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;

/** Netty on its own native transport, else as {@link NettyPeer}. Linux only. */
public final class NettyEpollPeer {
    private NettyEpollPeer() {
    }

    public static void main(String[] args) throws InterruptedException {
        PeerServer.run(NettyEpollPeer::start, args);
    }

    static PeerServer start(PeerOptions options) throws Exception {
        if (!Epoll.isAvailable()) {
            throw new IllegalStateException("Netty's native transport cannot be used here: " + Epoll.unavailabilityCause().getMessage());
        }
        return NettyPeer.start(options, EpollIoHandler.newFactory(), EpollServerSocketChannel.class);
    }
}
