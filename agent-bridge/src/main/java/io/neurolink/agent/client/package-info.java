/**
 * A client of the agent protocol on the engine's WebSocket client: runs as publishers of typed events that survive a lost connection.
 * {@link io.neurolink.agent.client.AgentClient} is the front door.
 */
package io.neurolink.agent.client;
