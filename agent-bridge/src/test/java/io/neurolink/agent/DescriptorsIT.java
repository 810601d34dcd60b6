package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.support.JarProcess;
import io.neurolink.agent.support.TestSocket;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The packaged server with fewer file descriptors than connections that want to come in. */
@Timeout(300)
class DescriptorsIT {
    private static final int DESCRIPTORS = 150;
    private static final int CROWD = 300;
    private static final int LOOPS = 2;
    private static final long ACCEPT_PAUSE_MS = 100;

    /** Asks for the counters, again and again over one connection: a new one could not come in. */
    private static final class Health implements AutoCloseable {
        private final Socket socket;
        private final DataInputStream in;

        Health(URI url) throws IOException {
            socket = new Socket(url.getHost(), url.getPort());
            in = new DataInputStream(socket.getInputStream());
        }

        long counter(String name) throws IOException {
            socket.getOutputStream().write("GET /api/health/websocket HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    .getBytes(StandardCharsets.ISO_8859_1));
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) in.readUnsignedByte());
            }
            byte[] body = new byte[Integer.parseInt(find("Content-Length: (\\d+)", head))];
            in.readFully(body);
            return Long.parseLong(find("\"" + Pattern.quote(name) + "\": ?(\\d+)", new String(body, StandardCharsets.UTF_8)));
        }

        private static String find(String pattern, CharSequence text) {
            Matcher matcher = Pattern.compile(pattern).matcher(text);
            assertTrue(matcher.find(), () -> pattern + " in " + text);
            return matcher.group(1);
        }

        void await(String name, long value) throws IOException {
            while (counter(name) < value) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void shouldServeOnAndComeBackWhenDescriptorsRunOut() throws Exception {
        try (JarProcess server = JarProcess.startWithDescriptors(DESCRIPTORS, "--port", "0", "--event-loops", "" + LOOPS,
                        "--idle", "blocking");
                TestSocket early = TestSocket.connect(server.url() + "/ws/agent");
                Health health = new Health(URI.create(server.url()))) {
            early.next();
            assertEquals(0, health.counter("accept.errors"));
            List<Socket> crowd = new ArrayList<>();
            for (int i = 0; i < CROWD; i++) {
                crowd.add(new Socket(URI.create(server.url()).getHost(), URI.create(server.url()).getPort()));
            }
            health.await("accept.errors", 1);
            long startNs = System.nanoTime();
            long before = health.counter("accept.errors");
            health.await("accept.errors", before + 5);
            long errors = health.counter("accept.errors") - before;
            long elapsedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
            assertTrue(errors <= LOOPS * (elapsedMs / ACCEPT_PAUSE_MS + 2), errors + " failed accepts in " + elapsedMs + " ms");
            assertGenerates(early);

            for (Socket socket : crowd) {
                socket.close();
            }
            try (TestSocket late = TestSocket.connect(server.url() + "/ws/agent")) {
                late.next();
                assertGenerates(late);
            }
            assertGenerates(early);
            server.signal("TERM");
            early.nextOfType("shutdown");
            assertEquals(0, server.status());
            assertEquals(1, server.stderr().lines().filter(line -> line.contains("accept.errors: first of its kind")).count(),
                    server::stderr);
            assertTrue(server.stderr().contains("Too many open files"), server::stderr);
        }
    }

    private static void assertGenerates(TestSocket client) throws IOException {
        client.send("{\"type\":\"generate\",\"payload\":{\"prompt\":\"hello\",\"options\":{\"delayMs\":0}}}");
        String answer = client.next();
        while (!answer.contains("\"type\":\"response\"")) {
            assertFalse(answer.contains("\"type\":\"error\""), answer);
            answer = client.next();
        }
        assertTrue(answer.contains("You said: hello"), answer);
    }
}
