package io.neurolink.engine;

import io.neurolink.protocol.Role;
import io.neurolink.protocol.deflate.DeflateParameters;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * A peer's permessage-deflate with nothing but the JDK's zlib, which it keeps for the whole connection. The JDK looks back 32 KiB; where
 * less was agreed on, messages that are longer are written without looking back.
 */
public final class PeerDeflate {
    private static final byte[] TAIL = {0, 0, -1, -1};

    private final Inflater inflater = new Inflater(true);
    private final Deflater looking = new Deflater(6, true);
    private final Deflater blind = new Deflater(6, true);
    private final boolean keepsInbound;
    private final boolean keepsOutbound;
    private final int outboundWindowBits;

    /** A client's. */
    public PeerDeflate(DeflateParameters parameters) {
        this(parameters, Role.CLIENT);
    }

    public PeerDeflate(DeflateParameters parameters, Role role) {
        this(parameters.keepsInboundContext(role), parameters.keepsOutboundContext(role), parameters.outboundWindowBits(role));
    }

    public PeerDeflate(boolean keepsInbound, boolean keepsOutbound) {
        this(keepsInbound, keepsOutbound, DeflateParameters.MAX_WINDOW_BITS);
    }

    private PeerDeflate(boolean keepsInbound, boolean keepsOutbound, int outboundWindowBits) {
        this.keepsInbound = keepsInbound;
        this.keepsOutbound = keepsOutbound;
        this.outboundWindowBits = outboundWindowBits;
        // A new strategy is taken by a call that may compress nothing.
        blind.setStrategy(Deflater.HUFFMAN_ONLY);
        blind.deflate(new byte[64], 0, 64, Deflater.SYNC_FLUSH);
    }

    /** The message that a payload stands for. */
    public byte[] inflate(byte[] payload) {
        byte[] input = Arrays.copyOf(payload, payload.length + TAIL.length);
        System.arraycopy(TAIL, 0, input, payload.length, TAIL.length);
        if (!keepsInbound) {
            inflater.reset();
        }
        inflater.setInput(input);
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        byte[] some = new byte[8192];
        try {
            for (int count = inflater.inflate(some); count > 0; count = inflater.inflate(some)) {
                message.write(some, 0, count);
            }
        } catch (DataFormatException e) {
            throw new AssertionError("the server's compression is wrong", e);
        }
        if (inflater.getRemaining() > 0) {
            throw new AssertionError("the server's compression ends too early");
        }
        return message.toByteArray();
    }

    /** The payload of a message, without its tail. */
    public byte[] deflate(byte[] message) {
        if (message.length == 0) {
            return new byte[1];
        }
        boolean mayLookBack = outboundWindowBits == DeflateParameters.MAX_WINDOW_BITS
                || !keepsOutbound && message.length <= 1 << outboundWindowBits;
        Deflater deflater = mayLookBack ? looking : blind;
        if (!keepsOutbound) {
            deflater.reset();
        }
        deflater.setInput(message);
        byte[] payload = new byte[message.length + message.length / 8 + 64];
        int length = deflater.deflate(payload, 0, payload.length, Deflater.SYNC_FLUSH);
        return Arrays.copyOf(payload, length - TAIL.length);
    }

    /** The payload of a message of zeros, whatever its length. */
    public static byte[] bomb(int length) {
        Deflater deflater = new Deflater(9, true);
        byte[] unit = new byte[Math.min(length, 1 << 20)];
        byte[] some = new byte[16 * 1024];
        deflater.setInput(unit);
        int unitLength = deflater.deflate(some, 0, some.length, Deflater.FULL_FLUSH);
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        for (int i = 0; i < length / unit.length; i++) {
            payload.write(some, 0, unitLength);
        }
        deflater.reset();
        deflater.setInput(unit, 0, length % unit.length);
        payload.write(some, 0, length % unit.length == 0 ? 0 : deflater.deflate(some, 0, some.length, Deflater.FULL_FLUSH));
        deflater.end();
        return Arrays.copyOf(payload.toByteArray(), payload.size() - TAIL.length);
    }
}
