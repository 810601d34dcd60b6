package io.neurolink.engine.loop;

import io.neurolink.protocol.CloseCode;
import io.neurolink.protocol.FrameEncoder;
import io.neurolink.protocol.Utf8Encoder;

/** What a close frame can carry. */
public final class CloseFrames {
    private CloseFrames() {
    }

    /**
     * Checks what an application wants to send.
     *
     * @param code   the code.
     * @param reason the reason.
     * @throws IllegalArgumentException if a close frame cannot carry it.
     */
    public static void requireSendable(int code, String reason) {
        if (!CloseCode.isSendable(code)) {
            throw new IllegalArgumentException("close code " + code
                    + " must not be sent (RFC 6455 section 7.4); use 1000 to 1003, 1007 to 1014 or 3000 to 4999");
        }
        int length = Utf8Encoder.encodedLength(reason);
        if (length > FrameEncoder.MAX_CLOSE_REASON) {
            throw new IllegalArgumentException(
                    "close reason has " + length + " bytes, at most " + FrameEncoder.MAX_CLOSE_REASON + " fit");
        }
    }
}
