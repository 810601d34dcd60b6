package io.neurolink.protocol.handshake;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Feeds decoders in every way bytes can be cut, and says what came out in a form that can be compared. */
final class Heads {
    static final HttpLimits WIDE_LIMITS = new HttpLimits(1 << 21, 1 << 21, 1 << 21, 10_000);
    static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

    private Heads() {
    }

    /** What a decoder made of some bytes. */
    record Result(DecodeStatus status, int consumed, String head, HandshakeViolation violation) {
    }

    /** One of the two decoders, so that both go through the same tests. */
    interface Machine {
        int decode(ByteBuffer in, int position, int limit);

        DecodeStatus status();

        String describeHead();

        HandshakeViolation violation();

        int heldBytes();

        void reset();
    }

    static Machine requests(HttpLimits limits) {
        final RequestDecoder decoder = new RequestDecoder(limits);
        return new Machine() {
            @Override
            public int decode(ByteBuffer in, int position, int limit) {
                return decoder.decode(in, position, limit);
            }

            @Override
            public DecodeStatus status() {
                return decoder.status();
            }

            @Override
            public String describeHead() {
                return decoder.head() == null ? null : describe(decoder.head());
            }

            @Override
            public HandshakeViolation violation() {
                return decoder.violation();
            }

            @Override
            public int heldBytes() {
                return decoder.heldBytes();
            }

            @Override
            public void reset() {
                decoder.reset();
            }
        };
    }

    static Machine responses(HttpLimits limits) {
        final ResponseDecoder decoder = new ResponseDecoder(limits);
        return new Machine() {
            @Override
            public int decode(ByteBuffer in, int position, int limit) {
                return decoder.decode(in, position, limit);
            }

            @Override
            public DecodeStatus status() {
                return decoder.status();
            }

            @Override
            public String describeHead() {
                return decoder.head() == null ? null : describe(decoder.head());
            }

            @Override
            public HandshakeViolation violation() {
                return decoder.violation();
            }

            @Override
            public int heldBytes() {
                return decoder.heldBytes();
            }

            @Override
            public void reset() {
                decoder.reset();
            }
        };
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static Result whole(Machine machine, byte[] bytes) {
        return cut(machine, bytes);
    }

    /** Decodes the bytes in pieces that end at {@code cuts}. */
    static Result cut(Machine machine, byte[] bytes, int... cuts) {
        machine.reset();
        int consumed = 0;
        for (int i = 0; i <= cuts.length && consumed == (i == 0 ? 0 : cuts[i - 1]); i++) {
            consumed = feed(machine, bytes, consumed, i == cuts.length ? bytes.length : cuts[i]);
        }
        return result(machine, consumed);
    }

    static Result byteByByte(Machine machine, byte[] bytes) {
        machine.reset();
        int consumed = 0;
        while (consumed < bytes.length && machine.status() == DecodeStatus.NEED_INPUT) {
            consumed = feed(machine, bytes, consumed, consumed + 1);
        }
        return result(machine, consumed);
    }

    static Result inRandomPieces(Machine machine, byte[] bytes, RandomGenerator random) {
        machine.reset();
        int consumed = 0;
        while (consumed < bytes.length && machine.status() == DecodeStatus.NEED_INPUT) {
            consumed = feed(machine, bytes, consumed, Math.min(bytes.length, consumed + random.nextInt(40)));
        }
        return result(machine, consumed);
    }

    /** Every piece comes at another place of another buffer, with rubbish around it. */
    private static int feed(Machine machine, byte[] bytes, int from, int to) {
        final int shift = from % 7;
        final ByteBuffer buffer = ByteBuffer.allocate(to - from + shift + 3);
        for (int i = 0; i < buffer.capacity(); i++) {
            buffer.put(i, (byte) 0xEE);
        }
        buffer.put(shift, bytes, from, to - from);
        return machine.decode(buffer, shift, shift + to - from) - shift + from;
    }

    static Result result(Machine machine, int consumed) {
        return new Result(machine.status(), consumed, machine.describeHead(), machine.violation());
    }

    static HttpRequestHead request(String text) {
        final RequestDecoder decoder = new RequestDecoder(WIDE_LIMITS);
        final byte[] bytes = bytes(text);
        decoder.decode(ByteBuffer.wrap(bytes), 0, bytes.length);
        if (decoder.status() != DecodeStatus.COMPLETE) {
            throw new AssertionError(decoder.status() + " " + decoder.violation());
        }
        return decoder.head();
    }

    static HttpResponseHead response(String text) {
        final ResponseDecoder decoder = new ResponseDecoder(WIDE_LIMITS);
        final byte[] bytes = bytes(text);
        decoder.decode(ByteBuffer.wrap(bytes), 0, bytes.length);
        if (decoder.status() != DecodeStatus.COMPLETE) {
            throw new AssertionError(decoder.status() + " " + decoder.violation());
        }
        return decoder.head();
    }

    /** A request for {@code target} with these header lines after a Host. */
    static HttpRequestHead get(String target, String... headerLines) {
        return request("GET " + target + " HTTP/1.1\r\nHost: a\r\n" + lines(headerLines) + "\r\n");
    }

    static String lines(String... headerLines) {
        final StringBuilder out = new StringBuilder();
        for (String line : headerLines) {
            out.append(line).append("\r\n");
        }
        return out.toString();
    }

    static String describe(HttpRequestHead head) {
        return head.method() + " " + head.target() + " [" + head.path() + "] " + head.version() + " " + describe(head.fields())
            + " length=" + head.contentLength() + " keepAlive=" + head.keepAlive();
    }

    static String describe(HttpResponseHead head) {
        return head.statusCode() + " (" + head.reason() + ") " + head.isHttp11() + " " + describe(head.fields())
            + " length=" + head.contentLength();
    }

    private static String describe(HttpFields fields) {
        final List<String> out = new ArrayList<>();
        for (int i = 0; i < fields.count(); i++) {
            out.add(fields.name(i) + "=<" + fields.value(i) + ">");
        }
        return out.toString();
    }
}
