/**
 * The agent protocol on a connection: {@link io.neurolink.agent.session.WebSocketMessageRouter} finds the handler of a message,
 * {@link io.neurolink.agent.session.AgentEndpoint} serves the messages of the protocol, and a {@code Run} carries the events of an agent to
 * its viewer in order, no faster than that takes them, up to exactly one terminal event.
 */
package io.neurolink.agent.session;
