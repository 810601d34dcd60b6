package io.neurolink.perf.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A peer that asks for an upgrade and understands the frames that come then. */
public abstract class Talker implements Peer {
    private static final String HEAD_END = "\r\n\r\n";
    private static final int MAX_HEAD = 16 * 1024;

    private final String request;
    private StringBuilder head = new StringBuilder();
    private Line line;

    /** Null until the upgrade was accepted, for ever if it is refused. */
    private ServerFrames frames;
    private boolean isCompressed;

    /** @param request the request to upgrade, as {@link Bytes#upgrade} makes it. */
    protected Talker(String request) {
        this.request = request;
    }

    /** The upgrade was accepted. */
    protected abstract void onOpen(Line opened);

    /** The upgrade was refused with that status. */
    protected void onRefused(Line refused, int status) {
    }

    /** A data frame has come. */
    protected void onMessage(Line from, int opcode, long length, ByteBuffer firstBytes) {
    }

    /** Whether the frame that has come begins a compressed message. */
    protected final boolean isCompressed() {
        return isCompressed;
    }

    /** A pong has come. */
    protected void onPong(Line from) {
    }

    /** A close frame has come; 1005 if it has no code. */
    protected void onClose(Line from, int code) {
    }

    @Override
    public void onConnected(Line connected) {
        connected.send(Bytes.latin(request));
    }

    @Override
    public final void onBytes(Line from, ByteBuffer bytes) {
        line = from;
        if (head != null) {
            takeHead(bytes);
        }
        if (frames != null) {
            frames.take(bytes);
        }
    }

    private void takeHead(ByteBuffer bytes) {
        int before = head.length();
        head.append(StandardCharsets.ISO_8859_1.decode(bytes.duplicate()));
        int end = head.indexOf(HEAD_END);
        if (end < 0) {
            bytes.position(bytes.limit());
            if (head.length() > MAX_HEAD) {
                throw new IllegalStateException("an endless answer: " + head.substring(0, 200));
            }
            return;
        }
        bytes.position(bytes.position() + end + HEAD_END.length() - before);
        int status = Integer.parseInt(head.substring(9, 12));
        head = null;
        if (status == 101) {
            frames = new ServerFrames(this::onFrame);
            onOpen(line);
        } else {
            onRefused(line, status);
        }
    }

    private void onFrame(int first, long length, ByteBuffer payload) {
        int opcode = first & 0x0F;
        isCompressed = (first & Deflated.RSV1) != 0;
        switch (opcode) {
            case Bytes.PING -> {
                byte[] data = new byte[payload.remaining()];
                payload.get(data);
                line.send(Bytes.frame(Bytes.FIN | Bytes.PONG, data));
            }
            case Bytes.PONG -> onPong(line);
            case Bytes.CLOSE -> onClose(line, length < 2 ? 1005 : payload.getShort(0) & 0xFFFF);
            default -> onMessage(line, opcode, length, payload);
        }
    }
}
