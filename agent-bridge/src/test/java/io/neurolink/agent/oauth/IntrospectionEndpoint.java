package io.neurolink.agent.oauth;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;

/** An authorization server's introspection endpoint (RFC 7662), as strict as the RFC has it. */
public final class IntrospectionEndpoint implements AutoCloseable {
    public static final String CLIENT = "chat server";
    public static final String SECRET = "cl1ent:s3cr3t+%";

    private static final CountDownLatch OPEN = new CountDownLatch(0);

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, String> answers = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final AtomicReference<CountDownLatch> gate = new AtomicReference<>(OPEN);
    private final AtomicReference<Integer> status = new AtomicReference<>(200);

    private IntrospectionEndpoint(int port) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(threads);
        server.createContext("/introspect", this::answer);
        server.start();
    }

    public static IntrospectionEndpoint start() throws IOException {
        return new IntrospectionEndpoint(0);
    }

    /** One where another one was. */
    IntrospectionEndpoint restart() throws IOException {
        IntrospectionEndpoint next = new IntrospectionEndpoint(server.getAddress().getPort());
        next.answers.putAll(answers);
        return next;
    }

    public URI url() {
        return URI.create("http://localhost:" + server.getAddress().getPort() + "/introspect");
    }

    /** What is said about a token; about all others, that they are not active. */
    public void knows(String token, String json) {
        answers.put(token, json);
    }

    /** The status of all answers from now on. */
    public void answersWith(int newStatus) {
        status.set(newStatus);
    }

    /** Answers nothing until {@link #release}. */
    public void hold() {
        gate.set(new CountDownLatch(1));
    }

    public void release() {
        gate.getAndSet(OPEN).countDown();
    }

    /** @return the tokens it was asked about, in their order. */
    public List<String> asked() {
        return asked;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            Map<String, String> form = new LinkedHashMap<>();
            for (String pair : new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8).split("&")) {
                int equals = pair.indexOf('=');
                form.put(pair.substring(0, equals), URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
            }
            asked.add(form.get("token"));
            gate.get().await();
            boolean isInOrder = exchange.getRequestMethod().equals("POST") && "access_token".equals(form.get("token_type_hint"))
                    && "application/x-www-form-urlencoded".equals(exchange.getRequestHeaders().getFirst("Content-Type"));
            int code = !isInOrder ? 400 : !isClient(exchange.getRequestHeaders().getFirst("Authorization")) ? 401 : status.get();
            byte[] body = answers.getOrDefault(form.get("token"), "{\"active\":false}").getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(code, body.length);
            exchange.getResponseBody().write(body);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean isClient(String authorization) {
        byte[] decoded = Base64.getDecoder().decode(authorization.substring("Basic ".length()));
        String[] pair = new String(decoded, StandardCharsets.UTF_8).split(":");
        return pair.length == 2 && URLDecoder.decode(pair[0], StandardCharsets.UTF_8).equals(CLIENT)
                && URLDecoder.decode(pair[1], StandardCharsets.UTF_8).equals(SECRET);
    }

    @Override
    public void close() {
        release();
        server.stop(0);
        threads.shutdownNow();
    }
}
