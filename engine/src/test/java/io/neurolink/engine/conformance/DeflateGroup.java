package io.neurolink.engine.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.CompressionConfig;
import io.neurolink.engine.PeerDeflate;
import io.neurolink.engine.socket.Frame;
import io.neurolink.engine.socket.Frames;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/**
 * Groups 12 and 13: compressed messages of many sizes and kinds in every form that frames allow, with every set of parameters; echoed, and
 * read with the JDK's zlib. What must be refused stands here, too.
 */
public final class DeflateGroup {
    private static final int RSV1 = 0x40;
    private static final int PROTOCOL_ERROR = 1002;
    private static final int INVALID_PAYLOAD = 1007;
    private static final int TOO_BIG = 1009;
    private static final long KEY_SEED = 20_260_602;

    /**
     * What both sides say.
     *
     * @param id     for messages
     * @param offer  of the client
     * @param config of the server
     */
    public record Parameters(String id, String offer, CompressionConfig config) {
        @Override
        public String toString() {
            return id;
        }
    }

    /** What messages hold. */
    public enum Content {
        JSON, NOISE, ZEROS;

        byte[] message(int size, int number) {
            byte[] bytes = new byte[size];
            if (this == NOISE) {
                new Random(size * 31L + number).nextBytes(bytes);
            } else if (this == JSON) {
                byte[] text = ("{\"type\":\"agent_token\",\"index\":" + number + ",\"text\":\"µ€😀 häuser\"},")
                        .repeat(size / 40 + 1).getBytes(StandardCharsets.UTF_8);
                System.arraycopy(text, 0, bytes, 0, size);
            }
            return bytes;
        }
    }

    /** The other side of a connection that has agreed on compression. */
    public interface Talk {
        void send(byte[] bytes) throws IOException;

        /** @return the next frame, inflated. */
        Frame read() throws IOException;

        /** Nothing more is there, and none will come. */
        void expectEnd() throws IOException;
    }

    public static final int MAX_MESSAGE_SIZE = 256 * 1024;

    private final Talk talk;
    private final PeerDeflate deflate;
    private final boolean isPeerMasking;
    private final Random keys = new Random(KEY_SEED);

    public DeflateGroup(Talk talk, PeerDeflate deflate, boolean isPeerMasking) {
        this.talk = talk;
        this.deflate = deflate;
        this.isPeerMasking = isPeerMasking;
    }

    // ------------------------------------------------------------------ the parameters

    public static List<Parameters> parameters() {
        List<String> offers = new ArrayList<>(List.of(
                "permessage-deflate",
                "permessage-deflate; client_max_window_bits",
                "permessage-deflate; server_no_context_takeover",
                "permessage-deflate; client_no_context_takeover",
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; "
                        + "client_max_window_bits=9",
                "permessage-deflate; unknown, permessage-deflate; server_max_window_bits=16, "
                        + "permessage-deflate; server_no_context_takeover, permessage-deflate"));
        for (int bits = 8; bits <= 15; bits++) {
            offers.add("permessage-deflate; server_max_window_bits=" + bits);
            offers.add("permessage-deflate; client_max_window_bits=" + bits);
            offers.add("permessage-deflate; server_max_window_bits=" + bits + "; client_max_window_bits=" + bits
                    + "; server_no_context_takeover");
        }
        List<Parameters> parameters = new ArrayList<>();
        for (String offer : offers) {
            String name = offer.replace("permessage-deflate", "");
            parameters.add(new Parameters("shared" + name, offer, CompressionConfig.shared().withThreshold(0)));
            parameters.add(new Parameters("dedicated" + name, offer, CompressionConfig.dedicated().withThreshold(0)));
        }
        for (int bits = 8; bits <= 15; bits++) {
            String offer = "permessage-deflate; client_max_window_bits";
            parameters.add(new Parameters("dedicated, server wants " + bits, offer,
                    CompressionConfig.dedicated().withThreshold(0).withMaxWindowBits(bits, bits)));
            parameters.add(new Parameters("shared, level 1, server wants " + bits, offer,
                    CompressionConfig.shared().withThreshold(100).withLevel(1).withMaxWindowBits(bits, bits)));
        }
        return parameters;
    }

    // ------------------------------------------------------------------ echoes

    /** So many messages, each in another form. */
    public void echo(Content content, int size, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            byte[] message = content.message(size, i);
            send(message, i % 6);
            assertEquals(new Frame(Frames.BINARY, message), talk.read(), "message " + i);
        }
    }

    private void send(byte[] message, int form) throws IOException {
        if (form == 1) {
            frame(Frames.FIN | Frames.BINARY, message);
            return;
        }
        byte[] payload = deflate.deflate(message);
        switch (form) {
            case 0 -> frame(Frames.FIN | RSV1 | Frames.BINARY, payload);
            case 2 -> fragments(payload, Math.max(1, payload.length / 3), false);
            case 3 -> fragments(payload, Math.max(1, payload.length / 2), true);
            case 4 -> fragments(payload, payload.length <= 200 ? 1 : 256, false);
            // an empty stored block in front says nothing, and neither do empty fragments
            default -> {
                frame(RSV1 | Frames.BINARY);
                frame(Frames.CONTINUATION, (byte) 0, (byte) 0, (byte) 0, (byte) 0xFF, (byte) 0xFF);
                frame(Frames.CONTINUATION);
                frame(Frames.FIN | Frames.CONTINUATION, payload);
            }
        }
    }

    private void fragments(byte[] payload, int length, boolean hasPings) throws IOException {
        for (int from = 0; from < payload.length; from += length) {
            frame(from == 0 ? RSV1 | Frames.BINARY : Frames.CONTINUATION,
                    Arrays.copyOfRange(payload, from, Math.min(payload.length, from + length)));
            if (hasPings) {
                frame(Frames.FIN | Frames.PING, (byte) from);
                assertEquals(Frame.pong(new byte[] {(byte) from}), talk.read());
            }
        }
        frame(Frames.FIN | Frames.CONTINUATION);
    }

    private void frame(int firstByte, byte... payload) throws IOException {
        talk.send(Sent.frame(firstByte, payload).encode(isPeerMasking, keys));
    }

    /** Ends in good order. */
    public void close() throws IOException {
        frame(Frames.FIN | Frames.CLOSE, Frames.closeBody(1000, ""));
        Frame answer = talk.read();
        assertEquals(1000, answer.closeCode());
        talk.expectEnd();
    }

    // ------------------------------------------------------------------ refusals

    /** What no peer may send though compression was agreed on. */
    public enum Fault {
        RSV1_ON_CONTINUATION(PROTOCOL_ERROR, peer -> {
            peer.frame(RSV1 | Frames.BINARY);
            peer.frame(RSV1 | Frames.CONTINUATION);
        }),
        RSV1_ON_CONTINUATION_OF_PLAIN(PROTOCOL_ERROR, peer -> {
            peer.frame(Frames.BINARY);
            peer.frame(Frames.FIN | RSV1 | Frames.CONTINUATION);
        }),
        RSV1_ON_PING(PROTOCOL_ERROR, peer -> peer.frame(Frames.FIN | RSV1 | Frames.PING)),
        RSV1_ON_PONG(PROTOCOL_ERROR, peer -> peer.frame(Frames.FIN | RSV1 | Frames.PONG)),
        RSV1_ON_CLOSE(PROTOCOL_ERROR, peer -> peer.frame(Frames.FIN | RSV1 | Frames.CLOSE)),
        RSV2(PROTOCOL_ERROR, peer -> peer.frame(Frames.FIN | 0x20 | Frames.BINARY)),
        RSV3(PROTOCOL_ERROR, peer -> peer.frame(Frames.FIN | 0x10 | RSV1 | Frames.BINARY)),
        UNKNOWN_BLOCK(INVALID_PAYLOAD, peer -> peer.compressed(Frames.BINARY, "06")),
        LENGTHS_THAT_DIFFER(INVALID_PAYLOAD, peer -> peer.compressed(Frames.BINARY, "000500000061")),
        BACK_BEFORE_THE_FIRST_BYTE(INVALID_PAYLOAD, peer -> peer.compressed(Frames.BINARY, "02deff0f00")),
        NOT_UTF_8(INVALID_PAYLOAD, peer -> peer.compressed(Frames.TEXT, peer.deflate.deflate(new byte[] {'a', (byte) 0xFF, 'b'}))),
        CUT_WITHIN_A_CHARACTER(INVALID_PAYLOAD,
                peer -> peer.compressed(Frames.TEXT, peer.deflate.deflate(new byte[] {'a', (byte) 0xE2, (byte) 0x82}))),
        INFLATES_TOO_FAR(TOO_BIG, peer -> peer.compressed(Frames.BINARY, PeerDeflate.bomb(MAX_MESSAGE_SIZE + 1))),
        INFLATES_MUCH_TOO_FAR(TOO_BIG, peer -> peer.compressed(Frames.BINARY, PeerDeflate.bomb(100 * MAX_MESSAGE_SIZE)));

        private interface Deed {
            void by(DeflateGroup peer) throws IOException;
        }

        private final int code;
        private final Deed deed;

        Fault(int code, Deed deed) {
            this.code = code;
            this.deed = deed;
        }
    }

    private void compressed(int opcode, String hex) throws IOException {
        compressed(opcode, HexFormat.of().parseHex(hex));
    }

    private void compressed(int opcode, byte[] payload) throws IOException {
        frame(Frames.FIN | RSV1 | opcode, payload);
    }

    /** After a good message, one that is not. */
    public void fail(Fault fault) throws IOException {
        echo(Content.JSON, 200, 1);
        fault.deed.by(this);
        Frame answer = talk.read();
        assertTrue(answer.isClose(), () -> "not a close frame: " + answer);
        assertEquals(fault.code, answer.closeCode(), answer::text);
        talk.expectEnd();
    }
}
