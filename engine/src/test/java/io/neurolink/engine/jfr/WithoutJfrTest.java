package io.neurolink.engine.jfr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** In a runtime image without Java Flight Recorder the engine works, without events. */
class WithoutJfrTest {
    @Test
    void shouldServeWithNothingButJavaBase() throws Exception {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--limit-modules",
                "java.base", "-cp", System.getProperty("java.class.path"), WithoutJfr.class.getName()).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals("echo of 100000 bytes, handlers watched: false", output.strip());
        assertEquals(0, process.exitValue());
    }
}
