package io.neurolink.engine;

import io.neurolink.protocol.Role;
import io.neurolink.protocol.deflate.DeflateParameters;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** A client's permessage-deflate with nothing but the JDK's zlib, which it keeps for the whole connection. */
public final class PeerDeflate {
    private static final byte[] TAIL = {0, 0, -1, -1};

    private final Inflater inflater = new Inflater(true);
    private final Deflater deflater = new Deflater(6, true);
    private final boolean keepsInbound;
    private final boolean keepsOutbound;

    public PeerDeflate(DeflateParameters parameters) {
        this(parameters.keepsInboundContext(Role.CLIENT), parameters.keepsOutboundContext(Role.CLIENT));
    }

    public PeerDeflate(boolean keepsInbound, boolean keepsOutbound) {
        this.keepsInbound = keepsInbound;
        this.keepsOutbound = keepsOutbound;
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
