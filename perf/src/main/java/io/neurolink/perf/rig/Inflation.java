package io.neurolink.perf.rig;

import io.neurolink.protocol.FrameDecoder;
import io.neurolink.protocol.Role;
import io.neurolink.protocol.deflate.DeflateParameters;
import io.neurolink.protocol.deflate.InflateHistory;
import io.neurolink.protocol.deflate.MessageInflater;
import java.nio.ByteBuffer;

/** Compressed messages of one connection: collects the pieces of one, inflates it, and has the connection check what comes out. */
final class Inflation {
    private final MessageInflater inflater;
    private final ByteBuffer scratch;
    private final InflateHistory history;
    private ByteBuffer collected = ByteBuffer.allocate(0);

    /** @param scratch shared by all connections of the client, as is the inflater. */
    Inflation(MessageInflater inflater, ByteBuffer scratch, DeflateParameters agreed) {
        this.inflater = inflater;
        this.scratch = scratch;
        this.history = agreed.keepsInboundContext(Role.CLIENT) ? new InflateHistory(agreed.inboundWindowBits(Role.CLIENT)) : null;
    }

    /**
     * Takes the piece that a decoder has delivered.
     *
     * @return what is wrong, or null; also null if the connection itself has found something wrong and is ended.
     */
    String add(FrameDecoder decoder, Link link) {
        ByteBuffer piece = decoder.payloadBuffer();
        piece.limit(decoder.payloadPosition() + decoder.payloadLength()).position(decoder.payloadPosition());
        if (decoder.messageEnd() && collected.position() == 0) {
            return inflate(piece, link);
        }
        if (collected.remaining() < piece.remaining()) {
            int needed = collected.position() + piece.remaining();
            collected = ByteBuffer.allocate(2 * needed).put(collected.flip());
        }
        collected.put(piece);
        if (!decoder.messageEnd()) {
            return null;
        }
        String fault = inflate(collected.flip(), link);
        collected.clear();
        return fault;
    }

    private String inflate(ByteBuffer compressed, Link link) {
        inflater.begin(compressed, history);
        int status;
        do {
            scratch.clear();
            status = inflater.inflate(scratch);
            int length = scratch.position();
            if (status == MessageInflater.CORRUPT) {
                return "it is not compressed as it should be";
            }
            if (history != null) {
                history.append(scratch, 0, length);
            }
            if (!link.take(scratch, 0, length)) {
                return null;
            }
        } while (status != MessageInflater.DONE);
        return null;
    }
}
