package io.neurolink.engine;

/**
 * How much of a server's memory budget is taken.
 *
 * @param usedBytes   bytes taken by what peers make the server keep
 * @param budgetBytes bytes it may take
 * @param isTight     whether new connections are refused for that reason
 */
public record MemoryUse(long usedBytes, long budgetBytes, boolean isTight) {
}
