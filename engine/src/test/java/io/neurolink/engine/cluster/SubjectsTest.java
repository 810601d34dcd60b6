package io.neurolink.engine.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** No text of a user reaches another subject than its own. */
class SubjectsTest {
    @Test
    void shouldLeaveHarmlessTextAsItIs() {
        assertEquals("group.=2fws.topic.news-of_2026", Subjects.topic("/ws", "news-of_2026"));
        assertEquals("group.=2fws.all", Subjects.all("/ws"));
        assertEquals("group.=2fws.user.ann=40example=2ecom", Subjects.user("/ws", "ann@example.com"));
        assertEquals("node.a", Subjects.node("a"));
    }

    @Test
    void shouldEncodeWhatMeansSomethingToABus() {
        assertEquals("=2a", Subjects.token("*"));
        assertEquals("=3e", Subjects.token(">"));
        assertEquals("a=2eb", Subjects.token("a.b"));
        assertEquals("=20=0d=0a=00", Subjects.token(" \r\n\0"));
        assertEquals("=3dh", Subjects.token("=h"));
        assertEquals("=c3=bc", Subjects.token("\u00FC"));
        assertEquals("=e", Subjects.token(""));
    }

    @Test
    void shouldGiveEveryTextATokenOfItsOwnAndNoneTooLong() {
        Map<String, String> seen = new HashMap<>();
        Random random = new Random(7);
        List<String> alphabet = List.of("a", "=", "e", "h", ".", "*", "\u00FC", "2", "3d");
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(i % 50 == 0 ? 300 : 6); length > 0; length--) {
                text.append(alphabet.get(random.nextInt(alphabet.size())));
            }
            String token = Subjects.token(text.toString());
            String before = seen.put(token, text.toString());
            assertTrue(before == null || before.contentEquals(text), () -> before + " and " + text + " are both " + token);
            assertTrue(token.length() <= 98 && token.matches("[A-Za-z0-9=_-]+"), token);
        }
    }
}
