package io.neurolink.engine.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** W3C Trace Context: what is read, what is ignored, what is handed on. */
class TraceContextTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String SPAN = "00f067aa0ba902b7";
    private static final String PARENT = "00-" + TRACE + "-" + SPAN + "-01";

    private static String stateOf(String tracestate) {
        return TraceContext.parse(PARENT, tracestate).state();
    }

    @Test
    void shouldReadTheExampleOfTheRecommendation() {
        TraceContext trace = TraceContext.parse(PARENT, "congo=t61rcWkgMzE");
        assertEquals(new TraceContext(TRACE, SPAN, 1, "congo=t61rcWkgMzE"), trace);
        assertTrue(trace.isSampled());
        assertEquals(PARENT, trace.traceparent());
        assertEquals(Map.of("traceparent", PARENT, "tracestate", "congo=t61rcWkgMzE"), trace.headers());
        assertEquals(Map.of("traceparent", PARENT), TraceContext.parse(PARENT, null).headers());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "00", "00-" + TRACE + "-" + SPAN, "00-" + TRACE + "-" + SPAN + "-", "00-" + TRACE + "-" + SPAN + "-0",
        "00-" + TRACE + "-" + SPAN + "-01-", "00-" + TRACE + "-" + SPAN + "-01-x", "00-" + TRACE + "-" + SPAN + "-011",
        "ff-" + TRACE + "-" + SPAN + "-01", "FF-" + TRACE + "-" + SPAN + "-01", "0g-" + TRACE + "-" + SPAN + "-01",
        "01-" + TRACE + "-" + SPAN + "-01x", "00-00000000000000000000000000000000-" + SPAN + "-01",
        "00-" + TRACE + "-0000000000000000-01", "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + SPAN + "-01",
        "00-" + TRACE + "-00F067AA0BA902B7-01", "00-" + TRACE + "-" + SPAN + "-0A", "00-" + TRACE + "-" + SPAN + "-xx",
        "00_" + TRACE + "-" + SPAN + "-01", "00-" + TRACE + "_" + SPAN + "-01", "00-" + TRACE + "-" + SPAN + "_01",
        " 00-" + TRACE + "-" + SPAN + "-01", "00-" + TRACE + "-" + SPAN + "-01 ", "00-" + TRACE + "-" + SPAN + "-01, " + PARENT})
    void shouldIgnoreWhatBreaksTheRules(String traceparent) {
        assertNull(TraceContext.parse(traceparent, null));
    }

    @Test
    void shouldReadLaterVersionsAsFarAsTheyAreKnown() {
        assertEquals(PARENT, TraceContext.parse("01-" + TRACE + "-" + SPAN + "-01", null).traceparent());
        assertEquals(PARENT, TraceContext.parse("cc-" + TRACE + "-" + SPAN + "-01-what-the-future-will-be-like", null).traceparent());
        assertEquals(PARENT, TraceContext.parse("01-" + TRACE + "-" + SPAN + "-01-", null).traceparent());
    }

    @Test
    void shouldHandOnTheFlagsItKnows() {
        assertFalse(TraceContext.parse("00-" + TRACE + "-" + SPAN + "-00", null).isSampled());
        TraceContext all = TraceContext.parse("00-" + TRACE + "-" + SPAN + "-ff", null);
        assertTrue(all.isSampled());
        assertEquals("00-" + TRACE + "-" + SPAN + "-03", all.traceparent());
    }

    @Test
    void shouldMakeStepsBelowItself() {
        TraceContext trace = TraceContext.parse(PARENT, "a=1");
        TraceContext child = trace.child();
        assertEquals(TRACE, child.traceId());
        assertEquals(1, child.flags());
        assertEquals("a=1", child.state());
        assertNotEquals(SPAN, child.spanId());
        assertNotEquals(child.spanId(), trace.child().spanId());
        assertEquals(child, TraceContext.parse(child.traceparent(), child.state()));
    }

    @Test
    void shouldReadTheState() {
        assertEquals("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", stateOf(" rojo=00f067aa0ba902b7 ,\tcongo=t61rcWkgMzE\t"));
        assertEquals("a=1,b=2", stateOf("a=1,,b=2,"));
        assertEquals("fw529a3039@dt=FfD0", stateOf("fw529a3039@dt=FfD0"));
        assertEquals("0-_*/=!x y~", stateOf("0-_*/=!x y~"));
        assertEquals("", stateOf(""));
        assertEquals("", stateOf(" "));
        String longest = "k".repeat(250) + "=" + "v".repeat(256);
        assertEquals(longest, stateOf(longest));
        assertEquals("k".repeat(241) + "@" + "s".repeat(14) + "=v", stateOf("k".repeat(241) + "@" + "s".repeat(14) + "=v"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "a=", "=1", "a=1,a=2", "A=1", "a=b=c", "a b=1", "a=\u00e9", "@a=1", "a@=1", "a@1=1", "-a=1", "a=x\u0007"})
    void shouldForgetAStateThatBreaksTheRulesAndKeepTheContext(String tracestate) {
        assertEquals("", stateOf(tracestate));
    }

    @Test
    void shouldForgetAStateOfTooManyMembersOrTooLongOnes() {
        String most = IntStream.range(0, 32).mapToObj(i -> "k" + i + "=v").collect(Collectors.joining(","));
        assertEquals(most, stateOf(most));
        assertEquals("", stateOf(most + ",one=more"));
        assertEquals("", stateOf("k".repeat(257) + "=v"));
        assertEquals("", stateOf("k=" + "v".repeat(257)));
        assertEquals("", stateOf(",".repeat(100_000) + "a"));
    }

    /** At least 512 characters must be handed on; what is more is left out by whole members, long ones first. */
    @Test
    void shouldLeaveOutMembersOfAStateThatIsTooLong() {
        String big = "big=" + "x".repeat(200);
        String small = IntStream.range(0, 8).mapToObj(i -> "s" + i + "=" + "y".repeat(50)).collect(Collectors.joining(","));
        assertEquals(small, stateOf(big + "," + small));
        String tail = IntStream.range(0, 12).mapToObj(i -> "s" + (char) ('a' + i) + "=" + "y".repeat(50)).collect(Collectors.joining(","));
        List<String> kept = List.of(stateOf(tail).split(","));
        assertEquals(9, kept.size());
        assertTrue(tail.startsWith(stateOf(tail)));
    }

    @Test
    void shouldRefuseIdsThatAreNone() {
        assertThrows(IllegalArgumentException.class, () -> new TraceContext("x", SPAN, 0, ""));
        assertThrows(IllegalArgumentException.class, () -> new TraceContext(TRACE, "0".repeat(16), 0, ""));
        assertThrows(NullPointerException.class, () -> new TraceContext(TRACE, SPAN, 0, null));
    }
}
