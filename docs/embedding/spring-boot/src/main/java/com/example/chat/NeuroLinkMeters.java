package com.example.chat;

import io.micrometer.core.instrument.binder.MeterBinder;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.micrometer.NeuroLinkMetrics;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Where Micrometer is on the class path, Spring Boot binds this to every registry. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(MeterBinder.class)
class NeuroLinkMeters {
    @Bean
    MeterBinder neuroLinkMetrics(NeuroLinkServer server) {
        return new NeuroLinkMetrics(server);
    }
}
