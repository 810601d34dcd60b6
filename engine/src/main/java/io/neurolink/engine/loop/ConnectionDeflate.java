package io.neurolink.engine.loop;

import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.Role;
import io.neurolink.protocol.deflate.DeflateParameters;
import io.neurolink.protocol.deflate.InflateHistory;
import io.neurolink.protocol.deflate.MessageDeflater;
import java.nio.ByteBuffer;

/**
 * The compression of one connection: what was agreed on, and with context takeover what must be kept between messages. That is for what
 * comes in the last bytes that came, up to the window, as long as the connection lasts; and for what goes out a compressor, which is given
 * back when it has not been used for a while, since a fresh one simply refers to nothing before it.
 */
final class ConnectionDeflate {
    private final EndpointDeflate endpoint;
    private final EventLoop loop;
    private final LoopDeflate shared;
    private final int outboundWindowBits;
    private final boolean keepsOutbound;
    private final boolean isDedicated;

    /** Null without context takeover of what comes in. */
    private final InflateHistory history;

    /** What the loop keeps here for connections with a compressor of their own. */
    MessageDeflater deflater;
    ConnectionDeflate older;
    ConnectionDeflate newer;
    long lastUsedNs;

    /** The peer got a frame that {@link #deflater} has not seen, so that distances counted from here are wrong. */
    private boolean isOutOfStep;

    ConnectionDeflate(DeflateParameters parameters, Role role, EndpointDeflate endpoint, EventLoop loop) {
        this.endpoint = endpoint;
        this.loop = loop;
        this.shared = loop.deflate();
        this.outboundWindowBits = parameters.outboundWindowBits(role);
        this.keepsOutbound = parameters.keepsOutboundContext(role);
        this.isDedicated = EndpointDeflate.keepsContext(parameters);
        this.history = parameters.keepsInboundContext(role) ? new InflateHistory(parameters.inboundWindowBits(role)) : null;
        endpoint.addAudience(outboundWindowBits, 1);
        loop.counters.add(EngineCounter.DEFLATE_DEDICATED, isDedicated ? 1 : 0);
    }

    int outboundWindowBits() {
        return outboundWindowBits;
    }

    boolean wants(int payloadLength) {
        return payloadLength >= endpoint.settings().threshold() && payloadLength > 1;
    }

    int maxRatio() {
        return endpoint.settings().maxRatio();
    }

    /** What the next message may look back at, or null. */
    InflateHistory history() {
        return history;
    }

    /** A message was inflated. */
    void onInflated(ByteBuffer bytes, int position, int length) {
        if (history != null) {
            int before = history.capacity();
            history.append(bytes, position, length);
            loop.counters.add(EngineCounter.DEFLATE_HELD_BYTES, history.capacity() - before);
        }
    }

    /**
     * Compresses a message.
     *
     * @param src the message between position and limit.
     * @return the payload between 0 and the limit, valid until {@link LoopDeflate#releaseTarget}; or null if it would not be
     *         shorter.
     */
    ByteBuffer deflate(ByteBuffer src) {
        int length = src.remaining();
        ByteBuffer dst = shared.target(length);
        int level = endpoint.settings().level();
        MessageDeflater compressor = keepsOutbound ? shared.dedicated(this, level) : shared.shared(level);
        if (isOutOfStep) {
            isOutOfStep = false;
            compressor.reset();
        }
        if (compressor.deflate(src, dst, outboundWindowBits, keepsOutbound) == MessageDeflater.TOO_LONG) {
            loop.counters.increment(EngineCounter.MESSAGES_NOT_DEFLATED);
            shared.releaseTarget();
            return null;
        }
        dst.flip();
        loop.counters.increment(EngineCounter.MESSAGES_DEFLATED);
        loop.counters.add(EngineCounter.DEFLATED_FROM, length);
        loop.counters.add(EngineCounter.DEFLATED_TO, dst.limit());
        return dst;
    }

    LoopDeflate shared() {
        return shared;
    }

    /** A frame goes out that was compressed for many: it joins what the peer looks back at, but not what the compressor has seen. */
    void onSharedFrame() {
        isOutOfStep = deflater != null;
    }

    /** A compressor for one message that is sent in parts. */
    MessageDeflater newStreamDeflater() {
        return shared.newDeflater(endpoint.settings().level());
    }

    /** That message has ended, or will never. */
    void onStreamDeflated(MessageDeflater used) {
        shared.end(used);
        onSharedFrame();
        loop.counters.increment(EngineCounter.MESSAGES_DEFLATED);
    }

    long idleDeadlineNs() {
        return lastUsedNs + endpoint.settings().idleNs();
    }

    /** At the end of the connection, or if it is not established. */
    void release() {
        shared.endDedicated(this);
        endpoint.addAudience(outboundWindowBits, -1);
        if (history != null) {
            loop.counters.add(EngineCounter.DEFLATE_HELD_BYTES, -history.capacity());
        }
        if (isDedicated) {
            loop.counters.decrement(EngineCounter.DEFLATE_DEDICATED);
            endpoint.withdraw();
        }
    }
}
