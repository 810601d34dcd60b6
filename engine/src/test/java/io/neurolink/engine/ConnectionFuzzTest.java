package io.neurolink.engine;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.neurolink.engine.ScriptedServer.Action;
import io.neurolink.engine.ScriptedServer.Kind;
import java.util.Arrays;

/**
 * A whole server, its peers, its application and its clock, played by a script that the input spells: what {@link ScriptedServer} promises
 * is kept after every step and at the end.
 *
 * <pre>
 *   mode, settings (2), then for each action: kind, whom, amount (2), and for some of them that many bytes that a peer sends
 * </pre>
 */
final class ConnectionFuzzTest {
    private static final Mode[] MODES = Mode.values();
    private static final Kind[] KINDS = Kind.values();
    private static final int MAX_ACTIONS = 200;
    private static final int MAX_RAW = 64;

    @FuzzTest
    void shouldKeepItsPromises(byte[] data) {
        if (data.length < 7) {
            return;
        }
        ScriptedServer server = new ScriptedServer(MODES[(data[0] & 0xFF) % MODES.length], shortAt(data, 1) % ScriptedSettings.COUNT);
        int at = 3;
        for (int count = 0; count < MAX_ACTIONS && at + 4 <= data.length; count++) {
            Kind kind = KINDS[(data[at] & 0xFF) % KINDS.length];
            int whom = data[at + 1] & 3;
            int amount = amountAt(data, at + 2);
            at += 4;
            int raw = kind == Kind.PEER_RAW ? Math.min(amount % MAX_RAW, data.length - at) : 0;
            server.apply(new Action(kind, whom, amount, Arrays.copyOfRange(data, at, at + raw)));
            at += raw;
        }
        server.end();
    }

    private static int shortAt(byte[] data, int index) {
        return (data[index] & 0xFF) << 8 | data[index + 1] & 0xFF;
    }

    /** Small ones are as frequent as large ones. */
    private static int amountAt(byte[] data, int index) {
        int value = shortAt(data, index);
        return value < 0x8000 ? value % 512 : (value - 0x8000) * 3;
    }
}
