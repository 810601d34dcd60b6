package io.neurolink.engine.status;

/** What the engine keeps as a distribution. All are in nanoseconds. */
public enum EngineHistogram {
    /** From a ping of this side to its pong. */
    ROUND_TRIP_TIME,
    /** Of a call of a handler's {@code onMessage}, as far as {@link HandlerTimer} has looked. */
    HANDLER_TIME
}
