package io.neurolink.perf.compare;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Lets processes stand still and go on. */
interface Signals {
    /** The process gets no time any more. */
    void stop(long pid);

    /** It goes on where it was. */
    void resume(long pid);

    /** By the command {@code kill}, which every Unix has; without it nobody stands still. */
    static Signals ofSystem() {
        return new Signals() {
            @Override
            public void stop(long pid) {
                kill("-STOP", pid);
            }

            @Override
            public void resume(long pid) {
                kill("-CONT", pid);
            }
        };
    }

    private static void kill(String signal, long pid) {
        try {
            Process kill = new ProcessBuilder("kill", signal, String.valueOf(pid)).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            kill.waitFor(5, TimeUnit.SECONDS);
        } catch (IOException e) {
            throw new IllegalStateException("there is no command kill", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
