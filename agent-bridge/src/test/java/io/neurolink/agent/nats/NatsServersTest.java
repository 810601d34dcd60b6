package io.neurolink.agent.nats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where NATS is, as it is written on a command line. */
class NatsServersTest {
    @Test
    void shouldReadServersWithTheirPorts() {
        NatsServers servers = NatsServers.parse("nats://10.0.0.7:4333, b.example,nats://[::1]:1");
        assertEquals(List.of("nats://10.0.0.7:4333", "nats://b.example:4222", "nats://[::1]:1"), servers.urls());
        assertFalse(servers.isTls());
        assertNull(servers.user());
        assertNull(servers.token());
        assertTrue(NatsServers.parse("tls://a,tls://b").isTls());
    }

    @Test
    void shouldTakeWhoConnectsOutOfTheUrls() {
        NatsServers user = NatsServers.parse("nats://ann:p%40ss+1@a:1,nats://b:2");
        assertEquals("ann", user.user());
        assertEquals("p@ss+1", user.password());
        assertEquals("nats://a:1,nats://b:2", user.toString());
        assertEquals("s3cret", NatsServers.parse("nats://s3cret@a").token());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "http://a", "nats://", "nats://a:0", "nats://a:70000", "nats://a/b", "nats://a,", "nats://a?b", "nats://a b",
        "ws://hushhush@a", "nats://hushhush:x y@a"})
    void shouldRefuseWhatIsNoServerWithoutQuotingIt(String text) {
        String message = assertThrows(IllegalArgumentException.class, () -> NatsServers.parse(text)).getMessage();
        assertFalse(message.contains("hushhush"), message);
    }
}
