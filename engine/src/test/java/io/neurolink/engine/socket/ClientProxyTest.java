package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.TlsConfig;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.client.ClientProxy;
import io.neurolink.engine.client.ClientTlsConfig;
import io.neurolink.engine.client.ConnectOptions;
import io.neurolink.engine.client.ProxyChooser;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketConnectionError;
import io.neurolink.engine.spi.WebSocketHandshakeError;
import io.neurolink.engine.tls.TestCertificate;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client through HTTP proxies, on real sockets. */
@Timeout(300)
class ClientProxyTest {
    private static final TestCertificate CERTIFICATE = TestCertificate.localhost();
    private static final TestCertificate ELSEWHERE = TestCertificate.of("elsewhere", "EC", "dns:elsewhere.example");

    private final ClientTest.Inbox inbox = new ClientTest.Inbox();

    private static WebSocketConfig config(HandlerThreading threading) {
        return ClientTest.config(threading).build();
    }

    private static TestServer plain() throws IOException {
        return TestServer.start(config(HandlerThreading.INLINE), TestServer.ECHO);
    }

    private static TestServer secure(TestCertificate certificate) throws IOException {
        return TestServer.start(config(HandlerThreading.INLINE), TestServer.ECHO,
                builder -> builder.tls(TlsConfig.pem(certificate.chain(), certificate.key())));
    }

    private TestClient client(ClientProxy proxy) {
        return TestClient.start(inbox, builder -> builder.config(config(HandlerThreading.INLINE)).proxy(proxy)
                .tls(ClientTlsConfig.defaults().trusting(CERTIFICATE.chain())));
    }

    private static ClientProxy at(TestProxy proxy) {
        return ClientProxy.of("127.0.0.1", proxy.port());
    }

    private static void assertTunnel(TestProxy proxy, int number, String authority) {
        assertTrue(proxy.requests().get(number).startsWith("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n"),
                () -> proxy.requests().get(number));
    }

    @Test
    void shouldReachAServerThroughATunnel() throws Exception {
        try (TestServer server = plain(); TestProxy proxy = TestProxy.tunnels(null); TestClient client = client(at(proxy))) {
            // The name is for the proxy to look up.
            WebSocketConnection connection = client.open(URI.create("ws://server.invalid:" + server.address().getPort() + "/ws?x=1"));
            connection.send("through");
            assertEquals("through", inbox.next());
            assertTunnel(proxy, 0, "server.invalid:" + server.address().getPort());
            assertFalse(proxy.requests().get(0).contains("Sec-WebSocket"), "the proxy got what is for the server");
            assertEquals("server.invalid", connection.remoteAddress().getHostString());
            assertEquals(server.address().getPort(), connection.remoteAddress().getPort());
            assertEquals(proxy.port(), connection.peerAddress().getPort());
            Await.done(connection.close(1000, "done"));
            assertEquals("1000 done", inbox.close());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 200 OK\n\n", "HTTP/1.0 200 Connection established\nProxy-Agent: x\n\n", "HTTP/1.1 204 \n\n",
        "HTTP/1.1 200 OK\nContent-Length: 12\n\n", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n",
        "HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\n\n"})
    void shouldTakeEveryConsent(String answer) throws Exception {
        try (TestServer server = plain(); TestProxy proxy = TestProxy.tunnelsAfter(answer); TestClient client = client(at(proxy))) {
            client.open(TestClient.uri(server.address(), "/ws")).send("hi");
            assertEquals("hi", inbox.next());
        }
    }

    @Test
    void shouldSpeakTlsToTheServerThroughTheTunnel() throws Exception {
        try (TestServer server = secure(CERTIFICATE); TestProxy proxy = TestProxy.tunnels(null); TestClient client = client(at(proxy))) {
            WebSocketConnection connection = client.open(URI.create("wss://localhost:" + server.address().getPort() + "/ws"));
            String large = "large ".repeat(100_000);
            connection.send(large);
            assertEquals(large, inbox.next());
            assertTunnel(proxy, 0, "localhost:" + server.address().getPort());
            Await.done(connection.close(1000, ""));
            assertEquals(1, client.counter("tls.handshakes.completed"));
        }
    }

    @Test
    void shouldCheckTheServersNameThroughTheTunnel() throws Exception {
        try (TestServer server = secure(ELSEWHERE); TestProxy proxy = TestProxy.tunnels(null);
                TestClient client = TestClient.start(inbox, builder -> builder.proxy(at(proxy))
                        .tls(ClientTlsConfig.defaults().trusting(ELSEWHERE.chain())))) {
            var error = client.refused(WebSocketConnectionError.class,
                    URI.create("wss://localhost:" + server.address().getPort() + "/ws"), ConnectOptions.defaults());
            assertInstanceOf(SSLException.class, error.getCause());
            assertTrue(error.getMessage().contains("localhost"), error::getMessage);
            assertTrue(error.getMessage().contains("through the proxy 127.0.0.1:" + proxy.port()), error::getMessage);
        }
    }

    @Test
    void shouldShowItsCredentialsToTheProxyAlone() throws Exception {
        try (TestServer server = plain(); TestProxy proxy = TestProxy.tunnels("Basic dXNlcjpwYXNzOndvcmQ=")) {
            try (TestClient client = client(at(proxy).basic("user", "pass:word"))) {
                client.open(TestClient.uri(server.address(), "/ws")).send("it is me");
                assertEquals("it is me", inbox.next());
            }
            assertWithoutGoodCredentials(server, proxy);
        }
    }

    private void assertWithoutGoodCredentials(TestServer server, TestProxy proxy) {
        try (TestClient stranger = client(at(proxy).basic("user", "wrong"))) {
            var error = stranger.refused(WebSocketHandshakeError.class, TestClient.uri(server.address(), "/ws"),
                    ConnectOptions.defaults());
            assertEquals("the proxy 127.0.0.1:" + proxy.port() + " answered 407 Proxy Authentication Required to CONNECT",
                    error.getMessage());
            assertEquals(407, error.status());
            assertEquals("who are?", error.body());
            assertEquals(List.of("Basic realm=\"test\""), error.headers("proxy-authenticate"));
            assertEquals(1, stranger.counter("client.connects.refused"));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "HTTP/1.1 502 Bad Gateway~Content-Length: 4~~gone | answered 502 Bad Gateway to CONNECT",
        "HTTP/1.1 403 Forbidden~~ | answered 403 Forbidden to CONNECT",
        "HTTP/1.1 101 Switching Protocols~~ | answered 101 Switching Protocols to CONNECT",
        "SSH-2.0-OpenSSH_9.0~~ | bad answer to the upgrade",
        "HTTP/1.1 200 OK~~tooearly | sent more than an answer",
        "HTTP/1.1 200 | the proxy closed the connection"})
    void shouldSayWhatAProxyDoesWrong(String answer, String expected) throws Exception {
        try (TestProxy proxy = TestProxy.refusing(answer.replace("~", "\n")); TestClient client = client(at(proxy))) {
            CompletableFuture<WebSocketConnection> result =
                    client.connect(URI.create("ws://server.invalid:80/"), ConnectOptions.defaults());
            var error = TestClient.failure(io.neurolink.engine.spi.WebSocketError.class, result);
            assertTrue(error.getMessage().contains(expected), error::getMessage);
        }
    }

    @Test
    void shouldNotWaitForEverForAProxy() throws Exception {
        try (TestProxy proxy = TestProxy.refusing(""); TestClient client = client(at(proxy))) {
            var error = client.refused(WebSocketConnectionError.class, URI.create("wss://server.invalid/"),
                    ConnectOptions.defaults().timeout(Duration.ofSeconds(5)));
            assertEquals("server.invalid:443 through the proxy 127.0.0.1:" + proxy.port() + ": the proxy did not answer within 5000 ms",
                    error.getMessage());
            assertInstanceOf(TimeoutException.class, error.getCause());
        }
    }

    @Test
    void shouldSayThatAProxyIsNotThere() throws Exception {
        URI uri = URI.create("ws://server.invalid:81/");
        try (Socket deaf = ClientTest.deafSocket(); TestClient client = client(ClientProxy.of("127.0.0.1", deaf.getLocalPort()))) {
            assertEquals("cannot connect to server.invalid:81 through the proxy 127.0.0.1:" + deaf.getLocalPort() + ": Connection refused",
                    client.refused(WebSocketConnectionError.class, uri, ConnectOptions.defaults()).getMessage());
        }
        try (TestClient lost = client(ClientProxy.of("proxy.invalid", 3128))) {
            assertEquals("cannot find the address of proxy.invalid",
                    lost.refused(WebSocketConnectionError.class, uri, ConnectOptions.defaults()).getMessage());
        }
    }

    @Test
    void shouldGiveUpWhileAProxyIsSilent() throws Exception {
        try (TestProxy proxy = TestProxy.refusing(""); TestClient client = client(at(proxy))) {
            CompletableFuture<WebSocketConnection> result = client.connect(URI.create("ws://server.invalid/"), ConnectOptions.defaults());
            Await.untilEquals(1, () -> proxy.requests().size());
            result.cancel(false);
            Await.untilEquals(1L, () -> client.counter("client.connects.cancelled"));
        }
    }

    @Test
    void shouldAskForEachConnectionWhichProxyToTake() throws Exception {
        List<URI> asked = new ArrayList<>();
        try (TestServer server = plain(); TestProxy proxy = TestProxy.tunnels(null);
                TestClient client = TestClient.start(inbox, builder -> builder.proxies(target -> {
                    asked.add(target);
                    return asked.size() == 1 ? null : at(proxy);
                }))) {
            URI uri = TestClient.uri(server.address(), "/ws");
            client.open(uri);
            assertEquals(0, proxy.requests().size());
            client.open(uri);
            assertEquals(1, proxy.requests().size());
            assertEquals(List.of(uri, uri), asked);
        }
    }

    @Test
    void shouldAskTheSelectorOfTheJdk() {
        List<URI> asked = new ArrayList<>();
        ProxyChooser chooser = ProxyChooser.of(new ProxySelector() {
            @Override
            public List<Proxy> select(URI uri) {
                asked.add(uri);
                return switch (uri.getHost()) {
                    case "direct.example" -> List.of(Proxy.NO_PROXY);
                    case "socks.example" -> List.of(new Proxy(Proxy.Type.SOCKS, InetSocketAddress.createUnresolved("socks", 1080)));
                    default -> Arrays.asList(new Proxy(Proxy.Type.SOCKS, InetSocketAddress.createUnresolved("socks", 1080)),
                            new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("proxy", 3128)));
                };
            }

            @Override
            public void connectFailed(URI uri, SocketAddress address, IOException error) {
            }
        });
        assertNull(chooser.choose(URI.create("ws://direct.example/a?b=c")));
        assertNull(chooser.choose(URI.create("WSS://socks.example/")));
        assertEquals("proxy:3128", chooser.choose(URI.create("wss://any.example:8443/x")).toString());
        assertEquals(List.of(URI.create("http://direct.example/a?b=c"), URI.create("https://socks.example/"),
                URI.create("https://any.example:8443/x")), asked.stream().map(uri -> URI.create(uri.toString().replace("httpS", "https")))
                .toList());
    }

    private static String chosen(Map<String, String> variables, String target) {
        return String.valueOf(ProxyChooser.environment(variables).choose(URI.create(target)));
    }

    @Test
    void shouldReadTheEnvironmentIfToldTo() {
        Map<String, String> variables = new HashMap<>(Map.of("http_proxy", "plain.example:8080", "HTTPS_PROXY",
                "http://user:p%40ss@secure.example:3128/"));
        assertEquals("plain.example:8080", chosen(variables, "ws://a.example/"));
        assertEquals("secure.example:3128", chosen(variables, "wss://a.example/"));
        assertEquals("null", chosen(Map.of(), "ws://a.example/"));
        assertEquals("null", chosen(Map.of("HTTP_PROXY", "evil.example:1", "https_proxy", " "), "ws://a.example/"));
        assertEquals("all.example:80", chosen(Map.of("ALL_PROXY", "http://all.example"), "wss://a.example/"));
        assertEquals("[::1]:3128", chosen(Map.of("https_proxy", "http://[::1]:3128"), "wss://a.example/"));
        assertEquals("http_proxy must be http://[user:password@]host:port", assertThrows(IllegalArgumentException.class,
                () -> ProxyChooser.environment(Map.of("http_proxy", "socks5://user:secret@host:1"))).getMessage());
    }

    @ParameterizedTest
    @CsvSource({"a.example, ws://a.example/, true", "a.example, ws://b.a.example/, true", ".a.example, ws://a.example/, true",
        "*.a.example, ws://b.a.example/, true", "a.example, ws://ba.example/, false", "A.Example, ws://a.EXAMPLE/, true",
        "'x, a.example ,y', ws://a.example/, true", "*, ws://anything/, true", "a.example:8080, ws://a.example:8080/, true",
        "a.example:8080, ws://a.example/, false", "a.example:443, wss://a.example/, true", "127.0.0.1, ws://127.0.0.1:99/, true",
        "::1, ws://[::1]/, true", "[::1]:81, ws://[::1]:81/, true", "[::1]:81, ws://[::1]:82/, false", "'', ws://a.example/, false"})
    void shouldLeaveOutWhatNeedsNoProxy(String exceptions, String target, boolean isDirect) {
        Map<String, String> variables = Map.of("all_proxy", "proxy.example:3128", "no_proxy", exceptions);
        assertEquals(isDirect ? "null" : "proxy.example:3128", chosen(variables, target));
    }

    @Test
    void shouldRefuseProxiesThatAreNone() {
        assertThrows(IllegalArgumentException.class, () -> ClientProxy.of(" ", 80));
        assertEquals("the port of a proxy must be 1 to 65535, not 0",
                assertThrows(IllegalArgumentException.class, () -> ClientProxy.of("proxy", 0)).getMessage());
        assertThrows(IllegalArgumentException.class, () -> ClientProxy.of("proxy", 65_536));
        ClientProxy proxy = ClientProxy.of("[::1]", 3128);
        assertEquals("::1", proxy.host());
        assertEquals("[::1]:3128", proxy.toString());
        assertThrows(IllegalArgumentException.class, () -> proxy.basic("a:b", "c"));
        assertThrows(IllegalArgumentException.class, () -> proxy.header("Host", "elsewhere"));
        assertThrows(IllegalArgumentException.class, () -> proxy.header("X-Bad", "a\r\nb"));
        assertFalse(proxy.basic("user", "secret").toString().contains("secret"));
    }
}
