package io.neurolink.engine.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Base64;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConnectionIdsTest {
    @Test
    void shouldMakeSixteenRandomBytesReadable() {
        ConnectionIds ids = new ConnectionIds();
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            String id = ids.next();
            byte[] bytes = Base64.getUrlDecoder().decode(id);
            assertEquals(16, bytes.length);
            assertEquals(id, Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
            assertTrue(seen.add(id), id);
        }
    }
}
