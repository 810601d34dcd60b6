package com.example.chat;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.spi.Agent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class AgentConfiguration {
    @Bean
    Agent greeter() {
        return Agent.of("greeter", (request, sink) -> {
            for (String word : ("Hello, " + request.prompt() + "!").split("(?<= )")) {
                sink.text(word);
            }
        });
    }

    @Bean("/ws/agent")
    AgentHandler agentHandler(Agent greeter) {
        return AgentHandler.create(greeter);
    }
}
