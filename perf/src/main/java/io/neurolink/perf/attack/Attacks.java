package io.neurolink.perf.attack;

import java.util.ArrayList;
import java.util.List;

/** All there are. */
final class Attacks {
    static final List<Attack> ALL = all();

    private Attacks() {
    }

    private static List<Attack> all() {
        List<Attack> all = new ArrayList<>();
        all.addAll(HandshakeAttacks.ALL);
        all.addAll(FrameAttacks.ALL);
        all.addAll(CrowdAttacks.ALL);
        all.addAll(TlsAttacks.ALL);
        return List.copyOf(all);
    }
}
