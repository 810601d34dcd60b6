package io.neurolink.engine.socket;

import io.neurolink.engine.spi.HandlerThreading;
import java.util.stream.Stream;

/** The ways of running handlers that this JDK has. */
final class Modes {
    static final boolean HAS_VIRTUAL_THREADS = Runtime.version().feature() >= 21;

    private Modes() {
    }

    static Stream<HandlerThreading> available() {
        return Stream.of(HandlerThreading.values()).filter(mode -> mode != HandlerThreading.VIRTUAL || HAS_VIRTUAL_THREADS);
    }
}
