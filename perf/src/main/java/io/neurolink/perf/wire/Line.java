package io.neurolink.perf.wire;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Queue;

/** One connection of a {@link Driver}, whose thread alone may use it. */
public final class Line {
    private final Driver driver;
    private final Peer peer;
    private final SocketChannel channel;
    private final Queue<ByteBuffer> outbound = new ArrayDeque<>(1);
    private SelectionKey key;
    private boolean isConnected;
    private boolean isEnded;
    private boolean isReading = true;
    private long sentBytes;

    Line(Driver driver, Peer peer, SocketChannel channel) {
        this.driver = driver;
        this.peer = peer;
        this.channel = channel;
    }

    void registered(SelectionKey newKey) {
        key = newKey;
    }

    Peer peer() {
        return peer;
    }

    public boolean isEnded() {
        return isEnded;
    }

    /** Bytes the socket has taken so far. */
    public long sentBytes() {
        return sentBytes;
    }

    /** Bytes that wait for the socket. */
    public boolean isSending() {
        return !outbound.isEmpty();
    }

    /** Sends bytes, at once if the socket takes them. They belong to the line from now on. */
    public void send(ByteBuffer bytes) {
        if (!isEnded) {
            outbound.add(bytes);
            if (outbound.size() == 1) {
                write();
            }
        }
    }

    public void send(byte[] bytes) {
        send(ByteBuffer.wrap(bytes));
    }

    /** No more is read until {@link #resumeReading}: what comes fills the socket's buffers. */
    public void stopReading() {
        isReading = false;
        updateInterest();
    }

    public void resumeReading() {
        isReading = true;
        updateInterest();
    }

    /** Asks for {@link Peer#onWake}. */
    public void wakeAfter(long delayNs) {
        driver.wake(this, delayNs);
    }

    /** Ends the sending direction only. */
    public void finish() {
        if (!isEnded) {
            try {
                channel.shutdownOutput();
            } catch (IOException itIsGone) {
                end();
            }
        }
    }

    /** Ends the connection in order. */
    public void close() {
        if (!isEnded) {
            forget();
        }
    }

    /** Ends the connection with a reset. */
    public void reset() {
        if (!isEnded) {
            try {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException itIsGone) {
                isReading = false;
            }
            forget();
        }
    }

    void onReady(ByteBuffer scratch) throws IOException {
        if (key.isConnectable()) {
            channel.finishConnect();
            isConnected = true;
            driver.onConnected();
            updateInterest();
            peer.onConnected(this);
            return;
        }
        if (key.isWritable()) {
            write();
            if (!isEnded && outbound.isEmpty()) {
                peer.onSent(this);
            }
        }
        if (!isEnded && key.isValid() && key.isReadable()) {
            read(scratch);
        }
    }

    private void read(ByteBuffer scratch) throws IOException {
        int count = channel.read(scratch.clear());
        if (count < 0) {
            end();
        } else if (count > 0) {
            driver.onReceived(count);
            peer.onBytes(this, scratch.flip());
        }
    }

    private void write() {
        if (!isConnected) {
            return;
        }
        try {
            for (ByteBuffer next = outbound.peek(); next != null; next = outbound.peek()) {
                int count = channel.write(next);
                sentBytes += count;
                driver.onSentBytes(count);
                if (next.hasRemaining()) {
                    break;
                }
                outbound.remove();
            }
            updateInterest();
        } catch (IOException itIsGone) {
            end();
        }
    }

    private void updateInterest() {
        if (!isEnded && isConnected && key.isValid()) {
            key.interestOps((isReading ? SelectionKey.OP_READ : 0) | (outbound.isEmpty() ? 0 : SelectionKey.OP_WRITE));
        }
    }

    /** The other side, or the system, has ended it. */
    void end() {
        if (!isEnded) {
            forget();
            peer.onEnd(this);
        }
    }

    private void forget() {
        isEnded = true;
        outbound.clear();
        driver.onEnded(this, isConnected);
        try {
            channel.close();
        } catch (IOException itIsGone) {
            isReading = false;
        }
    }
}
