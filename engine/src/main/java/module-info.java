/** The WebSocket engine: event loops, connections, workers, and the public face that applications use. */
@SuppressWarnings("module") // the modules that get qualified exports are compiled after this one
module io.neurolink.engine {
    requires transitive io.neurolink.protocol;
    requires transitive org.agrona;
    requires org.jctools.core;
    requires java.management;
    requires static jdk.jfr;
    requires static micrometer.core;

    exports io.neurolink.engine;
    exports io.neurolink.engine.auth;
    exports io.neurolink.engine.client;
    exports io.neurolink.engine.http;
    exports io.neurolink.engine.metrics;
    exports io.neurolink.engine.micrometer;
    exports io.neurolink.engine.spi;
    exports io.neurolink.engine.duty to io.neurolink.agent, io.neurolink.perf;
    exports io.neurolink.engine.status to io.neurolink.agent, io.neurolink.perf;
}
