package io.neurolink.agent.langchain4j.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Cuts UTF-8 that comes in pieces into lines. A line ends with LF, CR or both; a byte order mark at the beginning is dropped. Not safe for
 * use by several threads at once.
 */
final class LineSplitter {
    private static final int INITIAL_LENGTH = 1024;
    private static final int RETAINED_LENGTH = 64 * 1024;
    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private final int maxLineBytes;
    private byte[] line = new byte[INITIAL_LENGTH];
    private int length;
    private boolean isAfterReturn;
    private boolean isFirst = true;

    LineSplitter(int maxLineBytes) {
        this.maxLineBytes = maxLineBytes;
    }

    /**
     * @param bytes the next piece; consumed.
     * @param lines takes the lines that are complete, without their end.
     * @throws ProviderException if a line is too long.
     */
    void feed(ByteBuffer bytes, Consumer<String> lines) {
        while (bytes.hasRemaining()) {
            byte b = bytes.get();
            boolean isSecondOfTwo = isAfterReturn && b == '\n';
            isAfterReturn = b == '\r';
            if (b == '\n' || b == '\r') {
                if (!isSecondOfTwo) {
                    lines.accept(take());
                }
            } else {
                append(b);
            }
        }
    }

    /** Hands over what is left when nothing more comes. */
    void end(Consumer<String> lines) {
        if (length > 0) {
            lines.accept(take());
        }
    }

    private void append(byte b) {
        if (length == maxLineBytes) {
            throw ProviderErrors.tooLong("a line", maxLineBytes);
        }
        if (length == line.length) {
            line = Arrays.copyOf(line, Math.min(maxLineBytes, 2 * length));
        }
        line[length++] = b;
    }

    private String take() {
        String text = new String(line, 0, length, StandardCharsets.UTF_8);
        length = 0;
        if (line.length > RETAINED_LENGTH) {
            line = new byte[INITIAL_LENGTH];
        }
        boolean hasMark = isFirst && !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK;
        isFirst = false;
        return hasMark ? text.substring(1) : text;
    }
}
