package io.neurolink.engine.cluster;

import io.neurolink.engine.cluster.Frame.Type;
import io.neurolink.engine.spi.ClusterBus;
import io.neurolink.engine.spi.SendResult;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Numbers messages, cuts those that are too long for the bus, and hands them to it. The cluster's thread. */
final class Sender {
    private final ClusterBus bus;
    private final byte[] name;
    private final long epoch;
    private final int headerLength;
    private long messageNumber;
    private long controlNumber;

    /** How far the message is that is being cut: bytes of its body, and the length of a part. */
    private int sentParts;
    private int partLength;

    Sender(ClusterBus bus, String nodeId, long epoch) {
        this.bus = bus;
        this.name = nodeId.getBytes(StandardCharsets.UTF_8);
        this.epoch = epoch;
        this.headerLength = Frame.headerLength(name);
    }

    /** Any thread. */
    int headerLength() {
        return headerLength;
    }

    BodyWriter body() {
        return new BodyWriter(headerLength);
    }

    /** What the bus had of the message that is being cut may be lost: it is sent from its beginning. */
    void restart() {
        sentParts = 0;
    }

    /**
     * Sends on what is left of a message for connections.
     *
     * @param bytes the body behind room for a header.
     * @return whether all of it is sent; if not, it is to be tried again.
     */
    boolean sendMessage(String subject, byte[] bytes) {
        if (sentParts == 0) {
            partLength = partLength();
        }
        int parts = parts(bytes, partLength);
        while (sentParts < parts) {
            if (!publish(subject, bytes, Type.MESSAGE, sentParts, parts, partLength)) {
                return false;
            }
            sentParts++;
        }
        sentParts = 0;
        return true;
    }

    /**
     * Sends a message of the cluster itself, whole or not at all; whoever needs it asks again.
     *
     * @return whether all of it is sent.
     */
    boolean sendControl(String subject, Type type, BodyWriter body) {
        byte[] bytes = body.toBytes();
        int length = partLength();
        int parts = parts(bytes, length);
        for (int part = 0; part < parts; part++) {
            if (!publish(subject, bytes, type, part, parts, length)) {
                return false;
            }
        }
        return true;
    }

    private int partLength() {
        return bus.maxMessageLength() - headerLength;
    }

    private int parts(byte[] bytes, int length) {
        return Math.max(1, (bytes.length - headerLength + length - 1) / length);
    }

    private boolean publish(String subject, byte[] bytes, Type type, int part, int parts, int length) {
        byte[] frame = bytes;
        if (parts > 1) {
            int from = part * length;
            int to = Math.min(bytes.length, from + length + headerLength);
            // The header's room is taken from what lies before the part, which is overwritten next.
            frame = Arrays.copyOfRange(bytes, from, to);
        }
        long number = 1 + (type.isControl() ? controlNumber : messageNumber);
        Frame.writeHeader(frame, type, part, parts, epoch, number, name);
        if (bus.publish(subject, frame) != SendResult.ACCEPTED) {
            return false;
        }
        if (type.isControl()) {
            controlNumber = number;
        } else {
            messageNumber = number;
        }
        return true;
    }

    /** @return whether a message of that many bytes, header included, can be cut in as many parts as there may be. */
    boolean canCarry(int length) {
        return (length - headerLength) / Math.max(1, partLength()) < Frame.MAX_PARTS;
    }
}
