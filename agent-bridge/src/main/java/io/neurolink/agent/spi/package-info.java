/**
 * What authors of agents and tools implement or are handed: an {@link io.neurolink.agent.spi.Agent} answers a request with a
 * {@link java.util.concurrent.Flow.Publisher} of events. Every method says which thread calls it and whether it may block.
 */
package io.neurolink.agent.spi;
