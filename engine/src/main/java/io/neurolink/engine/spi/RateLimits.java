package io.neurolink.engine.spi;

import java.util.Objects;

/**
 * How many messages, and how many bytes of messages, a peer may send per second: each limit is a token bucket that holds {@code burst} and
 * fills with {@code perSecond}. Bytes are those of the messages as handlers get them. Limits of a user are shared by all connections of
 * that user to the manager; connections without a user have none. Immutable.
 *
 * @param messages     messages of a connection, or null
 * @param bytes        bytes of a connection, or null
 * @param userMessages messages of a user, or null
 * @param userBytes    bytes of a user, or null
 * @param policy       what happens to who sends more
 */
public record RateLimits(Rate messages, Rate bytes, Rate userMessages, Rate userBytes, RateLimitPolicy policy) {
    private static final long MAX = 1L << 32;
    private static final RateLimits NONE = builder().build();

    /** Checks that there is a policy. */
    public RateLimits {
        Objects.requireNonNull(policy, "policy");
    }

    /**
     * One limit.
     *
     * @param perSecond how many per second in the long run, 1 to 4 Gi
     * @param burst     how many at once after a rest, 1 to 4 Gi
     */
    public record Rate(long perSecond, long burst) {
        /**
         * Checks the ranges.
         *
         * @throws IllegalArgumentException if a value is out of range.
         */
        public Rate {
            if (perSecond < 1 || perSecond > MAX || burst < 1 || burst > MAX) {
                throw new IllegalArgumentException("a rate must have 1 to " + MAX + " per second and at once, not " + perSecond
                        + " and " + burst);
            }
        }
    }

    /** {@return no limits} */
    public static RateLimits none() {
        return NONE;
    }

    /** {@return a builder without limits} */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return whether there is any limit} */
    public boolean isOn() {
        return messages != null || bytes != null || hasUserLimits();
    }

    /** {@return whether users have limits} */
    public boolean hasUserLimits() {
        return userMessages != null || userBytes != null;
    }

    /** Collects the limits. Not safe for use by several threads. */
    public static final class Builder {
        private Rate messages;
        private Rate bytes;
        private Rate userMessages;
        private Rate userBytes;
        private RateLimitPolicy policy = RateLimitPolicy.CLOSE;

        private Builder() {
        }

        /**
         * Limits the messages of a connection.
         *
         * @param perSecond messages of a connection per second, 1 to 4 Gi.
         * @param burst     messages at once, 1 to 4 Gi.
         * @return this.
         */
        public Builder messages(long perSecond, long burst) {
            messages = new Rate(perSecond, burst);
            return this;
        }

        /**
         * Limits the bytes of a connection.
         *
         * @param perSecond bytes of a connection per second, 1 to 4 Gi.
         * @param burst     bytes at once, at least {@code maxMessageSize}, to 4 Gi.
         * @return this.
         */
        public Builder bytes(long perSecond, long burst) {
            bytes = new Rate(perSecond, burst);
            return this;
        }

        /**
         * Limits the messages of a user.
         *
         * @param perSecond messages of a user per second, 1 to 4 Gi.
         * @param burst     messages at once, 1 to 4 Gi.
         * @return this.
         */
        public Builder userMessages(long perSecond, long burst) {
            userMessages = new Rate(perSecond, burst);
            return this;
        }

        /**
         * Limits the bytes of a user.
         *
         * @param perSecond bytes of a user per second, 1 to 4 Gi.
         * @param burst     bytes at once, at least {@code maxMessageSize}, to 4 Gi.
         * @return this.
         */
        public Builder userBytes(long perSecond, long burst) {
            userBytes = new Rate(perSecond, burst);
            return this;
        }

        /**
         * Sets the policy.
         *
         * @param value what happens to who sends more; default {@link RateLimitPolicy#CLOSE}.
         * @return this.
         */
        public Builder policy(RateLimitPolicy value) {
            policy = value;
            return this;
        }

        /** {@return the limits} */
        public RateLimits build() {
            return new RateLimits(messages, bytes, userMessages, userBytes, policy);
        }
    }
}
