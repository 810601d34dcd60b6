package io.neurolink.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConstantsTest {
    @Test
    void shouldAllowOnTheWireWhatTheRegistryDoes() {
        Set<Integer> allowed = IntStream.of(1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014)
                .boxed().collect(Collectors.toSet());
        for (int code = -70_000; code < 140_000; code++) {
            boolean expected = allowed.contains(code) || code >= 3000 && code < 5000;
            assertEquals(expected, CloseCode.isValidOnWire(code), "code " + code);
            assertEquals(expected && code != CloseCode.MANDATORY_EXTENSION, CloseCode.isSendable(code), "code " + code);
        }
    }

    @Test
    void shouldSayAfterWhichCodesToComeBack() {
        Set<Integer> recoverable = Set.of(1001, 1005, 1006, 1011, 1012, 1013, 1014, 4408, 4425, 4429);
        Set<Integer> lasting = Set.of(3000, 3003);
        for (int code = -70_000; code < 140_000; code++) {
            boolean isLeftToOthers = code >= 3000 && code < 5000 && (code < 4400 || code > 4499) && !lasting.contains(code);
            assertEquals(recoverable.contains(code) || isLeftToOthers, CloseCode.isRecoverable(code), "code " + code);
        }
    }

    @Test
    void shouldTellOpcodesApart() {
        Set<Integer> defined = Set.of(0, 1, 2, 8, 9, 10);
        for (int opcode = 0; opcode < 16; opcode++) {
            assertEquals(opcode >= 8, Opcode.isControl(opcode));
            assertEquals(defined.contains(opcode), Opcode.isDefined(opcode));
            assertEquals(defined.contains(opcode), !Opcode.name(opcode).startsWith("reserved"));
        }
        assertEquals("reserved(11)", Opcode.name(11));
    }

    @Test
    void shouldLetClientsMask() {
        assertTrue(Role.CLIENT.masksOutput());
        assertFalse(Role.SERVER.masksOutput());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void shouldRefuseLimitsThatAllowNothing(int value) {
        var size = assertThrows(IllegalArgumentException.class, () -> new FrameLimits(value, 1));
        assertEquals("maxMessageSize must be at least 1, not " + value, size.getMessage());
        var count = assertThrows(IllegalArgumentException.class, () -> new FrameLimits(1, value));
        assertEquals("maxFragments must be at least 1, not " + value, count.getMessage());
    }

    @Test
    void shouldNotWrapWhatCannotBeWritten() {
        assertThrows(IllegalArgumentException.class, () -> FrameBuffer.wrap(ByteBuffer.allocate(8).asReadOnlyBuffer()));
        assertEquals(8, FrameBuffer.allocateDirect(8).capacity());
        assertTrue(FrameBuffer.allocateDirect(8).bytes().isDirect());
    }
}
