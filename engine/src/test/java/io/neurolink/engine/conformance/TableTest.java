package io.neurolink.engine.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The table itself: its texts are judged by the JDK, its rows are complete and differ. */
class TableTest {
    @Test
    void shouldAgreeWithTheJdkAboutUtf8() {
        for (String hex : Utf8Cases.VALID) {
            byte[] text = HexFormat.of().parseHex(hex);
            assertTrue(isUtf8(text), hex);
            assertEquals(-1, Utf8Model.firstWrong(text), hex);
            assertEquals(false, Utf8Model.endsWithin(text), hex);
        }
        for (String hex : Utf8Cases.INVALID) {
            byte[] text = HexFormat.of().parseHex(hex);
            assertEquals(false, isUtf8(text), hex);
            assertTrue(Utf8Model.firstWrong(text) >= 0 || Utf8Model.endsWithin(text), hex);
        }
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource(Group.class)
    void shouldHaveEachCaseOnceAndWithAnEnd(Group group) {
        Set<String> ids = new HashSet<>();
        group.cases().forEach(one -> {
            assertTrue(ids.add(one.id()), one.id());
            for (boolean isPeerMasking : List.of(true, false)) {
                Script script = one.script(isPeerMasking);
                assertTrue(script.end() <= script.bytes().length, one.id());
                assertEquals(script.end(), script.stops().get(script.stops().size() - 1), one.id());
            }
        });
        assertTrue(ids.size() > 10);
    }
}
