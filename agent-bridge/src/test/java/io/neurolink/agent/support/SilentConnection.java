package io.neurolink.agent.support;

import io.neurolink.engine.spi.SendResult;
import java.nio.ByteBuffer;

/** A connection that takes everything, keeps nothing, and allocates nothing for it. */
public final class SilentConnection extends StubConnection {
    private long messages;
    private long bytes;

    /** @return messages that were sent. */
    public long messages() {
        return messages;
    }

    /** @return bytes that were sent. */
    public long bytes() {
        return bytes;
    }

    @Override
    public SendResult sendText(ByteBuffer utf8) {
        messages++;
        bytes += utf8.remaining();
        return SendResult.ACCEPTED;
    }
}
