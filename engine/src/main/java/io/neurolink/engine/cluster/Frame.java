package io.neurolink.engine.cluster;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What travels on the bus: a header, and a part of a message behind it.
 *
 * <pre>
 *  0        version, 1
 *  1        type
 *  2        part, from 0            2 bytes
 *  4        parts of the message    2 bytes
 *  6        epoch of the sender     8 bytes
 * 14        number                  8 bytes   of what the sender has sent, messages and control apart, without a gap
 * 22        length of the name      1 byte
 * 23        name of the sender, UTF-8
 * </pre>
 *
 * @param type    what the message is
 * @param part    which part of it
 * @param parts   how many there are
 * @param epoch   of the sender
 * @param number  of this frame
 * @param nodeId  name of the sender
 * @param body    the part
 */
record Frame(Type type, int part, int parts, long epoch, long number, String nodeId, ByteBuffer body) {
    static final int MAX_PARTS = 0xFFFF;
    static final int MAX_NODE_ID_BYTES = 64;

    private static final byte VERSION = 1;
    private static final int TYPE_OFFSET = 1;
    private static final int PART_OFFSET = 2;
    private static final int PARTS_OFFSET = 4;
    private static final int EPOCH_OFFSET = 6;
    private static final int NUMBER_OFFSET = 14;
    private static final int NAME_OFFSET = 22;
    private static final Type[] TYPES = Type.values();

    /** What a message is. */
    enum Type {
        /** A message for connections. */
        MESSAGE,
        /** A sign of life, with what the node counts. */
        HEARTBEAT,
        /** The node leaves. */
        BYE,
        /** How many connections users have. */
        USERS,
        /** Asks a node for all its users. */
        USERS_WANTED,
        /** A question to all nodes. */
        QUESTION,
        /** The answer of one. */
        ANSWER;

        boolean isControl() {
            return this != MESSAGE;
        }
    }

    static int headerLength(byte[] name) {
        return NAME_OFFSET + 1 + name.length;
    }

    /** Writes the header before a body that lies behind it already. */
    static void writeHeader(byte[] bytes, Type type, int part, int parts, long epoch, long number, byte[] name) {
        ByteBuffer.wrap(bytes).put(0, VERSION).put(TYPE_OFFSET, (byte) type.ordinal()).putShort(PART_OFFSET, (short) part)
                .putShort(PARTS_OFFSET, (short) parts).putLong(EPOCH_OFFSET, epoch).putLong(NUMBER_OFFSET, number)
                .put(NAME_OFFSET, (byte) name.length).put(NAME_OFFSET + 1, name);
    }

    /** @return whether these bytes claim to be for the cluster itself, not for connections. */
    static boolean isControl(byte[] bytes) {
        return bytes.length > TYPE_OFFSET && bytes[TYPE_OFFSET] != Type.MESSAGE.ordinal();
    }

    /** @throws IllegalArgumentException if it is none. */
    static Frame parse(byte[] bytes) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            int ordinal = buffer.get(TYPE_OFFSET);
            int part = buffer.getShort(PART_OFFSET) & 0xFFFF;
            int parts = buffer.getShort(PARTS_OFFSET) & 0xFFFF;
            byte[] name = new byte[buffer.get(NAME_OFFSET) & 0xFF];
            if (buffer.get(0) != VERSION || ordinal < 0 || ordinal >= TYPES.length || part >= parts || name.length == 0
                    || name.length > MAX_NODE_ID_BYTES) {
                throw new IllegalArgumentException("no message of a node");
            }
            buffer.position(NAME_OFFSET + 1).get(name);
            return new Frame(TYPES[ordinal], part, parts, buffer.getLong(EPOCH_OFFSET), buffer.getLong(NUMBER_OFFSET),
                    new String(name, StandardCharsets.UTF_8), buffer.slice());
        } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("no message of a node", e);
        }
    }

    /** The type of which this is a part, without parts. */
    Frame whole(ByteBuffer all) {
        return new Frame(type, 0, 1, epoch, number, nodeId, all);
    }
}
