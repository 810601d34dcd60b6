package io.neurolink.engine.status;

/**
 * An error that happened once or many times.
 *
 * @param type    the class of the throwable.
 * @param message its message, cut to {@link DistinctErrorLog#MAX_MESSAGE_LENGTH} characters; empty if it has none.
 * @param stack   the stack trace of the first time, with causes, cut to {@link DistinctErrorLog#MAX_STACK_LENGTH} characters.
 * @param count   how often it happened.
 * @param firstMs when first, in milliseconds since 1970.
 * @param lastMs  when last, in milliseconds since 1970.
 */
public record DistinctError(String type, String message, String stack, long count, long firstMs, long lastMs) {
}
