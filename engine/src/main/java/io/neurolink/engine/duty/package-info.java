/**
 * Threads and what they hand to each other: duties and the threads that run them, queues, lanes, sleep and wake-up, timers. Nothing here
 * knows what a connection is.
 *
 * <pre>
 *                     ┌──────────── DutyThread ────────────┐
 *   any thread        │  Duty.doWork() ─▶ Idling.idle(n)   │        one other thread
 *   CommandQueue ────▶│     │     ▲            │           │──────▶ MessageLane
 *        │            │     ▼     │            ▼           │◀────── MessageLane
 *        │            │   Timers ─┘      Parkable.park()   │
 *        └─ Parking.wakeUp() ───────────────▶ Parking      │
 *                     └────────────────────────────────────┘
 * </pre>
 *
 * This is the only room with memory-ordered access to fields. Two kinds of hand-off have two names: a {@link
 * io.neurolink.engine.duty.CommandQueue} takes objects from any thread and may allocate, a {@link io.neurolink.engine.duty.MessageLane}
 * takes bytes from one thread and never does. Only {@link io.neurolink.engine.duty.DutyThread} starts a thread; without one, every duty
 * can be stepped by hand.
 */
package io.neurolink.engine.duty;
