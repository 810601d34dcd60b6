package io.neurolink.agent.session;

import io.neurolink.agent.envelope.EnvelopeWriter;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * The events of one run on their way to the viewer. Each gets its {@code seq} here, when it is added, whether or not it can leave; chunks
 * that cannot leave are joined into one, which has the {@code seq} of its last part and their number as {@code n}.
 *
 * <pre>
 *   added      a1 a2 a3 | t4 | b5 b6      a, b: text   t: a tool event
 *   waiting    [a3 n=3] [t4] [b6 n=2]     while the socket is busy
 * </pre>
 *
 * A surrogate pair is never cut: a high surrogate at the very end stays here until the next part comes. Not safe for use by several
 * threads.
 */
final class RunOutbox {
    /** What became of the events that were waiting. */
    enum Flush {
        /** None is left, or only half a surrogate pair. */
        DONE,
        /** The socket is busy; {@code onWritable} will tell. */
        BUSY,
        /** The connection is gone. */
        CLOSED,
        /** The first one can never leave: it has no JSON form or is larger than what may be buffered. */
        UNSENDABLE
    }

    /** Kind of the chunks of an answer, which is not written because it is the default. */
    static final String TEXT = "text";
    /** Kind of the chunks of what a model thinks. */
    static final String REASONING = "reasoning";

    private final String requestId;
    private final WebSocketConnection connection;
    private final Recycler<EnvelopeWriter> writers;
    private final ArrayDeque<Item> items = new ArrayDeque<>();
    private Chunk spare = new Chunk();
    private long lastSeq;
    private long lastSentSeq;
    private String unsendableReason;

    RunOutbox(String requestId, WebSocketConnection connection, Recycler<EnvelopeWriter> writers) {
        this.requestId = requestId;
        this.connection = connection;
        this.writers = writers;
    }

    /** Adds {@code accepted}, which comes before the first event and has seq 0. */
    void addAccepted(Consumer<EnvelopeWriter> fields) {
        items.addLast(new Event("accepted", 0, fields));
    }

    /** Adds an event that is not a chunk; what came before leaves before it. */
    void add(String type, Consumer<EnvelopeWriter> fields) {
        sealTail();
        items.addLast(new Event(type, ++lastSeq, fields));
    }

    /** Adds a part of a text, which joins the chunk before it if that is still here. */
    void addChunk(String kind, String text) {
        Chunk chunk = items.peekLast() instanceof Chunk tail && tail.kind.equals(kind) ? tail : newChunk(kind);
        chunk.text.append(text);
        chunk.parts++;
        chunk.seq = ++lastSeq;
    }

    private Chunk newChunk(String kind) {
        sealTail();
        Chunk chunk = spare == null ? new Chunk() : spare;
        spare = null;
        chunk.kind = kind;
        items.addLast(chunk);
        return chunk;
    }

    /** Half a surrogate pair that stayed behind will not be completed any more: it becomes a part of its own. */
    private void sealTail() {
        if (items.peekLast() instanceof Chunk tail && tail.parts == 0) {
            tail.parts = 1;
            tail.seq = ++lastSeq;
        }
    }

    /** @return whether the agent may produce more: nothing waits but a chunk shorter than the limit. */
    boolean hasRoom(int maxJoinedChars) {
        return items.isEmpty() || items.size() == 1 && items.peekFirst() instanceof Chunk chunk
                && (chunk.text.length() < maxJoinedChars || isHalfPairOnly(chunk));
    }

    boolean isEmpty() {
        return items.isEmpty();
    }

    /** Gives up what waits and can never leave, so that the next event follows without a gap on the last one sent. */
    void discard() {
        items.clear();
        lastSeq = lastSentSeq;
    }

    String unsendableReason() {
        return unsendableReason;
    }

    /** Sends what the connection takes. */
    Flush flush() {
        if (items.isEmpty()) {
            return Flush.DONE;
        }
        EnvelopeWriter writer = writers.borrow();
        try {
            return flush(writer);
        } finally {
            writers.giveBack(writer);
        }
    }

    private Flush flush(EnvelopeWriter writer) {
        while (!items.isEmpty()) {
            Item item = items.peekFirst();
            if (item instanceof Chunk chunk && isHalfPairOnly(chunk)) {
                return Flush.DONE;
            }
            if (!connection.isOpen()) {
                return Flush.CLOSED;
            }
            if (!connection.isWritable()) {
                return Flush.BUSY;
            }
            Flush result = send(item, writer);
            if (result != Flush.DONE) {
                return result;
            }
            sent(item);
        }
        return Flush.DONE;
    }

    private Flush send(Item item, EnvelopeWriter writer) {
        SendResult result;
        try {
            item.writeTo(writer, this);
            result = connection.sendText(writer.end());
        } catch (RuntimeException e) {
            unsendableReason = e.getMessage();
            return Flush.UNSENDABLE;
        }
        return switch (result) {
            case ACCEPTED -> Flush.DONE;
            case BACK_PRESSURED -> Flush.BUSY;
            case DROPPED -> afterDrop();
            case CLOSED -> Flush.CLOSED;
        };
    }

    private Flush afterDrop() {
        if (!connection.isWritable()) {
            return Flush.BUSY;
        }
        unsendableReason = "event is larger than what the connection may buffer";
        return Flush.UNSENDABLE;
    }

    private void sent(Item item) {
        lastSentSeq = Math.max(lastSentSeq, item.seq);
        if (item instanceof Chunk chunk && isOpenEnded(chunk)) {
            chunk.keepLastChar();
            return;
        }
        items.removeFirst();
        if (item instanceof Chunk chunk) {
            chunk.clear();
            spare = chunk;
        }
    }

    private boolean isHalfPairOnly(Chunk chunk) {
        return isOpenEnded(chunk) && chunk.text.length() == 1;
    }

    /** @return whether the chunk ends with a high surrogate whose other half may still come. */
    private boolean isOpenEnded(Chunk chunk) {
        int length = chunk.text.length();
        return items.peekLast() == chunk && length > 0 && Character.isHighSurrogate(chunk.text.charAt(length - 1));
    }

    private abstract static class Item {
        long seq;

        abstract void writeTo(EnvelopeWriter writer, RunOutbox outbox);
    }

    private static final class Event extends Item {
        private final String type;
        private final Consumer<EnvelopeWriter> fields;

        Event(String type, long seq, Consumer<EnvelopeWriter> fields) {
            this.type = type;
            this.seq = seq;
            this.fields = fields;
        }

        @Override
        void writeTo(EnvelopeWriter writer, RunOutbox outbox) {
            writer.begin(type).string("requestId", outbox.requestId).number("seq", seq);
            fields.accept(writer);
        }
    }

    private static final class Chunk extends Item {
        private static final int RETAINED_CAPACITY = 4096;

        private StringBuilder text = new StringBuilder();
        private String kind;
        private int parts;

        @Override
        void writeTo(EnvelopeWriter writer, RunOutbox outbox) {
            int length = outbox.isOpenEnded(this) ? text.length() - 1 : text.length();
            writer.begin("chunk").string("requestId", outbox.requestId).number("seq", seq)
                    .string("content", length == text.length() ? text : text.substring(0, length));
            if (!kind.equals(TEXT)) {
                writer.string("kind", kind);
            }
            if (parts > 1) {
                writer.number("n", parts);
            }
        }

        void keepLastChar() {
            text.delete(0, text.length() - 1);
            parts = 0;
        }

        void clear() {
            if (text.capacity() > RETAINED_CAPACITY) {
                text = new StringBuilder();
            }
            text.setLength(0);
            parts = 0;
        }
    }
}
