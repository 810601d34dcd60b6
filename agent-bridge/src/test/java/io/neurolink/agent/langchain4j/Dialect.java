package io.neurolink.agent.langchain4j;

import io.neurolink.agent.spi.AgentProvider;
import io.neurolink.agent.support.FakeProvider.Exchange;
import io.neurolink.agent.support.FakeProvider.Script;
import java.io.IOException;

/** How each provider writes what it says. */
enum Dialect {
    OPENAI("text/event-stream", "OPENAI_API_KEY", new OpenAiAgentProvider()) {
        @Override
        String text(String text) {
            return chunk("{\"content\":" + ToolJson.write(text) + "}", null);
        }

        @Override
        String reasoning(String text) {
            return chunk("{\"reasoning_content\":" + ToolJson.write(text) + "}", null);
        }

        @Override
        String toolCall(int index, String id, String name, String args) {
            int half = args.length() / 2;
            return chunk("{\"tool_calls\":[{\"index\":" + index + (id == null ? "" : ",\"id\":\"" + id + "\"")
                    + ",\"type\":\"function\",\"function\":{\"name\":\"" + name + "\",\"arguments\":\"\"}}]}", null)
                    + chunk(part(index, args.substring(0, half)), null) + chunk(part(index, args.substring(half)), null);
        }

        private String part(int index, String args) {
            return "{\"tool_calls\":[{\"index\":" + index + ",\"function\":{\"arguments\":" + ToolJson.write(args) + "}}]}";
        }

        @Override
        String finish(boolean hasTools) {
            return chunk("{}", hasTools ? "tool_calls" : "stop")
                    + "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[],\"usage\":"
                    + "{\"prompt_tokens\":3,\"completion_tokens\":5,\"total_tokens\":8}}\n\ndata: [DONE]\n\n";
        }

        @Override
        String error() {
            return "data: {\"error\":{\"message\":\"it broke\",\"type\":\"server_error\",\"code\":null}}\n\n";
        }

        private String chunk(String delta, String reason) {
            return "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","
                    + "\"choices\":[{\"index\":0,\"delta\":" + delta
                    + ",\"finish_reason\":" + (reason == null ? "null" : "\"" + reason + "\"") + "}]}\n\n";
        }
    },
    ANTHROPIC("text/event-stream", "ANTHROPIC_API_KEY", new AnthropicAgentProvider()) {
        @Override
        String start() {
            return event("message_start", "{\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":\"message\","
                    + "\"role\":\"assistant\",\"content\":[],\"model\":\"m\","
                    + "\"usage\":{\"input_tokens\":3,\"output_tokens\":0}}}") + event("ping", "{\"type\":\"ping\"}");
        }

        @Override
        String text(String text) {
            return block(0, "{\"type\":\"text\",\"text\":\"\"}", "{\"type\":\"text_delta\",\"text\":" + ToolJson.write(text) + "}");
        }

        @Override
        String reasoning(String text) {
            return block(0, "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}",
                    "{\"type\":\"thinking_delta\",\"thinking\":" + ToolJson.write(text) + "}");
        }

        @Override
        String toolCall(int index, String id, String name, String args) {
            int half = args.length() / 2;
            return block(index + 1, "{\"type\":\"tool_use\",\"id\":\"" + id + "\",\"name\":\"" + name + "\",\"input\":{}}",
                    part(args.substring(0, half)), part(args.substring(half)));
        }

        private String part(String args) {
            return "{\"type\":\"input_json_delta\",\"partial_json\":" + ToolJson.write(args) + "}";
        }

        @Override
        String finish(boolean hasTools) {
            return event("message_delta", "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"" + (hasTools ? "tool_use" : "end_turn")
                    + "\"},\"usage\":{\"output_tokens\":5}}") + event("message_stop", "{\"type\":\"message_stop\"}");
        }

        @Override
        String error() {
            return event("error", "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"it broke\"}}");
        }

        private String block(int index, String start, String... deltas) {
            StringBuilder block = new StringBuilder(event("content_block_start",
                    "{\"type\":\"content_block_start\",\"index\":" + index + ",\"content_block\":" + start + "}"));
            for (String delta : deltas) {
                block.append(event("content_block_delta",
                        "{\"type\":\"content_block_delta\",\"index\":" + index + ",\"delta\":" + delta + "}"));
            }
            return block + event("content_block_stop", "{\"type\":\"content_block_stop\",\"index\":" + index + "}");
        }

        private String event(String name, String data) {
            return "event: " + name + "\ndata: " + data + "\n\n";
        }
    },
    OLLAMA("application/x-ndjson", "NO_KEY", new OllamaAgentProvider()) {
        @Override
        String text(String text) {
            return line("{\"role\":\"assistant\",\"content\":" + ToolJson.write(text) + "}", "\"done\":false");
        }

        @Override
        String reasoning(String text) {
            return line("{\"role\":\"assistant\",\"content\":\"\",\"thinking\":" + ToolJson.write(text) + "}", "\"done\":false");
        }

        @Override
        String toolCall(int index, String id, String name, String args) {
            return line("{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"function\":{\"index\":" + index + ",\"name\":\"" + name
                    + "\",\"arguments\":" + args + "}}]}", "\"done\":false");
        }

        @Override
        String finish(boolean hasTools) {
            return line("{\"role\":\"assistant\",\"content\":\"\"}",
                    "\"done_reason\":\"stop\",\"done\":true,\"prompt_eval_count\":3,\"eval_count\":5");
        }

        @Override
        String error() {
            return "{\"error\":\"it broke\"}\n";
        }

        private String line(String message, String rest) {
            return "{\"model\":\"m\",\"created_at\":\"2026-01-01T00:00:00.000000Z\",\"message\":" + message + "," + rest + "}\n";
        }
    };

    private final String contentType;
    private final String keyVariable;
    private final AgentProvider provider;

    Dialect(String contentType, String keyVariable, AgentProvider provider) {
        this.contentType = contentType;
        this.keyVariable = keyVariable;
        this.provider = provider;
    }

    AgentProvider provider() {
        return provider;
    }

    String keyVariable() {
        return keyVariable;
    }

    String baseUrl(String url) {
        return this == OLLAMA ? url : url + "/v1";
    }

    void head(Exchange exchange) throws IOException {
        exchange.head(contentType);
        if (!start().isEmpty()) {
            exchange.send(start());
        }
    }

    /** A whole answer. */
    Script answering(String... words) {
        return exchange -> {
            head(exchange);
            for (String word : words) {
                exchange.send(text(word));
            }
            exchange.send(finish(false));
            exchange.end();
        };
    }

    /** An answer that wants a tool. */
    Script calling(String id, String tool, String args) {
        return exchange -> {
            head(exchange);
            exchange.send(toolCall(0, id, tool, args) + finish(true));
            exchange.end();
        };
    }

    String start() {
        return "";
    }

    abstract String text(String text);

    abstract String reasoning(String text);

    abstract String toolCall(int index, String id, String name, String args);

    abstract String finish(boolean hasTools);

    abstract String error();
}
