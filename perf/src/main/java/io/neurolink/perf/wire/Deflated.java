package io.neurolink.perf.wire;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.zip.Deflater;

/** Compressed messages as RFC 7692 has them. */
public final class Deflated {
    public static final int RSV1 = 0x40;

    private static final int TAIL_LENGTH = 4;
    private static final int CHUNK = 64 * 1024;

    private Deflated() {
    }

    /** So many zeros, without the last four bytes of their end. */
    public static byte[] zeros(long length) {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] input = new byte[CHUNK];
            byte[] output = new byte[CHUNK];
            for (long done = 0; done < length; done += CHUNK) {
                deflater.setInput(input, 0, (int) Math.min(CHUNK, length - done));
                boolean isLast = done + CHUNK >= length;
                drain(deflater, output, out, isLast ? Deflater.SYNC_FLUSH : Deflater.NO_FLUSH);
            }
            return Arrays.copyOf(out.toByteArray(), out.size() - TAIL_LENGTH);
        } finally {
            deflater.end();
        }
    }

    private static void drain(Deflater deflater, byte[] output, ByteArrayOutputStream out, int flush) {
        int count = deflater.deflate(output, 0, output.length, flush);
        while (count > 0) {
            out.write(output, 0, count);
            count = deflater.deflate(output, 0, output.length, flush);
        }
    }

    /** A compressed message in frames of that length. */
    public static byte[] fragments(byte[] compressed, int length) {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        for (int from = 0; from < compressed.length; from += length) {
            int to = Math.min(compressed.length, from + length);
            int first = (from == 0 ? RSV1 | Bytes.BINARY : Bytes.CONTINUATION) | (to == compressed.length ? Bytes.FIN : 0);
            frames.writeBytes(Bytes.frame(first, Arrays.copyOfRange(compressed, from, to)));
        }
        return frames.toByteArray();
    }
}
