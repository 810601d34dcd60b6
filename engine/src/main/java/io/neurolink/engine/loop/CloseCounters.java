package io.neurolink.engine.loop;

import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.CloseCode;

/** Counts how connections end. */
final class CloseCounters {
    private CloseCounters() {
    }

    static void count(CounterSet counters, int code) {
        counters.increment(EngineCounter.CONNECTIONS_CLOSED);
        counters.decrement(EngineCounter.CONNECTIONS_OPEN);
        counters.increment(counterOf(code));
    }

    private static EngineCounter counterOf(int code) {
        return switch (code) {
            case CloseCode.NORMAL -> EngineCounter.CLOSES_NORMAL;
            case CloseCode.GOING_AWAY -> EngineCounter.CLOSES_GOING_AWAY;
            case CloseCode.PROTOCOL_ERROR, CloseCode.UNSUPPORTED_DATA -> EngineCounter.CLOSES_PROTOCOL_ERROR;
            case CloseCode.INVALID_PAYLOAD -> EngineCounter.CLOSES_INVALID_UTF8;
            case CloseCode.NO_STATUS -> EngineCounter.CLOSES_NO_STATUS;
            case CloseCode.ABNORMAL -> EngineCounter.CLOSES_ABNORMAL;
            case CloseCode.POLICY_VIOLATION -> EngineCounter.CLOSES_POLICY;
            case CloseCode.MESSAGE_TOO_BIG -> EngineCounter.CLOSES_TOO_BIG;
            case CloseCode.INTERNAL_ERROR -> EngineCounter.CLOSES_INTERNAL_ERROR;
            case CloseCode.TRY_AGAIN_LATER -> EngineCounter.CLOSES_SLOW_CONSUMER;
            default -> EngineCounter.CLOSES_OTHER;
        };
    }
}
