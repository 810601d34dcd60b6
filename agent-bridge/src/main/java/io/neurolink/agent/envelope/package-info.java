/**
 * JSON text messages in and out: {@link io.neurolink.agent.envelope.EnvelopeReader} turns the bytes of a message into a typed view,
 * {@link io.neurolink.agent.envelope.EnvelopeWriter} turns an event into bytes in one pass. Knows no connection and no agent.
 */
package io.neurolink.agent.envelope;
