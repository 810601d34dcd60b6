/**
 * The threads on which handlers may block: workers, each with the connections that stick to it, and virtual threads where the JDK has
 * them.
 *
 * <pre>
 *   EventLoop ── MessageLane ──▶ Worker ──▶ handler ──▶ connection.send ── ReplyLane ──▶ EventLoop
 * </pre>
 */
package io.neurolink.engine.worker;
