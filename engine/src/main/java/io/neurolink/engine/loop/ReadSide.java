package io.neurolink.engine.loop;

import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.FrameBuffer;
import io.neurolink.protocol.FrameDecoder;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The receiving half of all connections of a loop: one read per ready connection and turn, into one receive buffer. A message that lies
 * whole in it is handed over from there. The rest of a large frame is read straight into a buffer of the message's own.
 */
final class ReadSide {
    /** Room in front of the received bytes, so that a frame may be answered where it lies. */
    static final int LEAD = 64;

    /** A message with at least this many bytes to come gets a buffer that the socket is read into. */
    private static final int DIRECT_READ_LENGTH = 16 * 1024;

    private static final int MIN_CAPACITY = 1024;

    /** What a peer whose last message was large may announce, as a multiple of what came. */
    private static final long TRUST = 128;

    /** The first read of a message that is expected to be large: the less of it must be moved to the message's own buffer, the better. */
    private static final int FIRST_READ_LENGTH = 16 * 1024;

    private static final int MAX_PIECE_LENGTH = 256 * 1024;

    /** Work of one connection in one turn after which a large message is not read on: a mebibyte and its reads. */
    private static final long MAX_READ_WORK = 160_000;

    /** By how much more may be held at the end of a turn than at its start, so that the memory budget is looked at in between. */
    private static final long MAX_GROWTH = 4 * 1024 * 1024;

    /** Room in front of a message that has a buffer of its own, for the header of an echo. */
    private static final int MESSAGE_LEAD = 16;

    /** What makes a connection stand in line for its next read: as much as a full read of few frames costs. */
    private static final int HEAVY_WORK = 18_000;

    /** Of a connection whose frames are so small that its last read held more of them than its share. */
    private static final int LEAST_READ_LIMIT = 2048;

    private final EventLoop loop;
    private final Backlog backlog;
    private final FrameBuffer receive;
    private final MessageBuffers messageBuffers = new MessageBuffers();

    private final InflateSide inflater;
    private long heldBytesLimit;

    /** Whose message is being delivered, and from where. */
    private LoopConnection delivering;
    private ByteBuffer deliveredFrom;
    private boolean isLastOfRead;

    /** Whether the socket may hold more than what was read of it. */
    private boolean isReadFull;

    ReadSide(EventLoop loop, int receiveBufferLength) {
        this.loop = loop;
        this.backlog = loop.backlog();
        this.inflater = new InflateSide(loop, this);
        this.receive = FrameBuffer.allocateDirect(LEAD + receiveBufferLength);
    }

    /** A turn of reading begins. While there is too much already, only one connection may take more. */
    void beginTurn() {
        backlog.beginTurn();
        heldBytesLimit = loop.counters.get(EngineCounter.HELD_BYTES) + (loop.memory().isExceeded() ? 0 : MAX_GROWTH);
    }

    /** Bytes came in. Who may ask for much stands in line. */
    void onReadable(LoopConnection connection) {
        if (connection.isHeavy || connection.deflate() != null && backlog.isTurnFull()) {
            backlog.add(connection);
        } else {
            read(connection);
        }
    }

    /** If messages that are on their way have taken enough in this turn, those of this connection wait for the next. */
    void read(LoopConnection connection) {
        if (loop.counters.get(EngineCounter.HELD_BYTES) > heldBytesLimit) {
            loop.counters.increment(EngineCounter.READS_DEFERRED);
            backlog.add(connection);
            return;
        }
        long workBefore = backlog.work();
        try {
            boolean isMore;
            do {
                isMore = wantsDirectRead(connection) ? readIntoMessage(connection) : readAndProcess(connection);
            } while (isMore && wantsDirectRead(connection) && mayReadOn(connection, workBefore));
        } catch (IOException e) {
            connection.ending().onBroken();
        }
        connection.isHeavy = backlog.work() - workBefore >= HEAVY_WORK;
    }

    /** A large message is read on while its bytes come and its buffer is in the cache. */
    private boolean mayReadOn(LoopConnection connection, long workBefore) {
        return connection.isReceiving() && backlog.work() - workBefore < MAX_READ_WORK
                && loop.counters.get(EngineCounter.HELD_BYTES) <= heldBytesLimit;
    }

    /** @return whether there may be more to read. */
    private boolean readAndProcess(LoopConnection connection) throws IOException {
        ByteBuffer bytes = receive.bytes().clear();
        int room = Math.min(bytes.capacity() - LEAD, connection.isLarge ? FIRST_READ_LENGTH
                : connection.isHeavy ? Integer.MAX_VALUE : Backlog.LIGHT_READ_LENGTH);
        room = Math.min(room, connection.readLimit);
        int count = connection.transport().read(bytes.limit(LEAD + room).position(LEAD));
        bytes.clear();
        isReadFull = count == room;
        if (count > 0) {
            connection.onBytesIn(count);
            process(connection, receive, LEAD, LEAD + count, false);
            if (connection.readLimit != Integer.MAX_VALUE && !connection.isStalled()) {
                connection.readLimit = connection.readLimit < receive.bytes().capacity() ? 2 * connection.readLimit : Integer.MAX_VALUE;
            }
        } else if (count < 0) {
            connection.ending().onEndOfStream();
        }
        return count == room;
    }

    /** The buffer that bytes are received into, for connections that are no WebSockets yet. */
    ByteBuffer receiveBytes() {
        return receive.bytes();
    }

    /** Reads what a peer still sends that will not be listened to any more. */
    void discard(LoopConnection connection) {
        try {
            ByteBuffer bytes = receive.bytes().clear();
            int count = connection.transport().read(bytes.limit(Math.min(bytes.capacity(), Backlog.LIGHT_READ_LENGTH)));
            bytes.clear();
            backlog.didRead(count);
            if (count < 0) {
                connection.ending().onEndOfStream();
            }
        } catch (IOException e) {
            connection.ending().onBroken();
        }
    }

    private static boolean wantsDirectRead(LoopConnection connection) {
        return connection.message != null && connection.decoder.frameRemaining() >= DIRECT_READ_LENGTH
                && connection.message.bytes().isDirect();
    }

    /** In pieces that stay in the cache until they are unmasked. @return whether there may be more to read */
    private boolean readIntoMessage(LoopConnection connection) throws IOException {
        reserve(connection, 1, connection.decoder.frameRemaining());
        ByteBuffer bytes = connection.message.bytes();
        int position = MESSAGE_LEAD + connection.messageLength;
        int room = Math.min(Math.min(connection.decoder.frameRemaining(), bytes.capacity() - position), MAX_PIECE_LENGTH);
        int count = connection.transport().read(bytes.limit(position + room).position(position));
        bytes.clear();
        isReadFull = count == room;
        if (count > 0) {
            connection.onBytesIn(count);
            process(connection, connection.message, position, position + count, false);
        } else if (count < 0) {
            connection.ending().onEndOfStream();
        }
        return count == room;
    }

    /** Bytes that came with the upgrade request. */
    void process(LoopConnection connection, ByteBuffer ahead) {
        if (connection.isStalled()) {
            connection.delivery().hold(ahead, ahead.position(), ahead.limit(), false);
        } else {
            isReadFull = false;
            process(connection, FrameBuffer.wrap(ahead), ahead.position(), ahead.limit(), false);
        }
    }

    /** Bytes that were held back, up to the end of their buffer. */
    void processHeld(LoopConnection connection, Stall stall) {
        isReadFull = stall.isReadFull;
        process(connection, stall.held(), stall.heldPosition(), stall.held().capacity(), true);
    }

    /** @param isHeld whether the connection holds the buffer already, so that its rest need not be copied to be held. */
    private void process(LoopConnection connection, FrameBuffer buffer, int from, int limit, boolean isHeld) {
        long workLimit = backlog.work() + backlog.share();
        PartSide parts = connection.parts;
        loop.beginReading(connection);
        try {
            int position = from;
            while (connection.isReceiving()) {
                position = connection.decoder.decode(buffer, position, parts == null ? limit : parts.decodeLimit(buffer, position, limit));
                if (connection.decoder.event() == FrameDecoder.NEED_INPUT) {
                    if (position == limit) {
                        break;
                    }
                    continue;
                }
                isLastOfRead = position == limit;
                backlog.didFrame();
                if (parts != null && connection.decoder.event() <= FrameDecoder.PART) {
                    parts.onPayload();
                } else {
                    onEvent(connection, buffer);
                }
                if (position < limit && backlog.work() >= workLimit && connection.isReceiving()) {
                    connection.delivery().yieldTurn();
                    // What it has beyond its share had better wait in the socket than here.
                    connection.readLimit = Math.max(LEAST_READ_LIMIT, 2 * (position - from));
                }
                if (connection.isStalled()) {
                    hold(connection, buffer, position, limit, isHeld);
                    break;
                }
            }
        } finally {
            loop.endReading(connection);
        }
    }

    private void hold(LoopConnection connection, FrameBuffer buffer, int position, int limit, boolean isHeld) {
        if (isHeld) {
            connection.delivery().holdAgain(buffer, position, isReadFull);
        } else {
            connection.delivery().hold(buffer.bytes(), position, limit, isReadFull);
        }
    }

    private void onEvent(LoopConnection connection, FrameBuffer buffer) {
        FrameDecoder decoder = connection.decoder;
        switch (decoder.event()) {
            case FrameDecoder.MESSAGE -> {
                connection.isLarge = false;
                deliver(connection, decoder.payloadBuffer(), decoder.payloadPosition(), decoder.payloadLength());
            }
            case FrameDecoder.PART -> onPart(connection, buffer);
            case FrameDecoder.PING ->
                    connection.onPing(decoder.payloadBuffer(), decoder.payloadPosition(), decoder.payloadLength());
            case FrameDecoder.PONG ->
                    connection.onPong(decoder.payloadBuffer(), decoder.payloadPosition(), decoder.payloadLength());
            case FrameDecoder.CLOSE ->
                    connection.ending().onPeerClose(decoder.payloadBuffer(), decoder.payloadPosition(), decoder.payloadLength());
            default -> connection.ending().onViolation(decoder.violation());
        }
    }

    private void deliver(LoopConnection connection, ByteBuffer bytes, int position, int length) {
        if (connection.decoder.compressed()) {
            inflater.inflate(connection, bytes, position, length);
        } else {
            deliverPlain(connection, bytes, position, length);
        }
    }

    void deliverPlain(LoopConnection connection, ByteBuffer bytes, int position, int length) {
        delivering = connection;
        deliveredFrom = bytes;
        connection.onMessage(connection.decoder.opcode(), bytes, position, length);
        delivering = null;
        deliveredFrom = null;
    }

    /** @return whether a message of that connection is being delivered from that buffer now, and nothing came behind it. */
    boolean isDeliveringLast(LoopConnection connection, ByteBuffer bytes) {
        return delivering == connection && deliveredFrom == bytes && isLastOfRead;
    }

    /** @return whether nothing came behind the frame that is being handled, and nothing is left in the socket. */
    boolean isLastOfAll() {
        return isLastOfRead && !isReadFull;
    }

    private void onPart(LoopConnection connection, FrameBuffer buffer) {
        FrameDecoder decoder = connection.decoder;
        int length = decoder.payloadLength();
        if (length == 0 && !connection.heartbeat().admitControlFrame()) {
            return;
        }
        if (buffer != connection.message) {
            reserve(connection, length, length + decoder.frameRemaining());
            int end = MESSAGE_LEAD + connection.messageLength;
            connection.message.bytes().put(end, decoder.payloadBuffer(), decoder.payloadPosition(), length);
        }
        connection.messageLength += length;
        if (decoder.messageEnd()) {
            FrameBuffer whole = connection.message;
            int wholeLength = connection.messageLength;
            connection.isLarge = whole.bytes().isDirect();
            connection.message = null;
            connection.messageLength = 0;
            deliver(connection, whole.bytes(), MESSAGE_LEAD, wholeLength);
            release(whole);
        }
    }

    /**
     * Makes room for bytes that are there or announced; never for more than as many again as really came, so what a peer declares costs
     * nothing. A peer whose last message was large is believed sooner that this one is.
     */
    private void reserve(LoopConnection connection, int needed, int announced) {
        FrameBuffer old = connection.message;
        int received = connection.messageLength;
        long trust = connection.isLarge ? TRUST : 2;
        long generous = Math.min((long) received + announced, Math.max(MIN_CAPACITY, trust * (received + needed)));
        int capacity = (int) Math.max(received + needed, generous);
        if (old != null && old.capacity() >= MESSAGE_LEAD + received + needed) {
            return;
        }
        FrameBuffer larger = acquire(MESSAGE_LEAD + capacity);
        if (old != null) {
            larger.bytes().put(MESSAGE_LEAD, old.bytes(), MESSAGE_LEAD, received);
            release(old);
        }
        connection.message = larger;
    }

    /** Lets go of what is kept for later. */
    void trim() {
        messageBuffers.trim();
    }

    long keptBytes() {
        return messageBuffers.keptBytes();
    }

    /** Gives the buffer of an unfinished message back. */
    void release(LoopConnection connection) {
        if (connection.message != null) {
            release(connection.message);
            connection.message = null;
            connection.messageLength = 0;
        }
        if (connection.parts != null) {
            connection.parts.release();
        }
    }

    /** A buffer for the time that a message needs it. */
    FrameBuffer acquire(int capacity) {
        FrameBuffer buffer = messageBuffers.acquire(capacity);
        loop.counters.add(EngineCounter.HELD_BYTES, buffer.capacity());
        return buffer;
    }

    void release(FrameBuffer buffer) {
        loop.counters.add(EngineCounter.HELD_BYTES, -buffer.capacity());
        messageBuffers.release(buffer);
    }
}
