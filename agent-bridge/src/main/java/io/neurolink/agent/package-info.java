/**
 * The front door of the agent bridge: the standalone server with its command line, and the handler that speaks the agent protocol on a
 * WebSocket. Nothing here runs on an event loop; what a thread may do is said on each class.
 */
package io.neurolink.agent;
