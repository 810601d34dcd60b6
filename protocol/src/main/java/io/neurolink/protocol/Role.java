package io.neurolink.protocol;

/**
 * The side of a connection that the owner of a decoder or encoder plays; it decides who masks (RFC 6455, section 5.1).
 */
public enum Role {
    /** Accepts connections: what it receives must be masked, what it sends must not be. */
    SERVER,

    /** Opens connections: what it receives must not be masked, what it sends must be. */
    CLIENT;

    /**
     * Says whether frames that this side sends carry a masking key.
     *
     * @return true for {@link #CLIENT}.
     */
    public boolean masksOutput() {
        return this == CLIENT;
    }
}
