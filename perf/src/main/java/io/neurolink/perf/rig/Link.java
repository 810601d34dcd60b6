package io.neurolink.perf.rig;

import io.neurolink.protocol.CloseCode;
import io.neurolink.protocol.FrameBuffer;
import io.neurolink.protocol.FrameDecoder;
import io.neurolink.protocol.FrameEncoder;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.Role;
import io.neurolink.protocol.handshake.ClientHandshake;
import io.neurolink.protocol.handshake.DecodeStatus;
import io.neurolink.protocol.handshake.HandshakeViolation;
import io.neurolink.protocol.handshake.HttpLimits;
import io.neurolink.protocol.handshake.ResponseDecoder;
import io.neurolink.protocol.handshake.UpgradeAgreement;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/**
 * One connection of a {@link Client}. What is to be sent is a number of messages, not bytes: {@link Frames} lays them out when the socket
 * has room, and again if it took only a part.
 */
final class Link {
    enum State {
        /** TCP connects. */
        CONNECTING,
        /** The request to upgrade is on its way, or its answer. */
        UPGRADING,
        /** Messages go both ways. */
        OPEN,
        /** The close frame is sent or queued; what comes until the server's is still checked. */
        CLOSING,
        /** The socket is closed. */
        ENDED
    }

    private static final int MAX_CONTROL_FRAME = 2 + 4 + FrameEncoder.MAX_CONTROL_PAYLOAD;

    private final Client client;
    private final int index;
    private final int author;
    private final SocketChannel channel;
    private final Wire wire;
    private final Frames frames;
    private final SendTimes times = new SendTimes();
    private final long openedNs;
    private SelectionKey key;
    private boolean isAwaitingRoom;
    private State state = State.CONNECTING;

    private ClientHandshake handshake;
    private ResponseDecoder response;
    private FrameDecoder decoder;
    private Inflation inflation;

    private ByteBuffer control;
    private int pending;
    private long nextSequence;
    private long announced;
    private int frameOffset;

    private long expected;
    private long expectedStamp;
    private int messageOffset;

    /**
     * @param index   its number among the client's connections.
     * @param author  number of the connection whose messages come in here: its own with an echo server.
     */
    Link(Client client, int index, int author, SocketChannel channel, long nowNs) {
        this.client = client;
        this.index = index;
        this.author = author;
        this.channel = channel;
        this.wire = client.wire(channel);
        this.frames = client.frames();
        this.expectedStamp = client.payload().stamp(author, 0);
        this.openedNs = nowNs;
    }

    void registered(SelectionKey newKey) {
        key = newKey;
    }

    int index() {
        return index;
    }

    State state() {
        return state;
    }

    /** When it began to connect. */
    long openedNs() {
        return openedNs;
    }

    /** Send times of its messages that have not come back. */
    SendTimes times() {
        return times;
    }

    /** Number of the message that will be asked for next. */
    long nextNumber() {
        return nextSequence + pending;
    }

    /** Number of the message that comes in next. */
    long expected() {
        return expected;
    }

    // ------------------------------------------------------------------ out

    /** Asks for so many more messages to be sent by the next {@link #flush()}. */
    void add(int count) {
        pending += count;
    }

    /** Sends what is to be sent, as far as the socket takes it. */
    void flush() {
        try {
            flushAll();
        } catch (IOException e) {
            client.lost(this, e);
        }
    }

    private void flushAll() throws IOException {
        if (state != State.OPEN && state != State.CLOSING) {
            return;
        }
        boolean isTaken = true;
        while (isTaken && (control != null || pending > 0)) {
            isTaken = control != null && frameOffset == 0 ? flushControl() : flushFrames();
        }
        listen(wire.isBlocked());
    }

    private boolean flushControl() throws IOException {
        boolean isTaken = wire.write(control);
        if (!control.hasRemaining()) {
            control = null;
        }
        return isTaken;
    }

    private boolean flushFrames() throws IOException {
        int count = frames.prepare(index, nextSequence, pending);
        long end = nextSequence + count;
        if (end > announced) {
            client.workload().onWriting(this, announced, end, client.nowNs());
            announced = end;
        }
        ByteBuffer bytes = frames.bytes();
        bytes.limit(frames.end(count - 1)).position(frameOffset);
        boolean isTaken = wire.write(bytes);
        advance(bytes.position(), count);
        return isTaken && !bytes.hasRemaining();
    }

    private void advance(int position, int count) {
        int whole = 0;
        while (whole < count && frames.end(whole) <= position) {
            whole++;
        }
        nextSequence += whole;
        pending -= whole;
        frameOffset = whole == 0 ? position : position - frames.end(whole - 1);
    }

    /** Sends a close frame behind the message that is being sent; messages that were not begun are not sent. */
    void sendClose() {
        if (state == State.OPEN) {
            state = State.CLOSING;
            pending = frameOffset > 0 ? 1 : 0;
            ByteBuffer frame = ByteBuffer.allocate(MAX_CONTROL_FRAME);
            queue(frame, FrameEncoder.encodeMaskedClose(frame, 0, CloseCode.NORMAL, "", client.maskKey()));
            flush();
        }
    }

    private void sendPong() throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(MAX_CONTROL_FRAME);
        // A message before it in the same read may have been compared within a limit.
        ByteBuffer payload = decoder.payloadBuffer().clear();
        queue(frame, FrameEncoder.encodeMaskedControl(frame, 0, Opcode.PONG, payload, decoder.payloadPosition(), decoder.payloadLength(),
                client.maskKey()));
        flushAll();
    }

    private void queue(ByteBuffer frame, int length) {
        frame.limit(length);
        int before = control == null ? 0 : control.remaining();
        ByteBuffer all = ByteBuffer.allocate(before + length);
        if (control != null) {
            all.put(control);
        }
        control = all.put(frame).flip();
    }

    private void listen(boolean isBlocked) {
        if (isBlocked != isAwaitingRoom && state != State.ENDED) {
            isAwaitingRoom = isBlocked;
            key.interestOps(isBlocked ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        }
    }

    // ------------------------------------------------------------------ in

    void onReady() throws IOException {
        int ready = key.readyOps();
        if ((ready & SelectionKey.OP_CONNECT) != 0) {
            channel.finishConnect();
            key.interestOps(SelectionKey.OP_READ);
            upgrade();
        }
        if ((ready & SelectionKey.OP_WRITE) != 0) {
            resume();
        }
        if ((ready & SelectionKey.OP_READ) != 0 && state != State.ENDED) {
            read();
        }
    }

    private void upgrade() throws IOException {
        handshake = client.handshake();
        response = new ResponseDecoder(HttpLimits.DEFAULTS);
        control = ByteBuffer.wrap(handshake.request());
        state = State.UPGRADING;
        resume();
    }

    private void resume() throws IOException {
        if (state == State.UPGRADING) {
            if (control != null) {
                flushControl();
            }
            listen(wire.isBlocked());
        } else {
            flushAll();
        }
    }

    private void read() throws IOException {
        FrameBuffer buffer = client.receiveBuffer();
        do {
            ByteBuffer bytes = buffer.bytes();
            bytes.clear();
            int count = wire.read(bytes);
            if (count < 0) {
                onEnd();
            } else if (count > 0) {
                decode(buffer, count, client.nowNs());
            } else if (control != null) {
                resume();
            }
        } while (state != State.ENDED && wire.hasMore());
        if (state == State.OPEN) {
            client.workload().onReadEnd(this);
        }
    }

    private void onEnd() {
        if (state == State.CLOSING) {
            closed();
        } else {
            client.fail(this, "the server ended the connection" + (state == State.OPEN ? "" : " before the upgrade"));
        }
    }

    private void decode(FrameBuffer buffer, int limit, long nowNs) throws IOException {
        int position = 0;
        if (state == State.UPGRADING) {
            position = decodeResponse(buffer.bytes(), limit, nowNs);
        }
        while (state == State.OPEN || state == State.CLOSING) {
            position = decoder.decode(buffer, position, limit);
            int event = decoder.event();
            if (event == FrameDecoder.MESSAGE || event == FrameDecoder.PART) {
                onPiece(nowNs);
            } else if (event == FrameDecoder.NEED_INPUT) {
                return;
            } else {
                onOther(event);
            }
        }
    }

    private int decodeResponse(ByteBuffer bytes, int limit, long nowNs) {
        int position = response.decode(bytes, 0, limit);
        while (response.status() == DecodeStatus.COMPLETE && response.head().isInterim() && response.head().statusCode() != 101) {
            response.reset();
            position = response.decode(bytes, position, limit);
        }
        if (response.status() == DecodeStatus.VIOLATION) {
            client.fail(this, "the answer to the upgrade: " + response.violation().message());
        } else if (response.status() == DecodeStatus.COMPLETE) {
            onResponse(nowNs);
        }
        return position;
    }

    private void onResponse(long nowNs) {
        ClientHandshake.Outcome outcome = handshake.validate(response.head());
        if (outcome instanceof HandshakeViolation violation) {
            client.fail(this, "the answer to the upgrade: " + violation.message());
            return;
        }
        String fault = client.compression().check((UpgradeAgreement) outcome);
        if (fault != null) {
            client.fail(this, "the answer to the upgrade: " + fault);
            return;
        }
        decoder = new FrameDecoder(Role.CLIENT, client.limits(), client.compression().isOn());
        inflation = client.compression().inflation((UpgradeAgreement) outcome);
        handshake = null;
        response = null;
        state = State.OPEN;
        client.onOpen(this, nowNs);
    }

    private void onPiece(long nowNs) {
        if (decoder.opcode() != client.opcode()) {
            client.fail(this, "message " + expected + " came back as " + Opcode.name(decoder.opcode()));
        } else if (decoder.compressed()) {
            onCompressedPiece(nowNs);
        } else if (take(decoder.payloadBuffer(), decoder.payloadPosition(), decoder.payloadLength()) && decoder.messageEnd()) {
            onMessageEnd(nowNs);
        }
    }

    private void onCompressedPiece(long nowNs) {
        String fault = inflation.add(decoder, this);
        if (fault != null) {
            client.fail(this, "message " + expected + ": " + fault);
        } else if (decoder.messageEnd() && state != State.ENDED) {
            onMessageEnd(nowNs);
        }
    }

    /** Checks bytes of the message that is coming in. @return whether they are right */
    boolean take(ByteBuffer bytes, int position, int length) {
        Payload payload = client.payload();
        if (length > payload.size() - messageOffset) {
            client.fail(this, "message " + expected + " came back longer than it was sent");
            return false;
        }
        if (!payload.matches(bytes, position, length, messageOffset, expectedStamp)) {
            client.fail(this, "message " + expected + " came back with other bytes, between " + messageOffset + " and "
                    + (messageOffset + length) + " of " + payload.size());
            return false;
        }
        messageOffset += length;
        return true;
    }

    private void onMessageEnd(long nowNs) {
        if (messageOffset != client.payload().size()) {
            client.fail(this, "message " + expected + " came back with " + messageOffset + " of " + client.payload().size() + " bytes");
            return;
        }
        messageOffset = 0;
        long sequence = expected++;
        expectedStamp = client.payload().stamp(author, expected);
        client.workload().onMessage(this, sequence, nowNs);
    }

    private void onOther(int event) throws IOException {
        if (event == FrameDecoder.PING) {
            sendPong();
            client.onPing();
        } else if (event == FrameDecoder.VIOLATION) {
            client.fail(this, "the server broke the protocol: " + decoder.violation().reason());
        } else if (event == FrameDecoder.CLOSE && state == State.CLOSING) {
            closed();
        } else if (event == FrameDecoder.CLOSE) {
            client.fail(this, ("the server closed with " + decoder.closeCode() + " " + decoder.closeReason()).strip());
        }
    }

    private void closed() {
        end();
        client.onClosed(this);
    }

    /** Closes the socket, whatever the state. */
    void end() {
        if (state != State.ENDED) {
            state = State.ENDED;
            try {
                channel.close();
            } catch (IOException itIsGoneAnyway) {
                key.cancel();
            }
            client.ended(this);
        }
    }
}
