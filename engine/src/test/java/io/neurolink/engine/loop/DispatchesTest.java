package io.neurolink.engine.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DispatchesTest {
    private final List<String> woken = new ArrayList<>();
    private final Dispatches dispatches = new Dispatches(1);

    @Test
    void shouldWakeWhomThereIs() {
        dispatches.wakeUp();
        assertEquals(List.of(), woken);
        Dispatch server = named("server");
        Dispatch client = named("client");
        dispatches.put(0, server);
        dispatches.put(3, client);
        assertSame(server, dispatches.get(0));
        assertNull(dispatches.get(1));
        assertSame(client, dispatches.get(3));
        dispatches.wakeUp();
        assertEquals(List.of("server", "client"), woken);
    }

    /** The loop forgets it, so nobody would wake it later for what it was offered in this cycle. */
    @Test
    void shouldWakeForTheLastTimeWhoIsRemoved() {
        dispatches.put(0, named("server"));
        dispatches.put(1, named("client"));
        dispatches.remove(1);
        assertEquals(List.of("client"), woken);
        assertNull(dispatches.get(1));
        dispatches.wakeUp();
        assertEquals(List.of("client", "server"), woken);
    }

    private Dispatch named(String name) {
        Class<?>[] types = {Dispatch.class};
        return (Dispatch) Proxy.newProxyInstance(Dispatch.class.getClassLoader(), types, (proxy, method, arguments) -> {
            assertEquals("wakeUp", method.getName());
            woken.add(name);
            return null;
        });
    }
}
