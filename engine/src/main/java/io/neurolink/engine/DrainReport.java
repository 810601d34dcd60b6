package io.neurolink.engine;

import java.time.Duration;
import java.util.Locale;

/**
 * What became of a server's connections when it ended.
 *
 * @param connections    open when the closing began, after the delay
 * @param left           of these, how many went before they were closed
 * @param closed         how many completed the closing handshake
 * @param cut            how many did not in time, or whose line broke
 * @param interrupted    of the closed and the cut, how many were busy when their time was over
 * @param undelivered    messages that had been accepted and could not be written, for instance because the peer had stopped reading; each
 *                       was reported to its handler
 * @param duration       from the call to the end
 * @param isHurried      whether it was cut short
 */
public record DrainReport(
        int connections, int left, int closed, int cut, int interrupted, long undelivered, Duration duration, boolean isHurried) {

    static final DrainReport NOTHING = new DrainReport(0, 0, 0, 0, 0, 0, Duration.ZERO, false);

    /** @return all of it in a line for people. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "drained in %.1f s%s: %d connections, %d left, %d closed, %d cut, %d interrupted,"
                + " %d messages undelivered", duration.toMillis() / 1000.0, isHurried ? " (hurried)" : "", connections, left, closed, cut,
                interrupted, undelivered);
    }
}
