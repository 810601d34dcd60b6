package io.neurolink.engine;

import io.neurolink.engine.cluster.ClusterGroup;
import io.neurolink.engine.cluster.GroupMessage;
import io.neurolink.engine.cluster.GroupMessage.Target;
import io.neurolink.engine.cluster.LocalGroup;
import io.neurolink.engine.loop.Broadcast;
import io.neurolink.engine.loop.EndpointDeflate;
import io.neurolink.engine.loop.EventLoop;
import io.neurolink.engine.loop.LoopConnection;
import io.neurolink.engine.loop.SharedFrame;
import io.neurolink.engine.spi.ConnectionFilter;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.Utf8Encoder;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Messages of a manager for many connections: those of this node, and by way of the cluster, if there is one, those of the others. Any
 * thread; nothing blocks.
 */
final class Publications implements LocalGroup {
    private final WebSocketConfig config;
    private final ManagerEndpoint endpoint;
    private final AtomicReference<Engine> engine;
    private final AtomicReference<ClusterGroup> cluster;

    Publications(WebSocketConfig config, ManagerEndpoint endpoint, AtomicReference<Engine> engine, AtomicReference<ClusterGroup> cluster) {
        this.config = config;
        this.endpoint = endpoint;
        this.engine = engine;
        this.cluster = cluster;
    }

    SendResult send(Target target, String key, Predicate<WebSocketConnection> filter, String text) {
        ClusterGroup group = groupFor(filter);
        if (group == null) {
            return sendHere(target, key, filter, loops -> SharedFrame.text(text, engine.get().framePool(), loops));
        }
        ByteBuffer bytes = ByteBuffer.allocate(Utf8Encoder.encodedLength(text));
        Utf8Encoder.encode(text, bytes, 0);
        return sendEverywhere(group, new GroupMessage(group.name(), target, key, (ConnectionFilter) filter, Opcode.TEXT, bytes));
    }

    SendResult send(Target target, String key, Predicate<WebSocketConnection> filter, ByteBuffer bytes) {
        ClusterGroup group = groupFor(filter);
        return group == null ? sendHere(target, key, filter, loops -> newFrame(Opcode.BINARY, bytes, loops))
                : sendEverywhere(group, new GroupMessage(group.name(), target, key, (ConnectionFilter) filter, Opcode.BINARY, bytes));
    }

    /** Null if the message stays here. */
    private ClusterGroup groupFor(Predicate<WebSocketConnection> filter) {
        return filter == null || filter instanceof ConnectionFilter ? cluster.get() : null;
    }

    /** Here first: what finds no room here is sent to nobody. */
    private SendResult sendEverywhere(ClusterGroup group, GroupMessage message) {
        requireLength(message.payload().remaining());
        SendResult result = sendHere(message);
        if (result == SendResult.ACCEPTED) {
            group.publish(message);
        }
        return result;
    }

    private SendResult sendHere(GroupMessage message) {
        return sendHere(message.target(), message.key(), message.filter(), loops -> newFrame(message.opcode(), message.payload(), loops));
    }

    private SharedFrame newFrame(int opcode, ByteBuffer payload, int loops) {
        return SharedFrame.of(opcode, payload, engine.get().framePool(), loops);
    }

    private SendResult sendHere(Target target, String key, Predicate<WebSocketConnection> filter, Function<Integer, SharedFrame> encoder) {
        Engine running = engine.get();
        if (running == null || endpoint.count() == 0) {
            return SendResult.ACCEPTED;
        }
        List<EventLoop> loops = running.loops();
        List<LoopConnection> recipients = null;
        if (target == Target.USER) {
            recipients = endpoint.ofUser(key).stream().map(LoopConnection.class::cast).toList();
            loops = recipients.stream().map(LoopConnection::loop).distinct().toList();
            if (loops.isEmpty()) {
                return SendResult.ACCEPTED;
            }
        }
        for (EventLoop loop : loops) {
            if (!loop.hasRoom()) {
                running.countBackPressuredBroadcast();
                return SendResult.BACK_PRESSURED;
            }
        }
        SharedFrame frame = newFrame(encoder, loops);
        running.countBroadcast();
        EndpointDeflate deflate = endpoint.settings().deflate();
        SharedFrame[] deflated =
                deflate == null ? null : deflate.deflate(frame, running.framePool(), loops.size(), running.sharedCounters());
        Broadcast broadcast = new Broadcast(frame, deflated, endpoint, target == Target.TOPIC ? key : null, recipients, filter);
        for (EventLoop loop : loops) {
            loop.broadcast(broadcast);
        }
        return SendResult.ACCEPTED;
    }

    private SharedFrame newFrame(Function<Integer, SharedFrame> encoder, List<EventLoop> loops) {
        SharedFrame frame = encoder.apply(loops.size());
        if (frame.payloadLength() > config.maxBufferedBytes()) {
            loops.forEach(loop -> frame.release());
            requireLength(frame.payloadLength());
        }
        return frame;
    }

    private void requireLength(int payloadLength) {
        if (payloadLength > config.maxBufferedBytes()) {
            throw new IllegalArgumentException(
                    "a message of " + payloadLength + " bytes cannot be sent: maxBufferedBytes is " + config.maxBufferedBytes());
        }
    }

    // ------------------------------------------------------------------ what other nodes send and ask

    @Override
    public boolean deliver(GroupMessage message) {
        return sendHere(message) == SendResult.ACCEPTED;
    }

    @Override
    public int connectionCount() {
        return endpoint.count();
    }

    @Override
    public int countOfUser(String userId) {
        return endpoint.countOfUser(userId);
    }

    @Override
    public List<WebSocketConnection> ofUser(String userId) {
        return endpoint.ofUser(userId);
    }

    @Override
    public List<WebSocketConnection> ofPath(String path) {
        return endpoint.ofPath(path);
    }

    @Override
    public WebSocketConnection find(String id) {
        return endpoint.find(id);
    }
}
