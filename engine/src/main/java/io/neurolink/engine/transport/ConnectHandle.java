package io.neurolink.engine.transport;

/** An attempt to connect that is under way. */
@FunctionalInterface
public interface ConnectHandle {
    /** Gives the attempt up; its listener is not told. Nothing happens if it is over already. */
    void abandon();
}
