package io.neurolink.engine.spi;

import java.time.Duration;

/**
 * What a connection may be told when its server is about to end; see {@link WebSocketHandler#onDrain}.
 *
 * @param reconnectAfter when the peer should connect again after its connection was closed, zero or more. It differs from connection to
 *                       connection, spread over the time that closing all of them takes, so that they do not come back at once
 * @param timeLeft       how long the connection may stay at most if its handler is {@linkplain WebSocketHandler#isBusy busy} with it; zero
 *                       when that is over
 */
public record DrainNotice(Duration reconnectAfter, Duration timeLeft) {

    /** @return whether this is the last notice: the connection is closed next. */
    public boolean isLast() {
        return timeLeft.isZero();
    }
}
