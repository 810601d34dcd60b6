package com.example.chat;

import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

@ConfigurationProperties("neurolink")
public record NeuroLinkProperties(
        @DefaultValue("localhost") String host,
        @DefaultValue("3000") int port,
        @DefaultValue("1000") int maxConnections,
        @DefaultValue("1MB") DataSize maxMessageSize,
        @DefaultValue("30s") Duration pingInterval,
        @DefaultValue("20s") Duration drain,
        @DefaultValue List<String> allowedOrigins) {
}
