package io.neurolink.engine.loop;

import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.FrameEncoder;
import io.neurolink.protocol.Masking;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.Role;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The sending half of a connection. While the connection is being read, what its handler answers is gathered in the loop's cork buffer
 * and leaves in one
 * write; everything else stands in {@link FrameQueue} until the end of the cycle. What the socket does not take waits there.
 */
final class WriteSide {
    /** Messages from this size on are echoed from where they lie, if that does not cost a write more. */
    private static final int IN_PLACE_LENGTH = 2 * 1024;

    /** Payloads from this size on are written from where they lie instead of being copied into the cork. */
    private static final int DIRECT_WRITE_LENGTH = 32 * 1024;

    /** A control frame of a client at most. */
    private static final int MAX_CONTROL_LENGTH = 2 + Integer.BYTES + FrameEncoder.MAX_CONTROL_PAYLOAD;

    private final LoopConnection connection;
    private final EventLoop loop;
    private final FrameQueue queue = new FrameQueue();

    /** Bytes of the first frame that are written already. */
    private int headWritten;

    /** Bytes in the queue and in the cork. */
    private long queuedBytes;

    /** The pong that waits to be written; a newer ping's answer takes its place (RFC 6455 section 5.5.3). */
    private OutboundFrame waitingPong;

    /** The ping that waits to be written; a newer one takes its place. */
    private OutboundFrame waitingPing;

    /** Nothing may go ahead of the first frame: it is the answer to the upgrade, or the rest of a frame that has begun to be written. */
    private boolean isHeadRest;
    private boolean isDirty;
    private boolean isWaitingForSocket;

    /** A message that is being sent in parts, behind whose end all others have to wait; or null. */
    private OutboundStream stream;

    /** Whether this is a client's, whose frames carry a masking key in the last four bytes of their header. */
    private final boolean isMasking;

    WriteSide(LoopConnection connection, EventLoop loop, Role role) {
        this.connection = connection;
        this.loop = loop;
        this.isMasking = role.masksOutput();
    }

    Role role() {
        return isMasking ? Role.CLIENT : Role.SERVER;
    }

    boolean isEmpty() {
        return queuedBytes == 0;
    }

    long queuedBytes() {
        return queuedBytes;
    }

    // ------------------------------------------------------------------ taking messages

    void sendText(String text, int payloadLength) {
        if (isCompressible(payloadLength)) {
            LoopDeflate shared = connection.deflate().shared();
            ByteBuffer source = shared.source(payloadLength);
            loop.cork.texts().encode(text, source, 0);
            sendCompressible(Opcode.TEXT, source.limit(payloadLength));
        } else {
            sendPlainText(text, payloadLength);
        }
    }

    private void sendPlainText(String text, int payloadLength) {
        if (isCorkable(payloadLength)) {
            ByteBuffer cork = loop.cork.buffer();
            int position = cork.position();
            int payloadPosition = position + encodeHeader(cork, position, Opcode.TEXT, payloadLength);
            loop.cork.texts().encode(text, cork, payloadPosition);
            if (isMasking) {
                Masking.xor(loop.cork.frames(), payloadPosition, payloadLength, maskKey(cork, payloadPosition));
            }
            corked(payloadPosition + payloadLength);
        } else {
            OutboundFrame frame = acquireMessage(Opcode.TEXT, payloadLength);
            loop.cork.texts().encode(text, frame.bytes, frame.length - payloadLength);
            enqueueMasked(frame, payloadLength);
        }
    }

    void send(int opcode, ByteBuffer payload, int payloadPosition, int payloadLength) {
        if (isCompressible(payloadLength)) {
            sendCompressible(opcode, connection.deflate().shared().source(payload, payloadPosition, payloadLength));
        } else {
            sendPlain(opcode, payload, payloadPosition, payloadLength);
        }
    }

    /** Worth trying: it was agreed on, and the message is not below the threshold. */
    private boolean isCompressible(int payloadLength) {
        return connection.deflate() != null && stream == null && connection.deflate().wants(payloadLength);
    }

    private void sendCompressible(int opcode, ByteBuffer source) {
        int position = source.position();
        int length = source.remaining();
        ByteBuffer deflated = connection.deflate().deflate(source);
        if (deflated == null) {
            sendPlain(opcode, source, position, length);
        } else {
            sendPlain(opcode | FrameEncoder.RSV1, deflated, 0, deflated.limit());
            connection.deflate().shared().releaseTarget();
        }
    }

    private void sendPlain(int opcode, ByteBuffer payload, int payloadPosition, int payloadLength) {
        if (isCorkable(payloadLength)) {
            ByteBuffer cork = loop.cork.buffer();
            int position = cork.position();
            int headerLength = encodeHeader(cork, position, opcode, payloadLength);
            putPayload(payload, payloadPosition, position + headerLength, payloadLength);
            corked(position + headerLength + payloadLength);
        } else if (isCorkEligible() && !isMasking && payload.isDirect()) {
            sendLarge(opcode, payload, payloadPosition, payloadLength);
        } else {
            OutboundFrame frame = acquireMessage(opcode, payloadLength);
            frame.bytes.put(frame.length - payloadLength, payload, payloadPosition, payloadLength);
            enqueueMasked(frame, payloadLength);
        }
    }

    /** @return the header's length. */
    private int encodeHeader(ByteBuffer dst, int position, int opcode, int payloadLength) {
        return encodeHeader(dst, position, opcode, true, payloadLength);
    }

    private int encodeHeader(ByteBuffer dst, int position, int opcode, boolean isLast, int payloadLength) {
        return isMasking ? FrameEncoder.encodeMaskedHeader(dst, position, opcode, isLast, payloadLength, loop.maskKeys().next())
                : FrameEncoder.encodeHeader(dst, position, opcode, isLast, payloadLength);
    }

    private static int maskKey(ByteBuffer bytes, int payloadPosition) {
        return bytes.getInt(payloadPosition - Integer.BYTES);
    }

    /** Copies a payload to its place behind its header in the cork; a client's is masked on the way. */
    private void putPayload(ByteBuffer payload, int payloadPosition, int corkPosition, int length) {
        ByteBuffer cork = loop.cork.buffer();
        if (isMasking) {
            Masking.copy(payload, payloadPosition, loop.cork.frames(), corkPosition, length, maskKey(cork, corkPosition));
        } else {
            cork.put(corkPosition, payload, payloadPosition, length);
        }
    }

    /** Takes a frame whose payload is not masked yet, though its header may have the key already. */
    private void enqueueMasked(OutboundFrame frame, int payloadLength) {
        if (isMasking) {
            int payloadPosition = frame.length - payloadLength;
            Masking.xor(frame.bytes, payloadPosition, payloadLength, maskKey(frame.bytes, payloadPosition));
        }
        enqueue(frame);
    }

    /** Takes a message that another thread has encoded; a client's has room for the key. */
    void enqueueRemote(OutboundFrame frame, int payloadLength) {
        if (isCompressible(payloadLength)) {
            ByteBuffer source = connection.deflate().shared().source(frame.bytes, frame.length - payloadLength, payloadLength);
            sendCompressible(frame.bytes.get(0) & 0x0F, source);
            return;
        }
        if (isMasking) {
            frame.bytes.putInt(frame.length - payloadLength - Integer.BYTES, loop.maskKeys().next());
        }
        enqueueMasked(loop.frames.adopt(frame), payloadLength);
    }

    /**
     * Sends back what is being delivered. A payload that is not small is written from where it lies, its header put into the bytes
     * before it, which held the header it came with. Not a client's: its mask would change what its handler may still look at.
     *
     * @param isInPlace whether the payload lies in the buffer this connection is being read into, and nothing behind it.
     */
    void echo(int opcode, ByteBuffer payload, int payloadPosition, int payloadLength, boolean isInPlace) {
        int headerLength = FrameEncoder.headerLength(Role.SERVER, payloadLength);
        boolean mayBeInPlace = isInPlace && !isMasking && payload.isDirect() && !isCompressible(payloadLength);
        boolean isAlone = mayBeInPlace && isCorkEligible() && loop.cork.buffer().position() == 0;
        if (!isAlone || payloadLength < IN_PLACE_LENGTH || payloadPosition < headerLength) {
            send(opcode, payload, payloadPosition, payloadLength);
            return;
        }
        int position = payloadPosition - headerLength;
        FrameEncoder.encodeHeader(payload, position, opcode, true, payloadLength);
        loop.cork.countMessage(loop);
        queuedBytes += headerLength + payloadLength;
        uncork(payload, position, headerLength + payloadLength);
    }

    void send(int opcode, byte[] payload, int offset, int payloadLength) {
        if (isCompressible(payloadLength)) {
            sendCompressible(opcode, connection.deflate().shared().source(payload, offset, payloadLength));
            return;
        }
        OutboundFrame frame = acquireMessage(opcode, payloadLength);
        frame.bytes.put(frame.length - payloadLength, payload, offset, payloadLength);
        enqueueMasked(frame, payloadLength);
    }

    /** Only while this connection is being read, and only if nothing older waits. */
    private boolean isCorkEligible() {
        return loop.cork.isFor(connection) && queue.isEmpty() && stream == null;
    }

    /** What has to be masked is copied anyway. */
    private boolean isCorkable(int payloadLength) {
        return (payloadLength < DIRECT_WRITE_LENGTH || isMasking) && isCorkEligible() && makeCorkRoom(payloadLength);
    }

    private boolean makeCorkRoom(int payloadLength) {
        if (!hasCorkRoom(payloadLength)) {
            uncork();
        }
        return queue.isEmpty() && hasCorkRoom(payloadLength);
    }

    private boolean hasCorkRoom(int payloadLength) {
        return loop.cork.buffer().remaining() >= payloadLength + FrameEncoder.MAX_HEADER_LENGTH;
    }

    private void corked(int end) {
        corkedControl(end);
        loop.cork.countMessage(loop);
    }

    private void corkedControl(int end) {
        ByteBuffer cork = loop.cork.buffer();
        queuedBytes += end - cork.position();
        cork.position(end);
    }

    /** Header by the cork, payload from where it lies; only what the socket refuses is copied. */
    private void sendLarge(int opcode, ByteBuffer payload, int payloadPosition, int payloadLength) {
        if (!makeCorkRoom(0)) {
            sendPlain(opcode, payload, payloadPosition, payloadLength);
            return;
        }
        ByteBuffer cork = loop.cork.buffer();
        int headerLength = FrameEncoder.encodeHeader(cork, cork.position(), opcode, true, payloadLength);
        int lead = Math.min(payloadLength, cork.remaining() - headerLength);
        cork.put(cork.position() + headerLength, payload, payloadPosition, lead);
        corked(cork.position() + headerLength + lead);
        queuedBytes += payloadLength - lead;
        uncork(payload, payloadPosition + lead, payloadLength - lead);
    }

    private OutboundFrame acquireMessage(int opcode, int payloadLength) {
        int headerLength = FrameEncoder.headerLength(role(), payloadLength);
        OutboundFrame frame = loop.frames.acquire(headerLength + payloadLength);
        encodeHeader(frame.bytes, 0, opcode, payloadLength);
        frame.messages = 1;
        return frame;
    }

    // ------------------------------------------------------------------ messages in parts

    /** @param type of a {@link Part}; the first begins the message. One that was given up, and reported, is not gone on with. */
    void sendPart(int type, ByteBuffer payload, int position, int length) {
        boolean isLast = Part.isLast(type);
        if (Part.isFirst(type)) {
            uncork();
            stream = new OutboundStream(connection);
            loop.counters.increment(EngineCounter.MESSAGES_QUEUED);
        } else if (stream == null) {
            return;
        }
        if (stream.isCompressed()) {
            ByteBuffer deflated = stream.deflate(payload, position, length, isLast);
            enqueuePart(Part.isFirst(type) ? Part.opcode(type) | FrameEncoder.RSV1 : Opcode.CONTINUATION, isLast, deflated, 0,
                    deflated.limit());
            connection.deflate().shared().releaseTarget();
        } else {
            enqueuePart(Part.opcode(type), isLast, payload, position, length);
        }
        if (isLast) {
            stream.endInto(queue);
            stream = null;
        }
    }

    private void enqueuePart(int opcode, boolean isLast, ByteBuffer payload, int position, int length) {
        int headerLength = FrameEncoder.headerLength(role(), length);
        OutboundFrame frame = loop.frames.acquire(headerLength + length);
        encodeHeader(frame.bytes, 0, opcode, isLast, length);
        frame.bytes.put(headerLength, payload, position, length);
        if (isMasking) {
            Masking.xor(frame.bytes, headerLength, length, maskKey(frame.bytes, headerLength));
        }
        frame.messages = isLast ? 1 : 0;
        queue.addLast(frame.hold());
        queued(frame);
    }

    /** @return how many messages will not be sent on that account. */
    private int abortStream() {
        int unsent = stream == null ? 0 : stream.abort(this::discard);
        stream = null;
        return unsent;
    }

    /** Takes a frame as it is. */
    void enqueue(OutboundFrame frame) {
        uncork();
        if (stream == null) {
            queue.addLast(frame.hold());
        } else {
            stream.addBehind(frame.hold());
        }
        queued(frame);
        if (frame.messages > 0) {
            loop.counters.increment(EngineCounter.MESSAGES_QUEUED);
        }
    }

    private void queued(OutboundFrame frame) {
        queuedBytes += frame.length;
        publishQueuedBytes();
        markDirty();
    }

    private void publishQueuedBytes() {
        connection.publishQueuedBytes(queuedBytes);
    }

    void markDirty() {
        if (!isDirty && !isWaitingForSocket) {
            isDirty = true;
            loop.addDirty(connection);
        }
    }

    // ------------------------------------------------------------------ control frames

    /** Raw bytes that are no frame, at the beginning of the cork: the answer to the upgrade. */
    void corkHandshake(int length) {
        loop.cork.handshakeLength = length;
        corkedControl(length);
    }

    void enqueuePing(ByteBuffer payload) {
        if (isReplaceable(waitingPing)) {
            replace(waitingPing, Opcode.PING, payload, payload.position(), payload.remaining());
        } else {
            loop.counters.increment(EngineCounter.PINGS_OUT);
            waitingPing = control(Opcode.PING, payload, payload.position(), payload.remaining());
            enqueueControl(waitingPing);
        }
    }

    void enqueuePong(ByteBuffer payload, int position, int length) {
        if (isCorkable(length)) {
            ByteBuffer cork = loop.cork.buffer();
            corkedControl(cork.position() + encodeControl(cork, cork.position(), Opcode.PONG, payload, position, length));
            loop.counters.increment(EngineCounter.PONGS_OUT);
        } else {
            queuePong(payload, position, length);
        }
    }

    private void queuePong(ByteBuffer payload, int position, int length) {
        if (isReplaceable(waitingPong)) {
            replace(waitingPong, Opcode.PONG, payload, position, length);
        } else {
            loop.counters.increment(EngineCounter.PONGS_OUT);
            waitingPong = control(Opcode.PONG, payload, position, length);
            enqueueControl(waitingPong);
        }
    }

    private boolean isReplaceable(OutboundFrame waiting) {
        return waiting != null && !(isHeadStarted() && queue.get(0) == waiting);
    }

    private void replace(OutboundFrame waiting, int opcode, ByteBuffer payload, int position, int length) {
        int before = waiting.length;
        waiting.length = encodeControl(waiting.bytes, 0, opcode, payload, position, length);
        queuedBytes += waiting.length - before;
        publishQueuedBytes();
    }

    private void forget(OutboundFrame frame) {
        if (frame == waitingPong) {
            waitingPong = null;
        } else if (frame == waitingPing) {
            waitingPing = null;
        }
        loop.frames.release(frame);
    }

    private OutboundFrame control(int opcode, ByteBuffer payload, int position, int length) {
        OutboundFrame frame = loop.frames.acquire(MAX_CONTROL_LENGTH);
        frame.length = encodeControl(frame.bytes, 0, opcode, payload, position, length);
        return frame;
    }

    private int encodeControl(ByteBuffer dst, int dstPosition, int opcode, ByteBuffer payload, int position, int length) {
        return isMasking
                ? FrameEncoder.encodeMaskedControl(dst, dstPosition, opcode, payload, position, length, loop.maskKeys().next())
                : FrameEncoder.encodeControl(dst, dstPosition, opcode, payload, position, length);
    }

    /** Whether something of the first frame is on the wire, so that nothing may go ahead of it. */
    private boolean isHeadStarted() {
        return headWritten > 0 || isHeadRest;
    }

    private void enqueueControl(OutboundFrame frame) {
        uncork();
        queue.addFirst(frame.hold(), isHeadStarted());
        queued(frame);
    }

    /** The last frame of the connection: it follows what was accepted before. */
    void enqueueClose(int code, String reason) {
        connection.ending().reportUnsent(abortStream(), "a message that was sent in parts had no end");
        OutboundFrame frame = loop.frames.acquire(MAX_CONTROL_LENGTH);
        frame.length = isMasking ? FrameEncoder.encodeMaskedClose(frame.bytes, 0, code, reason, loop.maskKeys().next())
                : FrameEncoder.encodeClose(frame.bytes, 0, code, reason);
        enqueue(frame);
    }

    // ------------------------------------------------------------------ writing

    /** Writes what the cork has gathered; what the socket does not take goes to the queue. */
    void uncork() {
        if (loop.cork.holdsBytesOf(connection)) {
            uncork(null, 0, 0);
        }
    }

    /** The rest follows the cork: what is missing of its last frame, or a whole frame behind an empty cork. */
    private void uncork(ByteBuffer rest, int restPosition, int restLength) {
        ByteBuffer cork = loop.cork.buffer().flip();
        int corkLength = cork.remaining();
        int messages = loop.cork.messages;
        int handshakeLength = loop.cork.handshakeLength;
        loop.cork.messages = 0;
        loop.cork.handshakeLength = 0;
        int written = corkLength == 0 || isBroken() ? 0 : write(cork);
        if (restLength > 0 && written == corkLength && !isBroken()) {
            written += write(loop.window(rest, restPosition, restLength));
        }
        queuedBytes -= written;
        int total = corkLength + restLength;
        int unsent = written == total ? 0 : keepUnwritten(cork, handshakeLength, rest, restPosition, written, total);
        countSent(messages - unsent);
        cork.clear();
        if (written < total) {
            waitForSocket();
        }
        publishQueuedBytes();
    }

    private void countSent(int messages) {
        loop.counters.add(EngineCounter.MESSAGES_SENT, messages);
        connection.countMessagesOutOpaque(messages);
    }

    private boolean isBroken() {
        return connection.isBroken();
    }

    /** What is not written becomes frames in the queue, which is empty. @return how many messages among them */
    private int keepUnwritten(ByteBuffer cork, int handshakeLength, ByteBuffer rest, int restPosition, int written, int total) {
        int corkLength = cork.limit();
        int unsent = 0;
        int start = 0;
        while (start < total) {
            boolean isHandshake = start < handshakeLength;
            int end = corkLength == 0 ? total : isHandshake ? handshakeLength : start + frameLength(cork, start);
            if (end > written) {
                int from = Math.max(start, written);
                int inCork = Math.max(0, Math.min(end, corkLength) - from);
                OutboundFrame frame = loop.frames.acquire(end - from);
                if (inCork > 0) {
                    frame.bytes.put(0, cork, from, inCork);
                }
                if (end > corkLength) {
                    frame.bytes.put(inCork, rest, restPosition + from + inCork - corkLength, end - from - inCork);
                }
                frame.messages = isHandshake || corkLength > 0 && Opcode.isControl(cork.get(start) & 0x0F) ? 0 : 1;
                unsent += frame.messages;
                queue.addLast(frame.hold());
                isHeadRest |= isHandshake || from > start;
            }
            start = end;
        }
        return unsent;
    }

    private int frameLength(ByteBuffer cork, int start) {
        int length7 = cork.get(start + 1) & 0x7F;
        int payloadLength = length7 < 126 ? length7 : length7 == 126 ? cork.getShort(start + 2) & 0xFFFF : (int) cork.getLong(start + 2);
        return FrameEncoder.headerLength(role(), payloadLength) + payloadLength;
    }

    /** One write if the socket takes it all; called once per cycle for a connection that has something to write. */
    void flush() {
        isDirty = false;
        while (!queue.isEmpty() && !isBroken()) {
            int offered = offerHead();
            if (offered > 0) {
                waitForSocket();
                break;
            }
        }
        if (queue.isEmpty() && isWaitingForSocket) {
            isWaitingForSocket = false;
            connection.transport().wantWritable(false);
        }
        publishQueuedBytes();
    }

    /**
     * Writes what would be written at the end of the cycle, for want of room: who has not been written to is no slow reader. Its place
     * among the dirty stays.
     */
    void flushEarly() {
        uncork();
        if (isDirty && !isWaitingForSocket) {
            loop.cork.uncork();
            flush();
            isDirty = true;
        }
    }

    /** @return bytes offered to the socket that it did not take. */
    private int offerHead() {
        OutboundFrame head = queue.get(0);
        ByteBuffer batch;
        if (head.bytes.isDirect() && head.length - headWritten >= SharedFramePool.DIRECT_LENGTH) {
            batch = head.bytes.limit(head.length).position(headWritten);
        } else {
            batch = gather(loop.cork.buffer());
        }
        int offered = batch.remaining();
        int written = write(batch);
        batch.clear();
        consume(written);
        return offered - written;
    }

    private ByteBuffer gather(ByteBuffer scratch) {
        int from = headWritten;
        for (int i = 0; i < queue.size() && scratch.hasRemaining(); i++) {
            OutboundFrame frame = queue.get(i);
            if (i > 0 && frame.bytes.isDirect() && frame.length >= SharedFramePool.DIRECT_LENGTH) {
                break;
            }
            int count = Math.min(scratch.remaining(), frame.length - from);
            scratch.put(scratch.position(), frame.bytes, from, count);
            scratch.position(scratch.position() + count);
            from = 0;
        }
        return scratch.flip();
    }

    private void consume(int written) {
        queuedBytes -= written;
        int left = written;
        while (left > 0) {
            OutboundFrame head = queue.get(0);
            int count = Math.min(left, head.length - headWritten);
            left -= count;
            headWritten += count;
            if (headWritten == head.length) {
                countSent(head.messages);
                removeHead();
            }
        }
    }

    private void removeHead() {
        OutboundFrame head = queue.removeFirst();
        headWritten = 0;
        isHeadRest = false;
        forget(head);
    }

    private int write(ByteBuffer bytes) {
        try {
            int written = connection.transport().write(bytes);
            loop.counters.increment(EngineCounter.WRITES);
            loop.counters.add(EngineCounter.BYTES_OUT, written);
            connection.countBytesOutOpaque(written);
            return written;
        } catch (IOException e) {
            connection.ending().onBroken();
            return 0;
        } catch (RuntimeException e) {
            // Nobody foresaw it; but what was to be written must not get lost unreported, nor stay in the cork.
            connection.onTransportError(e);
            return 0;
        }
    }

    private void waitForSocket() {
        if (!isBroken() && !isWaitingForSocket) {
            isWaitingForSocket = true;
            connection.transport().wantWritable(true);
        }
    }

    // ------------------------------------------------------------------ dropping

    /**
     * Drops the oldest broadcasts that have not begun to be written until there is room.
     *
     * @return how many were dropped.
     */
    int dropOldestBroadcasts(int roomNeeded, long maxBufferedBytes) {
        int dropped = dropBroadcasts(queue, isHeadStarted() ? 1 : 0, maxBufferedBytes - roomNeeded);
        if (stream != null) {
            dropped += dropBroadcasts(stream.behind(), 0, maxBufferedBytes - roomNeeded);
        }
        publishQueuedBytes();
        return dropped;
    }

    private int dropBroadcasts(FrameQueue frames, int from, long maxBytes) {
        int dropped = 0;
        int index = from;
        while (index < frames.size() && queuedBytes > maxBytes) {
            if (frames.get(index).isBroadcast()) {
                OutboundFrame frame = frames.remove(index);
                if (frames != queue) {
                    stream.onTakenOut(frame);
                }
                discard(frame);
                dropped++;
            } else {
                index++;
            }
        }
        return dropped;
    }

    /**
     * Drops everything that has not begun to be written.
     *
     * @return how many messages were dropped.
     */
    int dropUnwritten() {
        uncork();
        int dropped = abortStream();
        int keep = isHeadStarted() ? 1 : 0;
        while (queue.size() > keep) {
            OutboundFrame frame = queue.remove(queue.size() - 1);
            dropped += frame.messages;
            discard(frame);
        }
        publishQueuedBytes();
        return dropped;
    }

    /**
     * Lets go of everything at the end of the connection.
     *
     * @return how many messages were not written.
     */
    int release() {
        int unsent = loop.cork.holdsBytesOf(connection) ? loop.cork.discard() : 0;
        unsent += abortStream();
        while (!queue.isEmpty()) {
            unsent += queue.get(0).messages;
            removeHead();
        }
        queuedBytes = 0;
        publishQueuedBytes();
        return unsent;
    }

    private void discard(OutboundFrame frame) {
        queuedBytes -= frame.length;
        forget(frame);
    }
}
