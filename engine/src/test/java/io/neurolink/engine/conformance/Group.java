package io.neurolink.engine.conformance;

import io.neurolink.engine.WebSocketConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The table's groups, numbered as is usual in the field; those from 20 on are this project's own. */
public enum Group {
    ECHO(1, FramingCases::echo),
    PINGS(2, FramingCases::pings),
    RESERVED_BITS(3, FramingCases::reservedBits),
    RESERVED_OPCODES(4, FramingCases::reservedOpcodes),
    FRAGMENTS(5, () -> Stream.concat(FragmentCases.orders(), FragmentCases.fragments())),
    UTF_8(6, Utf8Cases::all),
    CLOSING(7, CloseCases::all),
    SIZES(9, SizeCases::large),
    AUTO_FRAGMENTS(10, SizeCases::cutIntoFrames),
    MASKS_AND_LENGTHS(20, FramingCases::masksAndLengths),
    LIMITS(21, () -> FramingCases.limits(Group.SMALL_MESSAGE, Group.FEW_FRAGMENTS));

    private static final int LARGEST_MESSAGE = 16 * 1024 * 1024;
    private static final int SMALL_MESSAGE = 256 * 1024;
    private static final int FEW_FRAGMENTS = 64;
    private static final int MAX_SHOWN = 20;

    private final int number;
    private final Supplier<Stream<Case>> cases;

    Group(int number, Supplier<Stream<Case>> cases) {
        this.number = number;
        this.cases = cases;
    }

    public int number() {
        return number;
    }

    public Stream<Case> cases() {
        return cases.get();
    }

    /** The largest messages, which would take too long in every way of running. */
    public static Stream<Case> largest() {
        return SizeCases.largest();
    }

    /** What the engine must be told so that nothing but the case decides. */
    public WebSocketConfig.Builder configure(WebSocketConfig.Builder config) {
        boolean isLimited = this == LIMITS;
        return config.maxMessageSize(isLimited ? SMALL_MESSAGE : LARGEST_MESSAGE).maxFragments(isLimited ? FEW_FRAGMENTS : 1 << 20)
                .maxBufferedBytes(2 * LARGEST_MESSAGE);
    }

    /** Runs one case in one way. */
    public interface Runner {
        void run(Case one) throws Exception;
    }

    /** Runs every case of this group, and says how many there were; fails at the end with all that went wrong. */
    public void runAll(String how, Runner runner) {
        runEvery(1, how, runner);
    }

    /** As {@link #runAll}, but only one of so many cases, unless the system property {@code conformance.all} is set. */
    public void runEvery(int nth, String how, Runner runner) {
        run(name(), number, nth, how, cases(), runner);
    }

    public static void runLargest(String how, Runner runner) {
        run("LARGEST", SIZES.number, 1, how, largest(), runner);
    }

    private static void run(String name, int number, int nth, String how, Stream<Case> cases, Runner runner) {
        int every = Boolean.getBoolean("conformance.all") ? 1 : nth;
        List<String> wrong = new ArrayList<>();
        int[] count = new int[2];
        long startNs = System.nanoTime();
        cases.forEach(one -> {
            if (count[0]++ % every == 0) {
                count[1]++;
                run(one, number, runner, wrong);
            }
        });
        long tookMs = (System.nanoTime() - startNs) / 1_000_000;
        System.out.printf("conformance %2d %-17s %-24s %5d of %5d cases, %d wrong, %d ms%n", number, name, how, count[1], count[0],
                wrong.size(), tookMs);
        if (!wrong.isEmpty()) {
            String some = String.join("\n", wrong.subList(0, Math.min(MAX_SHOWN, wrong.size())));
            throw new AssertionError(wrong.size() + " of " + count[1] + " wrong:\n" + some);
        }
    }

    private static void run(Case one, int number, Runner runner, List<String> wrong) {
        try {
            runner.run(one);
        } catch (Exception | AssertionError e) {
            wrong.add(number + "." + one.id() + ": " + e);
        }
    }
}
