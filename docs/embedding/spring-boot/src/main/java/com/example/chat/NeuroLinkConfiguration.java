package com.example.chat;

import io.neurolink.engine.AuthConfig;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.WebSocketHandler;
import java.util.Map;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(NeuroLinkProperties.class)
public class NeuroLinkConfiguration {
    /** A handler serves the path that its bean is named after, as in {@code @Component("/ws/echo")}. */
    @Bean
    WebSocketConnectionManager webSockets(NeuroLinkProperties properties, Map<String, WebSocketHandler> handlers,
            ObjectProvider<AuthConfig> auth) {
        WebSocketConfig.Builder config = WebSocketConfig.builder()
                .maxConnections(properties.maxConnections())
                .maxMessageSize((int) properties.maxMessageSize().toBytes())
                .pingInterval(properties.pingInterval())
                .allowedOrigins(properties.allowedOrigins().toArray(String[]::new));
        auth.ifAvailable(config::auth);
        var manager = new WebSocketConnectionManager(config.build());
        handlers.forEach(manager::registerHandler);
        return manager;
    }

    @Bean
    NeuroLinkServer neuroLinkServer(NeuroLinkProperties properties, WebSocketConnectionManager webSockets) {
        return NeuroLinkServer.builder()
                .host(properties.host())
                .port(properties.port())
                .webSocket(webSockets)
                .build();
    }
}
