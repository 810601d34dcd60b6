package io.neurolink.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

@Timeout(300)
class ConformanceClientTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int execute(String... args) {
        CommandLine commandLine = Perf.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return commandLine.execute(args);
    }

    @Test
    void shouldPlayEveryCaseWhateverTheServerMakesOfIt() throws Exception {
        try (ConformanceServer server = new ConformanceServer()) {
            assertEquals(0, execute("conformance-client", "--url", server.url() + "/", "--agent", "A & B"), err::toString);
            List<String> asked = new ArrayList<>(List.of("/getCaseCount"));
            for (int i = 1; i <= server.caseCount(); i++) {
                asked.add("/runCase?case=" + i + "&agent=A+%26+B");
            }
            asked.add("/updateReports?agent=A+%26+B");
            assertEquals(asked, List.copyOf(server.requests));
            assertEquals(List.of(), List.copyOf(server.faults));
            assertEquals(List.of("8 cases at " + server.url(),
                    "case 1 of 8: closed with 1000",
                    "case 2 of 8: closed with 1000",
                    "case 3 of 8: closed with 1000",
                    "case 4 of 8: closed with 1006",
                    "case 5 of 8: closed with 1002 reserved bit set without a negotiated extension",
                    "case 6 of 8: closed with 1000",
                    "case 7 of 8: closed with 1000",
                    "case 8 of 8: not opened: the server answered 500 Not Today instead of 101",
                    "reports updated"), out.toString().lines().toList());
            assertEquals("", err.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost:9001", "localhost:9001", "ws://", "ws://localhost/?x", "::"})
    void shouldComplainAboutABadAddress(String url) {
        assertEquals(2, execute("conformance-client", "--url", url));
        assertEquals("neurolink-perf conformance-client: --url must be ws://HOST:PORT, not '" + url + "'", err.toString().strip());
    }

    @Test
    void shouldEndWithStatus1IfThereIsNoServer() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        assertEquals(1, execute("conformance-client", "--url", "ws://127.0.0.1:" + port));
        assertEquals("neurolink-perf conformance-client: /getCaseCount: cannot connect to 127.0.0.1:" + port + ": Connection refused",
                err.toString().strip());
    }

    @Test
    void shouldEndWithStatus1IfTheServerIsNoConformanceServer() throws Exception {
        var manager = new WebSocketConnectionManager(WebSocketConfig.builder().path("/*").build());
        manager.registerHandler(new WebSocketHandler() {
            @Override
            public void onOpen(WebSocketConnection connection) {
                connection.send("many");
                connection.close(1000, "");
            }

            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            }
        });
        try (var server = NeuroLinkServer.builder().host("127.0.0.1").port(0).webSocket(manager).build().start()) {
            String url = "ws://127.0.0.1:" + server.port();
            assertEquals(1, execute("conformance-client", "--url", url));
            assertEquals("neurolink-perf conformance-client: /getCaseCount of " + url + " was answered with 'many', which is no number",
                    err.toString().strip());
        }
    }
}
