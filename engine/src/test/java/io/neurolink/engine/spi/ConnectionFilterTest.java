package io.neurolink.engine.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Filters that travel: the same on arrival, bounded, and nothing else is taken for one. What they let through is tested with servers. */
class ConnectionFilterTest {
    private static ConnectionFilter random(Random random, int depth) {
        String text = "v\u00FC" + random.nextInt(5);
        return switch (random.nextInt(depth == 0 ? 5 : 8)) {
            case 0 -> ConnectionFilter.user(text);
            case 1 -> ConnectionFilter.role(text);
            case 2 -> ConnectionFilter.permission(text);
            case 3 -> ConnectionFilter.path(text);
            case 4 -> ConnectionFilter.metadata(text, "");
            case 5 -> random(random, depth - 1).negate();
            case 6 -> random(random, depth - 1).and(random(random, depth - 1));
            default -> random(random, depth - 1).or(random(random, depth - 1));
        };
    }

    @Test
    void shouldArriveAsItLeft() {
        Random random = new Random(11);
        for (int i = 0; i < 2_000; i++) {
            ConnectionFilter filter = random(random, 5);
            ConnectionFilter arrived = ConnectionFilter.decode(filter.encode());
            assertEquals(filter, arrived);
            assertEquals(filter.hashCode(), arrived.hashCode());
            assertEquals(filter.toString(), arrived.toString());
        }
    }

    @Test
    void shouldSayWhatItWants() {
        assertEquals("(path=/ws and not((role=a or metadata[room]=7)))", ConnectionFilter.path("/ws")
                .and(ConnectionFilter.role("a").or(ConnectionFilter.metadata("room", "7")).negate()).toString());
    }

    @Test
    void shouldBeBounded() {
        String longest = "x".repeat(ConnectionFilter.MAX_LENGTH);
        assertEquals(ConnectionFilter.user(longest), ConnectionFilter.decode(ConnectionFilter.user(longest).encode()));
        assertThrows(IllegalArgumentException.class, () -> ConnectionFilter.user(longest + "x"));
        List<ConnectionFilter> all = new ArrayList<>(List.of(ConnectionFilter.user("a")));
        while (all.get(0).toString().length() < 10_000) {
            ConnectionFilter before = all.get(0);
            try {
                all.set(0, before.negate());
            } catch (IllegalArgumentException e) {
                assertEquals(before, ConnectionFilter.decode(before.encode()));
                byte[] deeper = new byte[before.encode().length + 1];
                System.arraycopy(before.encode(), 0, deeper, 1, deeper.length - 1);
                deeper[0] = before.encode()[0];
                assertThrows(IllegalArgumentException.class, () -> ConnectionFilter.decode(deeper));
                return;
            }
        }
        throw new AssertionError("a filter without end");
    }

    @Test
    void shouldRefuseWhatIsNone() {
        byte[] good = ConnectionFilter.user("ann").and(ConnectionFilter.role("b")).encode();
        for (int length = 0; length < good.length; length++) {
            byte[] cut = Arrays.copyOf(good, length);
            assertThrows(IllegalArgumentException.class, () -> ConnectionFilter.decode(cut));
        }
        assertThrows(IllegalArgumentException.class, () -> ConnectionFilter.decode(Arrays.copyOf(good, good.length + 1)));
        assertThrows(IllegalArgumentException.class, () -> ConnectionFilter.decode(new byte[] {8}));
        byte[] nots = new byte[100_000];
        Arrays.fill(nots, (byte) 5);
        assertThrows(IllegalArgumentException.class, () -> ConnectionFilter.decode(nots));
    }
}
