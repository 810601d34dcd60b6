package io.neurolink.perf.attack;

import io.neurolink.perf.wire.Line;
import io.neurolink.perf.wire.Peer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Sends bytes, at once or one by one, and reads whatever comes until the server ends the connection. Then it counts the status of the
 * answer, or {@code ended} if there was none.
 */
final class Requester implements Peer {
    private static final int KEPT = 4096;

    private final Tally tally;
    private final byte[] bytes;
    private final long intervalNs;
    private final String forbidden;
    private final StringBuilder answer = new StringBuilder(0);
    private int position;

    private Requester(Tally tally, byte[] bytes, long intervalNs, String forbidden) {
        this.tally = tally;
        this.bytes = bytes;
        this.intervalNs = intervalNs;
        this.forbidden = forbidden;
    }

    static Requester atOnce(Tally tally, byte[] bytes) {
        return new Requester(tally, bytes, 0, null);
    }

    /** As {@link #atOnce}; an answer that has the forbidden text counts as that. */
    static Requester atOnce(Tally tally, byte[] bytes, String forbidden) {
        return new Requester(tally, bytes, 0, forbidden);
    }

    static Requester byteByByte(Tally tally, byte[] bytes, long intervalNs) {
        return new Requester(tally, bytes, intervalNs, null);
    }

    @Override
    public void onConnected(Line line) {
        if (intervalNs == 0) {
            line.send(bytes);
        } else {
            onWake(line);
        }
    }

    @Override
    public void onWake(Line line) {
        if (position < bytes.length) {
            line.send(new byte[] {bytes[position++]});
            line.wakeAfter(intervalNs);
        }
    }

    @Override
    public void onBytes(Line line, ByteBuffer received) {
        if (answer.length() < KEPT) {
            answer.append(StandardCharsets.ISO_8859_1.decode(received));
        }
    }

    @Override
    public void onEnd(Line line) {
        if (forbidden != null && answer.indexOf(forbidden) >= 0) {
            tally.count(forbidden);
        } else if (answer.length() >= 12 && answer.indexOf("HTTP/1.1 ") == 0) {
            tally.count(answer.substring(9, 12));
        } else {
            tally.count("ended");
        }
    }
}
