package io.neurolink.engine.conformance;

import io.neurolink.engine.conformance.Script.Due;
import io.neurolink.engine.conformance.Script.Ending;
import io.neurolink.engine.socket.Frame;
import io.neurolink.engine.socket.Frames;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** One row of the table: what a peer sends to an echo, and what must come back after which of its frames. */
public final class Case {
    private static final int NORMAL = 1000;
    private static final int NO_CODE = 1005;
    private static final long KEY_SEED = 20_260_601;

    private final String id;
    private final List<Sent> frames = new ArrayList<>();
    private final List<Expected> expected = new ArrayList<>();
    private int chop = Integer.MAX_VALUE;
    private boolean isHasty;
    private int endFrame = -1;
    private Place endPlace;
    private int endIndex;
    private Ending ending;

    private record Expected(int afterFrames, Frame frame) {
    }

    private Case(String id) {
        this.id = id;
    }

    /** @param id unique within its group. */
    static Case of(String id) {
        return new Case(id);
    }

    public String id() {
        return id;
    }

    /** The peer writes that many bytes at a time. */
    Case chopped(int bytes) {
        chop = bytes;
        return this;
    }

    /** The peer does not wait for one answer before it goes on, only for all of them before it closes. */
    Case hasty() {
        isHasty = true;
        return this;
    }

    Case send(Sent... sent) {
        frames.addAll(List.of(sent));
        return this;
    }

    /** These come back when all that was sent so far is there, and not before. */
    Case expect(Frame... returned) {
        for (Frame frame : returned) {
            expected.add(new Expected(frames.size(), frame));
        }
        return this;
    }

    /** A message in one frame comes back. */
    Case echo(int opcode, byte... payload) {
        return send(Sent.frame(Frames.FIN | opcode, payload)).expect(new Frame(opcode, payload));
    }

    Case echo(String text) {
        return send(Sent.text(text)).expect(Frame.text(text));
    }

    /** A ping and its pong: nothing else has come, and the connection is well. */
    Case probe() {
        byte[] payload = {'p', 'r', 'o', 'b', 'e', (byte) frames.size()};
        return send(Sent.ping(payload)).expect(Frame.pong(payload));
    }

    /** The peer closes in good order. */
    Case closes() {
        return closes(Sent.close(NORMAL, ""));
    }

    /** The peer closes with this frame, and gets the same back. */
    Case closes(Sent close) {
        byte[] body = close.payload();
        int code = body.length == 0 ? NO_CODE : (body[0] & 0xFF) << 8 | body[1] & 0xFF;
        return ends(close, Place.END, 0, new Ending(true, code, body));
    }

    /** The frame is refused with that code at the byte that shows what is wrong. */
    Case fails(Sent wrong, Place place, int code) {
        return ends(wrong, place, 0, new Ending(false, code, null));
    }

    /** The same at a byte of the payload. */
    Case failsInPayload(Sent wrong, int payloadIndex, int code) {
        return ends(wrong, Place.PAYLOAD, payloadIndex, new Ending(false, code, null));
    }

    private Case ends(Sent last, Place place, int payloadIndex, Ending how) {
        endFrame = frames.size();
        endPlace = place;
        endIndex = payloadIndex;
        ending = how;
        return send(last);
    }

    /** @return these bytes, for a peer that is a client and must mask, or one that is a server and must not. */
    public Script script(boolean isPeerMasking) {
        if (ending == null) {
            throw new IllegalStateException("has no end: " + id);
        }
        Random keys = new Random(KEY_SEED + id.hashCode());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int[] ends = new int[frames.size() + 1];
        for (int i = 0; i < frames.size(); i++) {
            bytes.writeBytes(frames.get(i).encode(isPeerMasking, keys));
            ends[i + 1] = bytes.size();
        }
        List<Due> dues = expected.stream().map(one -> new Due(ends[one.afterFrames()], one.frame())).toList();
        int end = ends[endFrame] + endPlace.offset(frames.get(endFrame), isPeerMasking, endIndex);
        if (end > ends[endFrame + 1] || dues.stream().anyMatch(due -> due.offset() > ends[endFrame])) {
            throw new IllegalStateException("ends before that: " + id);
        }
        return new Script(bytes.toByteArray(), dues, end, ending, chop, isHasty);
    }

    @Override
    public String toString() {
        return id;
    }
}
