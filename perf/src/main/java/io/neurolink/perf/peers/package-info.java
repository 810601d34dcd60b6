/**
 * Other libraries' WebSocket servers, and two floors below all of them, each as a program of its own that sends every message back or to
 * everybody. {@code compare} starts them beside the engine's own echo server. Their libraries are not in the runnable jar but in the folder
 * {@code peers} beside it.
 */
package io.neurolink.perf.peers;
