package io.neurolink.engine.http;

import io.neurolink.engine.metrics.MetricFamily;
import io.neurolink.engine.metrics.PrometheusText;
import io.neurolink.engine.metrics.PrometheusText.Format;
import io.neurolink.engine.spi.HttpRequest;
import io.neurolink.engine.spi.HttpResponse;
import io.neurolink.engine.spi.HttpRoute;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A route that tells metrics to Prometheus, as text or OpenMetrics, whichever the scraper prefers. Metrics tell who uses a server and how
 * much: guard it by {@link RouteAccess} unless the port is not to be reached by strangers.
 */
public final class MetricsRoute {
    private MetricsRoute() {
    }

    /**
     * Makes a route for {@code GET /metrics}.
     *
     * @param source asked for metrics at each request, for instance {@code () -> server.metrics().families()}; must not block for long.
     * @return the route.
     */
    public static HttpRoute of(Supplier<List<MetricFamily>> source) {
        return of(List.of(source));
    }

    /**
     * Makes a route for {@code GET /metrics} of several sources; families of one name become one.
     *
     * @param sources each asked for metrics at each request; must not block for long.
     * @return the route.
     */
    public static HttpRoute of(List<Supplier<List<MetricFamily>>> sources) {
        List<Supplier<List<MetricFamily>>> all = List.copyOf(sources);
        return HttpRoute.get("/metrics", request -> answer(all, request)).describedAs("Metrics for Prometheus", "metrics");
    }

    private static HttpResponse answer(List<Supplier<List<MetricFamily>>> sources, HttpRequest request) {
        List<MetricFamily> families = new ArrayList<>();
        sources.forEach(source -> families.addAll(source.get()));
        Format format = Format.forAccept(String.join(",", request.headers("Accept")));
        return HttpResponse.of(200, format.contentType(), PrometheusText.write(MetricFamily.merged(families), format))
                .withHeader("Cache-Control", "no-store").withHeader("Vary", "Accept");
    }
}
