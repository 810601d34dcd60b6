package io.neurolink.perf.compare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Which core is whose.
 *
 * @param serverCore the servers', or -1 if nobody is kept to a core
 * @param clientCore the load client's
 * @param remark     says so in words
 */
record Pinning(int serverCore, int clientCore, String remark) {
    /** Servers on the first core and the load client on the second, where there are two and a taskset. */
    static Pinning ofMachine() {
        int cores = Runtime.getRuntime().availableProcessors();
        if (cores < 2) {
            return new Pinning(-1, -1, "not pinned: there is only one core");
        }
        try {
            Process taskset = new ProcessBuilder("taskset", "-c", "0,1", "true").redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            if (taskset.waitFor(5, TimeUnit.SECONDS) && taskset.exitValue() == 0) {
                return new Pinning(0, 1, "servers on core 0, the load client on core 1");
            }
            return new Pinning(-1, -1, "not pinned: cores 0 and 1 may not be used");
        } catch (IOException e) {
            return new Pinning(-1, -1, "not pinned: there is no taskset here");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Pinning(-1, -1, "not pinned: interrupted");
        }
    }

    List<String> server(List<String> command) {
        return onCore(serverCore, command);
    }

    List<String> client(List<String> command) {
        return onCore(clientCore, command);
    }

    private static List<String> onCore(int core, List<String> command) {
        List<String> pinned = new ArrayList<>(core < 0 ? List.of() : List.of("taskset", "-c", String.valueOf(core)));
        pinned.addAll(command);
        return pinned;
    }
}
