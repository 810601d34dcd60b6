package io.neurolink.agent.langchain4j;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;

/** A small MCP server: on standard input and output as a process of its own, or over HTTP. */
public final class McpTestServer {
    private static final String SCHEMA = """
            {"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"text":{"type":"string","minLength":1}},
            "required":["text"],"additionalProperties":false}""";

    /** Calls that get no answer. */
    final ConcurrentLinkedQueue<Object> hanging = new ConcurrentLinkedQueue<>();
    /** Requests that clients cancelled. */
    final ConcurrentLinkedQueue<Object> cancelled = new ConcurrentLinkedQueue<>();
    /** What calls said of the trace they belong to. */
    final ConcurrentLinkedQueue<Object> traces = new ConcurrentLinkedQueue<>();
    /** Headers of the requests that came by HTTP. */
    final ConcurrentLinkedQueue<String> authorizations = new ConcurrentLinkedQueue<>();

    /** Serves standard input until it ends. */
    public static void main(String[] args) throws IOException {
        McpTestServer server = new McpTestServer();
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String answer = server.answer(line);
            if (answer != null) {
                out.println(answer);
            }
        }
    }

    static List<String> command() {
        return List.of(ProcessHandle.current().info().command().orElse("java"), "-cp", System.getProperty("java.class.path"),
                McpTestServer.class.getName());
    }

    HttpServer serve() throws IOException {
        HttpServer http = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
        http.setExecutor(Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "mcp-test-server");
            thread.setDaemon(true);
            return thread;
        }));
        http.createContext("/mcp", this::handle);
        http.start();
        return http;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            if (!exchange.getRequestMethod().equals("POST")) {
                exchange.sendResponseHeaders(405, -1);
                return;
            }
            String answer = answer(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            if (answer == null) {
                exchange.sendResponseHeaders(202, -1);
                return;
            }
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private String answer(String request) {
        Map<?, ?> message = (Map<?, ?>) ToolJson.read(request);
        String method = (String) message.get("method");
        Map<?, ?> params = message.get("params") instanceof Map<?, ?> given ? given : Map.of();
        if (method != null && method.equals("notifications/cancelled")) {
            cancelled.add(params.get("requestId"));
        }
        if (method == null || !message.containsKey("id")) {
            return null;
        }
        if (method.equals("tools/call") && params.get("_meta") instanceof Map<?, ?> meta && meta.containsKey("traceparent")) {
            traces.add(meta.get("traceparent"));
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("jsonrpc", "2.0");
        answer.put("id", message.get("id"));
        switch (method) {
            case "initialize" -> answer.put("result", Map.of("protocolVersion", params.get("protocolVersion"), "capabilities",
                    Map.of("tools", Map.of()), "serverInfo", Map.of("name", "test", "version", "1")));
            case "tools/list" -> answer.put("result", Map.of("tools", tools()));
            case "tools/call" -> call((String) params.get("name"), (Map<?, ?>) params.get("arguments"), answer);
            default -> answer.put("error", Map.of("code", -32601, "message", "no such method"));
        }
        return answer.containsKey("result") || answer.containsKey("error") ? ToolJson.write(answer) : null;
    }

    private static List<Object> tools() {
        List<Object> tools = new ArrayList<>();
        for (String name : List.of("shout", "fail", "refuse", "picture", "structure", "hang", "hanging", "cancelled")) {
            tools.add(Map.of("name", name, "description", "Does " + name + ".", "inputSchema", ToolJson.read(SCHEMA)));
        }
        return tools;
    }

    /** No answer at all = the tool hangs. */
    private void call(String name, Map<?, ?> args, Map<String, Object> answer) {
        switch (name) {
            case "shout" -> answer.put("result", Map.of("content", List.of(text(String.valueOf(args.get("text")).toUpperCase()))));
            case "fail" -> answer.put("result", Map.of("content", List.of(text("it broke")), "isError", true));
            case "refuse" -> answer.put("error", Map.of("code", -32602, "message", "text is too loud"));
            case "picture" -> answer.put("result", Map.of("content", List.of(text("look"),
                    Map.of("type", "image", "mimeType", "image/png", "data", "AAAA"))));
            case "structure" -> answer.put("result", Map.of("content", List.of(text("{}")),
                    "structuredContent", Map.of("a", List.of(1, 2))));
            case "hanging" -> answer.put("result", Map.of("content", List.of(text(String.valueOf(hanging.size())))));
            case "cancelled" -> answer.put("result", Map.of("content", List.of(text(String.valueOf(cancelled.size())))));
            default -> hanging.add(answer.get("id"));
        }
    }

    private static Map<String, Object> text(String text) {
        return Map.of("type", "text", "text", text);
    }
}
