package io.neurolink.engine;

import io.neurolink.engine.cluster.ClusterSettings;
import io.neurolink.engine.spi.ClusterBus;
import io.neurolink.engine.spi.ClusterListener;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Objects;

/**
 * How a server belongs to a cluster; see {@link NeuroLinkServer.Builder#cluster}. Made by {@link #builder}, which checks the values;
 * immutable. For one server only, since a bus belongs to one node.
 *
 * @param bus               carries messages between the nodes; started and closed by the server
 * @param nodeId            name of this node, unique in the cluster, 1 to 64 bytes of UTF-8; default 128 random bits
 * @param heartbeatInterval time between signs of life, 100 ms to 1 min; what other nodes count is that old at most, and its way; default
 *                          1 s
 * @param nodeTimeout       silence after which another node is taken for dead, at least two heartbeat intervals; default five
 * @param answerTimeout     how long answers of other nodes are waited for; default 2 s
 * @param maxBufferedBytes  bytes of messages that may wait for the bus, and as much again that has come from it and waits for event loops;
 *                          what is more is dropped and counted; at least 64 KiB, default 16 MiB; the largest message must fit in
 * @param bufferTime        how long a message may wait for a bus that cannot be reached; older ones are dropped and counted; default 30 s
 * @param listener          told of the bus and of the other nodes; default one that does nothing
 */
public record ClusterConfig(
        ClusterBus bus, String nodeId, Duration heartbeatInterval, Duration nodeTimeout, Duration answerTimeout, int maxBufferedBytes,
        Duration bufferTime, ClusterListener listener) {
    private static final int NODE_ID_BITS = 128;
    private static final int MAX_NODE_ID_BYTES = 64;
    private static final int MIN_BUFFERED_BYTES = 64 * 1024;

    /**
     * {@return a builder with the defaults}
     *
     * @param bus carries messages between the nodes.
     */
    public static Builder builder(ClusterBus bus) {
        return new Builder(bus);
    }

    /** In the units of the cluster's thread. */
    ClusterSettings settings() {
        return new ClusterSettings(nodeId, heartbeatInterval.toNanos(), nodeTimeout.toNanos(), answerTimeout.toNanos(), maxBufferedBytes,
                bufferTime.toNanos(), listener);
    }

    /** Collects the values and checks them. Not safe for use by several threads. */
    public static final class Builder {
        private final ClusterBus bus;
        private String nodeId;
        private Duration heartbeatInterval = Duration.ofSeconds(1);
        private Duration nodeTimeout;
        private Duration answerTimeout = Duration.ofSeconds(2);
        private int maxBufferedBytes = 16 * 1024 * 1024;
        private Duration bufferTime = Duration.ofSeconds(30);
        private ClusterListener listener = new ClusterListener() { };

        private Builder(ClusterBus bus) {
            this.bus = Objects.requireNonNull(bus, "bus");
        }

        /**
         * Sets the node id.
         *
         * @param value name of this node, unique in the cluster, 1 to 64 bytes of UTF-8.
         * @return this.
         */
        public Builder nodeId(String value) {
            int length = value.getBytes(StandardCharsets.UTF_8).length;
            if (value.isBlank() || length > MAX_NODE_ID_BYTES) {
                throw new IllegalArgumentException(
                        "nodeId must be 1 to " + MAX_NODE_ID_BYTES + " bytes and not blank, not '" + value + "'");
            }
            nodeId = value;
            return this;
        }

        /**
         * Sets the heartbeat interval.
         *
         * @param value time between signs of life, 100 ms to 1 min.
         * @return this.
         */
        public Builder heartbeatInterval(Duration value) {
            if (value.compareTo(Duration.ofMillis(100)) < 0 || value.compareTo(Duration.ofMinutes(1)) > 0) {
                throw new IllegalArgumentException("heartbeatInterval must be 100 ms to 1 min, not " + value);
            }
            heartbeatInterval = value;
            return this;
        }

        /**
         * Sets the node timeout.
         *
         * @param value silence after which another node is taken for dead.
         * @return this.
         */
        public Builder nodeTimeout(Duration value) {
            nodeTimeout = value;
            return this;
        }

        /**
         * Sets the answer timeout.
         *
         * @param value how long answers of other nodes are waited for, up to 1 min.
         * @return this.
         */
        public Builder answerTimeout(Duration value) {
            answerTimeout = requirePositive("answerTimeout", value, Duration.ofMinutes(1));
            return this;
        }

        /**
         * Limits the buffered bytes.
         *
         * @param value bytes of messages that may wait for the bus, and from it.
         * @return this.
         */
        public Builder maxBufferedBytes(int value) {
            if (value < MIN_BUFFERED_BYTES) {
                throw new IllegalArgumentException(
                        "maxBufferedBytes of a cluster must be at least " + MIN_BUFFERED_BYTES + ", not " + value);
            }
            maxBufferedBytes = value;
            return this;
        }

        /**
         * Sets the buffer time.
         *
         * @param value how long a message may wait for the bus, up to 1 h.
         * @return this.
         */
        public Builder bufferTime(Duration value) {
            bufferTime = requirePositive("bufferTime", value, Duration.ofHours(1));
            return this;
        }

        /**
         * Sets the listener.
         *
         * @param value told of the bus and of the other nodes.
         * @return this.
         */
        public Builder listener(ClusterListener value) {
            listener = Objects.requireNonNull(value, "listener");
            return this;
        }

        /**
         * {@return the configuration}
         *
         * @throws IllegalArgumentException if the node timeout is shorter than two heartbeat intervals.
         */
        public ClusterConfig build() {
            Duration timeout = nodeTimeout == null ? heartbeatInterval.multipliedBy(5) : nodeTimeout;
            if (timeout.compareTo(heartbeatInterval.multipliedBy(2)) < 0 || timeout.compareTo(Duration.ofHours(1)) > 0) {
                throw new IllegalArgumentException("nodeTimeout must be at least two heartbeat intervals and at most 1 h, not " + timeout);
            }
            return new ClusterConfig(bus, nodeId == null ? randomId() : nodeId, heartbeatInterval, timeout, answerTimeout, maxBufferedBytes,
                    bufferTime, listener);
        }

        private static String randomId() {
            byte[] bits = new byte[NODE_ID_BITS / Byte.SIZE];
            new SecureRandom().nextBytes(bits);
            return Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
        }

        private static Duration requirePositive(String name, Duration value, Duration max) {
            if (value.isNegative() || value.isZero() || value.compareTo(max) > 0) {
                throw new IllegalArgumentException(name + " must be more than zero and at most " + max + ", not " + value);
            }
            return value;
        }
    }
}
