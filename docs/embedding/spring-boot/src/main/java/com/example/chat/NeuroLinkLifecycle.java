package com.example.chat;

import io.neurolink.engine.DrainOptions;
import io.neurolink.engine.NeuroLinkServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Started last and stopped first, as the phase of a SmartLifecycle is if nothing else is said: handlers find all beans at work. */
@Component
class NeuroLinkLifecycle implements SmartLifecycle {
    private static final Log LOG = LogFactory.getLog(NeuroLinkLifecycle.class);

    private final NeuroLinkServer server;
    private final NeuroLinkProperties properties;

    NeuroLinkLifecycle(NeuroLinkServer server, NeuroLinkProperties properties) {
        this.server = server;
        this.properties = properties;
    }

    @Override
    public void start() {
        try {
            server.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        LOG.info("WebSockets on port " + server.port());
    }

    @Override
    public void stop(Runnable callback) {
        server.drain(DrainOptions.builder().timeout(properties.drain()).build()).whenComplete((report, error) -> {
            LOG.info(report);
            callback.run();
        });
    }

    @Override
    public boolean isRunning() {
        return server.isReady();
    }

    @Override
    public void stop() {
        server.close();
    }

    /** Spring 7 asks: a server that has ended does not start again, so tests that pause a context let it run. */
    public boolean isPauseable() {
        return false;
    }
}
