package io.neurolink.engine.loop;

import io.neurolink.protocol.Opcode;

/** Flags that travel beside an opcode and say that the bytes are a part of a message. */
final class Part {
    /** A part, not a whole message. */
    static final int PART = 0x80;

    /** The part with which its message ends. */
    static final int LAST = 0x20;

    private static final int OPCODE = 0x0F;

    private Part() {
    }

    static boolean isPart(int type) {
        return (type & PART) != 0;
    }

    static boolean isLast(int type) {
        return (type & LAST) != 0;
    }

    static int opcode(int type) {
        return type & OPCODE;
    }

    /** Of what goes out; what comes in has the opcode of its message in every part. */
    static boolean isFirst(int type) {
        return opcode(type) != Opcode.CONTINUATION;
    }
}
