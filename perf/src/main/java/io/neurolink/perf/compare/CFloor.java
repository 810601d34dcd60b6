package io.neurolink.perf.compare;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Compiles the floor that is written in C. */
final class CFloor {
    private static final String SOURCE = "/io/neurolink/perf/peers/epoll-floor.c";
    private static final int COMPILE_SECONDS = 60;

    private CFloor() {
    }

    /**
     * What came of it.
     *
     * @param program   the program, or null
     * @param compiler  what compiled it and with which flags
     * @param complaint why there is no program, or null
     */
    record Built(Path program, String compiler, String complaint) {
        private static Built failed(String complaint) {
            return new Built(null, null, complaint);
        }
    }

    /** Compiles it into a folder, if there is a gcc. */
    static Built build(Path folder) {
        Path source = folder.resolve("epoll-floor.c");
        Path program = folder.resolve("epoll-floor");
        // For an end by a signal, which skips what else would delete them.
        source.toFile().deleteOnExit();
        program.toFile().deleteOnExit();
        try (InputStream in = CFloor.class.getResourceAsStream(SOURCE)) {
            Files.copy(in, source, StandardCopyOption.REPLACE_EXISTING);
            Process gcc = new ProcessBuilder("gcc", "-O3", "-o", program.toString(), source.toString()).redirectErrorStream(true).start();
            List<String> said = gcc.inputReader().lines().toList();
            if (!gcc.waitFor(COMPILE_SECONDS, TimeUnit.SECONDS) || gcc.exitValue() != 0) {
                gcc.destroyForcibly();
                return Built.failed("gcc does not compile it" + (said.isEmpty() ? "" : ": " + said.get(0)));
            }
            return new Built(program, "gcc -O3", null);
        } catch (IOException e) {
            return Built.failed("there is no gcc here");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Built.failed("interrupted");
        }
    }
}
