package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.loop.AccessEntry;
import io.neurolink.engine.spi.ConnectionTraffic;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessLinesTest {
    private static final long TIME_MS = 1_700_000_000_123L;
    private static final InetSocketAddress CLIENT = address("203.0.113.7");

    private static InetSocketAddress address(String ip) {
        try {
            return new InetSocketAddress(InetAddress.getByName(ip), 4711);
        } catch (java.net.UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static AccessEntry.End end(String reason) {
        return new AccessEntry.End(TIME_MS, 61_234_000_000L, CLIENT, "/ws", "c-1", "ada", "agent.v1", new ConnectionTraffic(3, 4, 50, 60),
                1000, reason, null);
    }

    private static String logfmt(AccessEntry entry) {
        return new AccessLines(AccessLog.Format.LOGFMT).lineOf(entry);
    }

    private static String json(AccessEntry entry) {
        return new AccessLines(AccessLog.Format.JSON).lineOf(entry);
    }

    @Test
    void shouldWriteTheEndOfAConnection() {
        assertEquals("time=2023-11-14T22:13:20.123Z event=close remote=203.0.113.7 port=4711 path=/ws connection=c-1 user=ada"
                + " subprotocol=agent.v1 durationMs=61234 messagesIn=3 messagesOut=4 bytesIn=50 bytesOut=60 code=1000 reason=\"so long\"",
                logfmt(end("so long")));
        assertEquals("{\"time\":\"2023-11-14T22:13:20.123Z\",\"event\":\"close\",\"remote\":\"203.0.113.7\",\"port\":4711,\"path\":\"/ws\","
                + "\"connection\":\"c-1\",\"user\":\"ada\",\"subprotocol\":\"agent.v1\",\"durationMs\":61234,\"messagesIn\":3,"
                + "\"messagesOut\":4,\"bytesIn\":50,\"bytesOut\":60,\"code\":1000,\"reason\":\"bye\"}", json(end("bye")));
    }

    @Test
    void shouldLeaveOutWhatIsNotKnown() {
        AccessEntry entry = new AccessEntry.Request(TIME_MS, 1_234_567, null, false, null, null, 400, 0, 99, "no request", null, null,
                null, null);
        assertEquals("time=2023-11-14T22:13:20.123Z event=request status=400 durationMs=1.235 bytesIn=0 bytesOut=99"
                + " reason=\"no request\"", logfmt(entry));
        assertTrue(logfmt(end("")).endsWith("code=1000"));
        assertTrue(logfmt(end(null)).endsWith("code=1000"));
    }

    @Test
    void shouldWriteARequest() {
        AccessEntry entry = new AccessEntry.Request(TIME_MS, 2_000_000, address("2001:db8::1"), true, "GET", "/ws", 101, 0, 129, null,
                "c-9", "ada", null, "4bf92f3577b34da6a3ce929d0e0e4736");
        assertEquals("time=2023-11-14T22:13:20.123Z event=upgrade remote=2001:db8:0:0:0:0:0:1 port=4711 method=GET path=/ws status=101"
                + " durationMs=2.0 bytesIn=0 bytesOut=129 connection=c-9 user=ada trace=4bf92f3577b34da6a3ce929d0e0e4736",
                logfmt(entry));
    }

    /** Whoever chooses a reason must not be able to write a line of his own, nor a pair. */
    @ParameterizedTest
    @ValueSource(strings = {"a\nb", "a\r\nstatus=200", "a\u0000b", "a\u001b[31mb", "\u0085x", "\u2028x", "\u2029x", "\u202ex", "\u200bx",
        "\ud800x", "x\udc00", "\u007fx", "\u009bx", "x\ud83d"})
    void shouldEscapeWhatIsNotVisible(String reason) {
        for (String line : new String[] {logfmt(end(reason)), json(end(reason))}) {
            assertTrue(line.contains("\\u"), line);
            assertTrue(line.codePoints().noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT
                    || Character.getType(c) == Character.SURROGATE || c == 0x2028 || c == 0x2029), line);
        }
    }

    @Test
    void shouldQuoteWhatCouldPassForAnotherPair() {
        assertTrue(logfmt(end("a=b")).endsWith("reason=\"a=b\""));
        assertTrue(logfmt(end("code=1 reason=x")).endsWith("reason=\"code=1 reason=x\""));
        assertTrue(logfmt(end("\"q\" \\")).endsWith("reason=\"\\\"q\\\" \\\\\""));
        assertTrue(json(end("\"q\" \\")).endsWith("\"reason\":\"\\\"q\\\" \\\\\"}"));
        assertTrue(logfmt(end("grüße 😀")).endsWith("reason=\"grüße 😀\""), "visible letters of all languages stay");
    }

    @Test
    void shouldCutLongValues() {
        String line = json(end("x".repeat(5000)));
        assertTrue(line.contains("x".repeat(2048) + "…"));
        assertFalse(line.contains("x".repeat(2049)));
        assertTrue(json(end("x".repeat(2047) + "😀")).contains("\\ud83d…"), "half of a pair is no letter");
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 1, (1 << 20) + 1})
    void shouldRefuseABadLimit(int lines) {
        assertThrows(IllegalArgumentException.class, () -> AccessLog.json().maxWaiting(lines));
    }

    @ParameterizedTest
    @EnumSource(AccessLog.Format.class)
    void shouldKeepTheFormat(AccessLog.Format format) {
        AccessLog log = (format == AccessLog.Format.JSON ? AccessLog.json() : AccessLog.logfmt()).maxWaiting(2).to(line -> { });
        assertEquals(format, log.format());
        assertTrue(log.isOn());
        assertFalse(AccessLog.off().isOn());
    }
}
