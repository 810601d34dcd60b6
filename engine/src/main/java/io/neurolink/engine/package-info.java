/**
 * The public face: {@link io.neurolink.engine.NeuroLinkServer}, {@link io.neurolink.engine.WebSocketConnectionManager} and their
 * configuration. What runs where is decided here and nowhere else.
 */
package io.neurolink.engine;
