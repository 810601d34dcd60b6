package io.neurolink.engine.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.socket.Frame;
import io.neurolink.engine.socket.Frames;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * A case as the bytes of one side.
 *
 * @param bytes   all that the peer sends
 * @param dues    what must come back, in order
 * @param end     after how many bytes the connection ends
 * @param ending  how it ends
 * @param chop    how many bytes the peer writes at a time
 * @param isHasty whether the peer does not wait for what must come back before it goes on
 */
public record Script(byte[] bytes, List<Due> dues, int end, Ending ending, int chop, boolean isHasty) {
    /**
     * A frame that must come back.
     *
     * @param offset after how many bytes, and not before
     * @param frame  the frame
     */
    public record Due(int offset, Frame frame) {
    }

    /**
     * How a connection ends.
     *
     * @param isAnswer  whether the peer has begun the closing handshake; else it broke a rule and is told so
     * @param code      the code of the close frame; 1005 for none
     * @param closeBody what the answer holds, exactly; null where only the code is known
     */
    public record Ending(boolean isAnswer, int code, byte[] closeBody) {
        /** Holds a close frame against what was expected. */
        public void verify(Frame close) {
            assertTrue(close.isClose(), () -> "not a close frame: " + close);
            assertEquals(code, close.closeCode(), close::text);
            if (closeBody != null) {
                assertEquals(new Frame(Frames.CLOSE, closeBody), close);
            }
        }
    }

    /** Where the peer stops to look: after each of its writes, and where something must have come. What is after the end is one write. */
    public List<Integer> stops() {
        TreeSet<Integer> stops = new TreeSet<>();
        if (!isHasty) {
            dues.forEach(due -> stops.add(due.offset()));
        }
        for (long at = chop; at < end; at += chop) {
            stops.add((int) at);
        }
        stops.add(end);
        return List.copyOf(stops);
    }

    /** Holds the frames that have come after so many bytes against those that are due by then. */
    public void verify(List<Frame> frames, int sent) {
        verify(frames, sent, frame -> true);
    }

    /** The same for some frames only. */
    public void verify(List<Frame> frames, int sent, Predicate<Frame> some) {
        List<Frame> seen = frames.stream().filter(some).toList();
        int count = 0;
        for (Due due : dues) {
            if (due.offset() <= sent && some.test(due.frame())) {
                if (count < seen.size()) {
                    assertEquals(due.frame(), seen.get(count), "frame " + count + " after byte " + sent);
                }
                count++;
            }
        }
        assertEquals(count, seen.size(), "frames after byte " + sent);
    }
}
