/**
 * What the engine tells Java Flight Recorder. {@link io.neurolink.engine.jfr.JfrEvents} is the door; the events behind it are loaded only
 * where the module {@code jdk.jfr} is present. No event carries what a peer has said, who it is, or a credential.
 */
package io.neurolink.engine.jfr;
