/**
 * A cluster's bus on NATS: {@link io.neurolink.agent.nats.NatsClusterBus}. Needs {@code io.nats:jnats}, which is an optional dependency;
 * nothing else loads these classes.
 */
package io.neurolink.agent.nats;
