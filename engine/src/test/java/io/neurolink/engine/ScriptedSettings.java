package io.neurolink.engine;

import io.neurolink.engine.spi.RateLimitPolicy;
import io.neurolink.engine.spi.RateLimits;
import io.neurolink.engine.spi.SlowConsumerPolicy;
import io.neurolink.engine.status.MemoryBudget;
import java.time.Duration;

/**
 * How a {@link ScriptedServer} is set up.
 *
 * @param policy          what happens to slow consumers
 * @param isSmall         whether buffers and limits are small
 * @param isPinging       whether the server pings and ends idle connections
 * @param ratePolicy      what happens to peers that send too much; null if they may
 * @param hasControls     whether handlers get control frames as messages
 * @param behaviour       what the handler does when it is told of something else than a message
 * @param compression     whether and how messages are compressed
 * @param surroundings    what the engine has
 */
record ScriptedSettings(SlowConsumerPolicy policy, boolean isSmall, boolean isPinging, RateLimitPolicy ratePolicy, boolean hasControls,
        Behaviour behaviour, CompressionConfig.Mode compression, Surroundings surroundings) {
    /** How many different ones there are. */
    static final int COUNT = 3 * 2 * 2 * (RateLimitPolicy.values().length + 1) * 2 * Behaviour.values().length
            * CompressionConfig.Mode.values().length * Surroundings.values().length;

    private static final int SMALL_MESSAGE = 20_000;
    private static final int COMPRESSED_LENGTH = 40;

    /** What a handler does in its callbacks. */
    enum Behaviour {
        LISTEN, GREET, THROW, CLOSE, SEND
    }

    /** Little memory is soon used up; virtual threads, played by the executor, are there instead of the loop where handlers run inline. */
    enum Surroundings {
        USUAL, LITTLE_MEMORY, VIRTUAL_THREADS
    }

    static ScriptedSettings of(int number) {
        int rest = number;
        SlowConsumerPolicy policy = SlowConsumerPolicy.values()[rest % 3];
        rest /= 3;
        boolean isSmall = rest % 2 == 1;
        rest /= 2;
        boolean isPinging = rest % 2 == 1;
        rest /= 2;
        int rate = rest % (RateLimitPolicy.values().length + 1);
        rest /= RateLimitPolicy.values().length + 1;
        boolean hasControls = rest % 2 == 1;
        rest /= 2;
        Behaviour behaviour = Behaviour.values()[rest % Behaviour.values().length];
        rest /= Behaviour.values().length;
        CompressionConfig.Mode compression = CompressionConfig.Mode.values()[rest % CompressionConfig.Mode.values().length];
        rest /= CompressionConfig.Mode.values().length;
        return new ScriptedSettings(policy, isSmall, isPinging, rate == 0 ? null : RateLimitPolicy.values()[rate - 1], hasControls,
                behaviour, compression, Surroundings.values()[rest % Surroundings.values().length]);
    }

    LockStepServer.Builder server(Mode mode) {
        LockStepServer.Builder builder = LockStepServer.builder(mode).workers(2).receiveBufferLength(receiveBufferLength())
                .config(this::configure);
        return switch (surroundings) {
            case USUAL -> builder;
            case LITTLE_MEMORY -> builder.memoryBudget(MemoryBudget.MIN_BYTES);
            case VIRTUAL_THREADS -> mode.isInline() ? builder.steppedVirtualThreads() : builder;
        };
    }

    boolean isCompressed() {
        return compression != CompressionConfig.Mode.OFF;
    }

    boolean keepsContext() {
        return compression == CompressionConfig.Mode.DEDICATED;
    }

    int maxPayload() {
        return isSmall ? 3_000 : 100_000;
    }

    int maxBufferedBytes() {
        return isSmall ? 4_096 : 300_000;
    }

    int maxMessageSize() {
        return isSmall ? SMALL_MESSAGE : 1024 * 1024;
    }

    int maxFragments() {
        return isSmall ? 4 : 4096;
    }

    int receiveBufferLength() {
        return isSmall ? 4 * 1024 : 64 * 1024;
    }

    private void configure(WebSocketConfig.Builder config) {
        config.slowConsumerPolicy(policy).maxBufferedBytes(maxBufferedBytes()).maxMessageSize(maxMessageSize()).maxFragments(maxFragments())
                .pingInterval(isPinging ? Duration.ofSeconds(20) : Duration.ZERO)
                .idleTimeout(isPinging ? Duration.ofSeconds(90) : Duration.ZERO).deliverControlFrames(hasControls)
                .compression(CompressionConfig.of(compression).withThreshold(COMPRESSED_LENGTH));
        if (ratePolicy != null) {
            config.rateLimits(RateLimits.builder().messages(10, 20).bytes(maxMessageSize(), 2L * maxMessageSize()).policy(ratePolicy)
                    .build()).maxControlFramesPerSecond(50);
        }
    }
}
