/**
 * What agents and their runs are measured by: {@link io.neurolink.agent.metrics.AgentMeter} counts,
 * {@link io.neurolink.agent.metrics.AgentMetrics} is one look at everything, with the names of OpenTelemetry's conventions for
 * generative AI.
 */
package io.neurolink.agent.metrics;
