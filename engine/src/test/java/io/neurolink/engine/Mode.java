package io.neurolink.engine;

import io.neurolink.engine.spi.HandlerThreading;

/** The ways to run an engine that system tests are repeated for. */
enum Mode {
    INLINE(HandlerThreading.INLINE, 1),
    INLINE_TWO_LOOPS(HandlerThreading.INLINE, 2),
    WORKER(HandlerThreading.WORKER, 1),
    WORKER_TWO_LOOPS(HandlerThreading.WORKER, 2);

    final HandlerThreading threading;
    final int loops;

    Mode(HandlerThreading threading, int loops) {
        this.threading = threading;
        this.loops = loops;
    }

    boolean isInline() {
        return threading == HandlerThreading.INLINE;
    }

    boolean hasTwoLoops() {
        return loops == 2;
    }
}
