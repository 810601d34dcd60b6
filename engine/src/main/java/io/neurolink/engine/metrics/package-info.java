/**
 * What a server tells about itself, as data: {@link io.neurolink.engine.metrics.ServerMetrics} is one look at everything,
 * {@link io.neurolink.engine.metrics.MetricFamily} the same with names and tags for whoever exports it. Nothing here touches the engine.
 */
package io.neurolink.engine.metrics;
