package io.neurolink.engine.socket;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * One case of the conformance suite: what the client sends, what it must get back, and how it must end. Everything expected is awaited
 * before more is sent.
 */
final class Conversation {
    private interface Step {
        void run(RawClient client) throws IOException;
    }

    private final String name;
    private final List<Step> steps = new ArrayList<>();
    private int chop = Integer.MAX_VALUE;
    private boolean isEnded;

    private Conversation(String name) {
        this.name = name;
    }

    static Conversation of(String name) {
        return new Conversation(name);
    }

    /** From here on everything is sent in pieces of that many bytes. */
    Conversation chopped(int bytes) {
        steps.add(client -> chop = bytes);
        return this;
    }

    /** Sends all frames in one go. */
    Conversation send(byte[]... frames) {
        byte[] all = Frames.join(frames);
        steps.add(client -> client.sendChopped(all, chop));
        return this;
    }

    Conversation expect(Frame... frames) {
        for (Frame frame : frames) {
            steps.add(client -> client.expect(frame));
        }
        return this;
    }

    /** Sends a ping and awaits its pong: nothing else has come, and the connection is well. */
    Conversation probe() {
        byte[] payload = {'p', 'r', 'o', 'b', 'e', (byte) steps.size()};
        return send(Frames.ping(payload)).expect(Frame.pong(payload));
    }

    /** The client closes; the server answers with the same code and ends the connection. */
    Conversation closes() {
        return send(Frames.close(1000, "")).endsWith(1000);
    }

    /** The server sends a close frame with that code and ends the connection, before the client does anything more. */
    Conversation endsWith(int code) {
        isEnded = true;
        steps.add(client -> {
            client.expectClose(code);
            client.expectEnd();
        });
        return this;
    }

    /** As {@link #endsWith(int)}, with the reason too. */
    Conversation endsWith(int code, String reason) {
        isEnded = true;
        steps.add(client -> {
            client.expect(new Frame(Frames.CLOSE, Frames.closeBody(code, reason)));
            client.expectEnd();
        });
        return this;
    }

    /** The server answers with a close frame without a code. */
    Conversation endsWithoutCode() {
        isEnded = true;
        steps.add(client -> {
            client.expect(new Frame(Frames.CLOSE, new byte[0]));
            client.expectEnd();
        });
        return this;
    }

    void run(RawClient client) throws IOException {
        if (!isEnded) {
            throw new IllegalStateException("this conversation has no end: " + name);
        }
        for (Step step : steps) {
            step.run(client);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
