package io.neurolink.engine.cluster;

import io.neurolink.engine.spi.ConnectionFilter;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A message for connections of a group.
 *
 * @param group   name of the group
 * @param target  which of its connections
 * @param key     the topic or the user, or null
 * @param filter  which of those, or null for all
 * @param opcode  text or binary
 * @param payload the message, between position and limit
 */
public record GroupMessage(String group, Target target, String key, ConnectionFilter filter, int opcode, ByteBuffer payload) {
    private static final Target[] TARGETS = Target.values();

    /** Whom a message is for. */
    public enum Target {
        /** All connections of the group. */
        ALL,
        /** The subscribers of a topic. */
        TOPIC,
        /** The connections of a user. */
        USER
    }

    String subject() {
        return switch (target) {
            case ALL -> Subjects.all(group);
            case TOPIC -> Subjects.topic(group, key);
            case USER -> Subjects.user(group, key);
        };
    }

    /** @return the body behind room for a header. */
    byte[] encode(int headerLength) {
        byte[] groupBytes = group.getBytes(StandardCharsets.UTF_8);
        byte[] keyBytes = key == null ? new byte[0] : key.getBytes(StandardCharsets.UTF_8);
        byte[] filterBytes = filter == null ? new byte[0] : filter.encode();
        int length = headerLength + 2 + 3 * Integer.BYTES + groupBytes.length + keyBytes.length + filterBytes.length + payload.remaining();
        ByteBuffer out = ByteBuffer.allocate(length).position(headerLength);
        out.put((byte) target.ordinal()).put((byte) opcode);
        out.putInt(groupBytes.length).put(groupBytes).putInt(keyBytes.length).put(keyBytes).putInt(filterBytes.length).put(filterBytes);
        out.put(payload.duplicate());
        return out.array();
    }

    /** @throws IllegalArgumentException if it is none. */
    static GroupMessage decode(ByteBuffer body) {
        try {
            int target = body.get();
            int opcode = body.get();
            if (target < 0 || target >= TARGETS.length || opcode != 1 && opcode != 2) {
                throw new IllegalArgumentException("no message for a group");
            }
            String group = BodyWriter.getName(body);
            String key = BodyWriter.getName(body);
            int filterLength = body.getInt();
            if (filterLength < 0 || filterLength > body.remaining()) {
                throw new IllegalArgumentException("a filter longer than its message");
            }
            byte[] filter = new byte[filterLength];
            body.get(filter);
            return new GroupMessage(group, TARGETS[target], key, filterLength == 0 ? null : ConnectionFilter.decode(filter), opcode,
                    body.slice());
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("no message for a group", e);
        }
    }
}
