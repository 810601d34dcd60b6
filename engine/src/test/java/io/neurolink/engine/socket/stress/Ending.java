package io.neurolink.engine.socket.stress;

import java.util.SplittableRandom;

/** The ways in which a client ends a connection. */
enum Ending {
    /** The closing handshake, begun by the client. */
    CLOSE(30),
    /** The closing handshake, begun by the server because the client asked for it. */
    SERVER_CLOSE(20),
    /** A reset. */
    RESET(12),
    /** The end of the outgoing direction, without a close frame. */
    HALF_CLOSE(10),
    /** The end in the middle of a frame. */
    VANISH(10),
    /** A frame with a reserved bit. */
    VIOLATION(8),
    /** The client stops reading while it is flooded. */
    DEAF(1),
    /** The end in the middle of the request. */
    UNFINISHED_REQUEST(4),
    /** A reset right behind the request. */
    EARLY_RESET(3),
    /** A request for something that is not there. */
    REFUSED(2);

    private static final int TOTAL = 100;

    private final int percent;

    Ending(int percent) {
        this.percent = percent;
    }

    static Ending next(SplittableRandom random) {
        int dice = random.nextInt(TOTAL);
        for (Ending ending : values()) {
            dice -= ending.percent;
            if (dice < 0) {
                return ending;
            }
        }
        throw new IllegalStateException("the percentages do not add up");
    }

    boolean isBeforeUpgrade() {
        return this == UNFINISHED_REQUEST || this == EARLY_RESET || this == REFUSED;
    }
}
