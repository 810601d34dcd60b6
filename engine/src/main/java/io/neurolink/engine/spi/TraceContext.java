package io.neurolink.engine.spi;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/**
 * Where something stands in a distributed trace, as W3C Trace Context says it in {@code traceparent} and {@code tracestate}. Immutable.
 *
 * @param traceId the whole trace: 32 hexadecimal digits in lower case, not all zero.
 * @param spanId  the step that what follows belongs to: 16 hexadecimal digits in lower case, not all zero; {@code parent-id} of the header.
 * @param flags   bit 0: the caller may have recorded it; bit 1: the trace id is random; others are zero.
 * @param state   what tracing systems want to be handed on, as {@code tracestate} has it; empty for nothing.
 */
public record TraceContext(String traceId, String spanId, int flags, String state) {
    /** Key of the connection's metadata under which the context of its upgrade request lies, if that had one. */
    public static final String METADATA_KEY = "trace";

    private static final int SAMPLED = 1;
    private static final int KNOWN_FLAGS = 3;
    private static final int LENGTH = 55;
    private static final int MAX_MEMBERS = 32;
    private static final int MAX_STATE_LENGTH = 512;
    private static final int LONG_MEMBER = 128;

    private static final Pattern TRACE_ID = Pattern.compile("(?!0{32})[0-9a-f]{32}");
    private static final Pattern SPAN_ID = Pattern.compile("(?!0{16})[0-9a-f]{16}");
    private static final Pattern HEX_BYTE = Pattern.compile("[0-9a-f]{2}");
    private static final Pattern MEMBER = Pattern.compile(
            "([a-z0-9][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})=[ -+\\--<>-~]{0,255}[!-+\\--<>-~]");

    /** Checks the ids. */
    public TraceContext {
        if (!TRACE_ID.matcher(traceId).matches() || !SPAN_ID.matcher(spanId).matches()) {
            throw new IllegalArgumentException("not the ids of a trace: " + traceId + ", " + spanId);
        }
        Objects.requireNonNull(state, "state");
        flags &= KNOWN_FLAGS;
    }

    /**
     * Reads a context. What does not keep to the rules is no context, as Trace Context demands; where only {@code tracestate} breaks them,
     * the context is without state.
     *
     * @param traceparent value of {@code traceparent}; null = none.
     * @param tracestate  value of {@code tracestate}, several joined by commas; null = none.
     * @return the context, or null if there is none.
     */
    public static TraceContext parse(String traceparent, String tracestate) {
        if (traceparent == null || traceparent.length() < LENGTH || !hasKnownForm(traceparent)) {
            return null;
        }
        String traceId = traceparent.substring(3, 35);
        String spanId = traceparent.substring(36, 52);
        String flags = traceparent.substring(53, LENGTH);
        boolean isValid = TRACE_ID.matcher(traceId).matches() && SPAN_ID.matcher(spanId).matches() && HEX_BYTE.matcher(flags).matches();
        return isValid ? new TraceContext(traceId, spanId, Integer.parseInt(flags, 16), stateOf(tracestate)) : null;
    }

    /** Dashes where they belong, and an end behind the flags: of version 00 that of the text, of later ones possibly one more dash. */
    private static boolean hasKnownForm(String text) {
        String version = text.substring(0, 2);
        boolean hasDashes = text.charAt(2) == '-' && text.charAt(35) == '-' && text.charAt(52) == '-';
        boolean hasEnd = text.length() == LENGTH || !version.equals("00") && text.charAt(LENGTH) == '-';
        return hasDashes && hasEnd && !version.equals("ff") && HEX_BYTE.matcher(version).matches();
    }

    /**
     * The context of an upgrade request.
     *
     * @param request the request.
     * @return its context, or null if it has none, more than one, or one that breaks the rules.
     */
    public static TraceContext of(UpgradeRequest request) {
        List<String> parents = request.headers("traceparent");
        return parents.size() == 1 ? parse(parents.get(0), String.join(",", request.headers("tracestate"))) : null;
    }

    private static String stateOf(String text) {
        if (text == null || text.isEmpty()) {
            return "";
        }
        List<String> members = new ArrayList<>();
        Set<String> keys = new HashSet<>();
        for (String part : text.split(",", MAX_MEMBERS * 2)) {
            String member = stripped(part);
            boolean isFine = member.isEmpty() || MEMBER.matcher(member).matches() && keys.add(member.substring(0, member.indexOf('=')));
            if (!isFine || keys.size() > MAX_MEMBERS) {
                return "";
            }
            if (!member.isEmpty()) {
                members.add(member);
            }
        }
        return shortened(members);
    }

    /** Spaces and tabs may stand around a member; a space in front of a value that is no member's end belongs to it. */
    private static String stripped(String part) {
        int start = 0;
        int end = part.length();
        while (start < end && isBlank(part.charAt(start))) {
            start++;
        }
        while (end > start && isBlank(part.charAt(end - 1))) {
            end--;
        }
        return part.substring(start, end);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    /** Whole members are left out where it is too long: long ones first, then from the end. */
    private static String shortened(List<String> members) {
        if (lengthOf(members) > MAX_STATE_LENGTH) {
            members.removeIf(member -> member.length() > LONG_MEMBER);
        }
        while (lengthOf(members) > MAX_STATE_LENGTH) {
            members.remove(members.size() - 1);
        }
        return String.join(",", members);
    }

    private static int lengthOf(List<String> members) {
        return members.stream().mapToInt(member -> member.length() + 1).sum() - 1;
    }

    /** {@return a step below this one, in the same trace, with a random id of its own} */
    public TraceContext child() {
        long id;
        do {
            id = ThreadLocalRandom.current().nextLong();
        } while (id == 0);
        return new TraceContext(traceId, String.format("%016x", id), flags, state);
    }

    /** {@return whether the caller may have recorded it} */
    public boolean isSampled() {
        return (flags & SAMPLED) != 0;
    }

    /** {@return the value of {@code traceparent}, in version 00} */
    public String traceparent() {
        return "00-" + traceId + "-" + spanId + "-0" + flags;
    }

    /** {@return the headers to send with a request that belongs to this step, in order} */
    public Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("traceparent", traceparent());
        if (!state.isEmpty()) {
            headers.put("tracestate", state);
        }
        return headers;
    }
}
