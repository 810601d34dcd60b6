package io.neurolink.agent.support;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What one client, or several one after the other, have read of a run of the demo agent: no event is missing and none comes twice. */
public final class WordReader {
    private final StringBuilder text = new StringBuilder();
    private long seq;
    private Map<String, Object> end;

    /** Nothing was read yet. */
    public WordReader() {
        this(0);
    }

    /** @param after seq of the event after which reading begins. */
    public WordReader(long after) {
        seq = after;
    }

    /** @return the text of that many words, without white space around it. */
    public static String words(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(i -> "w" + i).collect(Collectors.joining(" "));
    }

    /** Reads until an event was read, or the run's end. */
    public void read(TestClient client, long throughSeq) throws InterruptedException {
        while (seq < throughSeq && end == null) {
            take(client.next());
        }
    }

    private void take(Map<String, Object> message) {
        assertFalse("resume_failed".equals(message.get("type")), message::toString);
        assertFalse(message.containsKey("inReplyTo"), message::toString);
        Long number = (Long) message.get("seq");
        if (number == null || number == 0) {
            return;
        }
        assertEquals(seq, number - (Long) message.getOrDefault("n", 1L), message::toString);
        seq = number;
        if ("chunk".equals(message.get("type"))) {
            text.append(message.get("content"));
        } else if (!"stream_start".equals(message.get("type"))) {
            end = message;
        }
    }

    /** @return seq of the last event that was read. */
    public long seq() {
        return seq;
    }

    /** @return the terminal event, null if it was not read. */
    public Map<String, Object> end() {
        return end;
    }

    /** @return what was read, without white space around it. */
    public String text() {
        return text.toString().strip();
    }
}
