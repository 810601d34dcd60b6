package io.neurolink.perf.attack;

import io.neurolink.perf.server.Certificate;
import java.util.ArrayList;
import java.util.List;

/** How the attacked server is set up. Limits are the engine's defaults but for times, which are cut so that they can be waited for. */
enum Profile {
    /** Without limits per address, so that each attack meets the bound it is about. */
    PLAIN(0),
    /** With limits per address and few handshakes at a time. */
    GUARDED(0),
    /** With compression. */
    DEFLATE(0),
    /** With little memory for all that peers make it keep. */
    LITTLE_MEMORY(0),
    TLS(0),
    /** With few descriptors. */
    FEW_DESCRIPTORS(256);

    static final int MAX_CONNECTIONS_PER_ADDRESS = 200;
    static final int MAX_HANDSHAKES = 1000;
    static final long MEMORY_BUDGET = 16L * 1024 * 1024;

    private final int maxDescriptors;

    Profile(int maxDescriptors) {
        this.maxDescriptors = maxDescriptors;
    }

    int maxDescriptors() {
        return maxDescriptors;
    }

    List<String> options(Certificate certificate) {
        List<String> options = new ArrayList<>(List.of("--handshake-timeout", String.valueOf(Stage.HANDSHAKE_TIMEOUT_MS),
                "--close-timeout", String.valueOf(Stage.CLOSE_TIMEOUT_MS),
                "--max-buffered-bytes", String.valueOf(Stage.MAX_BUFFERED_BYTES),
                "--system-send-buffer", String.valueOf(Stage.SYSTEM_SEND_BUFFER)));
        if (this == GUARDED) {
            options.addAll(List.of("--max-connections-per-address", String.valueOf(MAX_CONNECTIONS_PER_ADDRESS),
                    "--max-handshakes", String.valueOf(MAX_HANDSHAKES)));
        } else {
            options.addAll(List.of("--max-failed-upgrades-per-minute", "0"));
        }
        if (this == DEFLATE) {
            options.addAll(List.of("--compression", "SHARED"));
        }
        if (this == LITTLE_MEMORY) {
            options.addAll(List.of("--memory-budget", String.valueOf(MEMORY_BUDGET)));
        }
        if (this == TLS) {
            options.addAll(List.of("--tls-cert", certificate.chain().toString(), "--tls-key", certificate.key().toString()));
        }
        return options;
    }
}
