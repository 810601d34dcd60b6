package io.neurolink.engine.socket;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** An HTTP answer as it came over the wire; header names in lower case. */
record HttpAnswer(int status, Map<String, String> headers, byte[] body) {
    /** Reads a head up to its empty line, and as much body as it announces. */
    static HttpAnswer read(InputStream in, boolean hasBody) throws IOException {
        String[] lines = readHead(in).split("\r\n");
        if (!lines[0].matches("HTTP/1\\.1 \\d{3} .*")) {
            throw new IOException("no status line: " + lines[0]);
        }
        Map<String, String> headers = new TreeMap<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            String name = lines[i].substring(0, colon).toLowerCase(Locale.ROOT);
            headers.merge(name, lines[i].substring(colon + 1).strip(), (first, second) -> first + ", " + second);
        }
        int length = hasBody ? Integer.parseInt(headers.getOrDefault("content-length", "0")) : 0;
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new EOFException("the body ended after " + body.length + " of " + length + " bytes");
        }
        return new HttpAnswer(Integer.parseInt(lines[0].substring(9, 12)), headers, body);
    }

    private static String readHead(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int matched = 0;
        while (matched < 4) {
            int value = in.read();
            if (value < 0) {
                throw new EOFException("end of stream in the head of an answer: " + head.toString(StandardCharsets.ISO_8859_1));
            }
            head.write(value);
            matched = value == "\r\n\r\n".charAt(matched) ? matched + 1 : value == '\r' ? 1 : 0;
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    String header(String name) {
        return headers.get(name.toLowerCase(Locale.ROOT));
    }

    String text() {
        return new String(body, StandardCharsets.UTF_8);
    }
}
