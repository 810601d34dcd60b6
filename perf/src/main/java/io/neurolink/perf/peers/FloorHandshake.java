package io.neurolink.perf.peers;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The floor's upgrade: takes the key from the request and believes the rest. */
final class FloorHandshake {
    private static final Pattern KEY = Pattern.compile("(?i)\r\nsec-websocket-key: *(\\S+)");
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final String END = "\r\n\r\n";

    private FloorHandshake() {
    }

    /**
     * @param request what has come so far, from 0 to its position.
     * @return what to send, or null if the request is not whole yet.
     */
    static ByteBuffer answer(ByteBuffer request) {
        String text = StandardCharsets.ISO_8859_1.decode(request.duplicate().flip()).toString();
        Matcher key = KEY.matcher(text);
        if (!text.endsWith(END) || !key.find()) {
            return null;
        }
        String answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                + accept(key.group(1)) + END;
        return ByteBuffer.wrap(answer.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String accept(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(StandardCharsets.ISO_8859_1));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }
}
