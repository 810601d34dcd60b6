package io.neurolink.engine;

import io.neurolink.engine.spi.DrainNotice;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.engine.spi.WebSocketMessageType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Writes down what a handler is told, does what a test wants at each event, and watches that the order of events is kept. */
final class RecordingHandler implements WebSocketHandler {
    private static final int MAX_SHOWN = 64;

    private final Map<WebSocketConnection, List<String>> events = new LinkedHashMap<>();
    private final Set<WebSocketConnection> inside = new HashSet<>();
    private final List<String> faults = new ArrayList<>();
    private Consumer<WebSocketConnection> atOpen = connection -> { };
    private BiConsumer<WebSocketConnection, WebSocketMessage> atMessage = (connection, message) -> { };
    private Consumer<WebSocketConnection> atClose = connection -> { };
    private BiConsumer<WebSocketConnection, Throwable> atError = (connection, error) -> { };
    private Consumer<WebSocketConnection> atWritable = connection -> { };
    private BiConsumer<WebSocketConnection, DrainNotice> atDrain = (connection, notice) -> { };
    private Predicate<WebSocketConnection> busy = connection -> false;

    static RecordingHandler echo() {
        return new RecordingHandler().atMessage(WebSocketConnection::send);
    }

    RecordingHandler atOpen(Consumer<WebSocketConnection> action) {
        atOpen = action;
        return this;
    }

    RecordingHandler atMessage(BiConsumer<WebSocketConnection, WebSocketMessage> action) {
        atMessage = action;
        return this;
    }

    RecordingHandler atClose(Consumer<WebSocketConnection> action) {
        atClose = action;
        return this;
    }

    RecordingHandler atError(BiConsumer<WebSocketConnection, Throwable> action) {
        atError = action;
        return this;
    }

    RecordingHandler atWritable(Consumer<WebSocketConnection> action) {
        atWritable = action;
        return this;
    }

    RecordingHandler atDrain(BiConsumer<WebSocketConnection, DrainNotice> action) {
        atDrain = action;
        return this;
    }

    RecordingHandler busy(Predicate<WebSocketConnection> test) {
        busy = test;
        return this;
    }

    /** The events of all connections, one after the other; most tests have one connection. */
    List<String> events() {
        return events.values().stream().flatMap(List::stream).toList();
    }

    List<String> events(WebSocketConnection connection) {
        return List.copyOf(events.getOrDefault(connection, List.of()));
    }

    /** Only the events that begin like this. */
    List<String> events(String prefix) {
        return events().stream().filter(event -> event.startsWith(prefix)).toList();
    }

    /** All connections so far, in the order of their onOpen. */
    List<WebSocketConnection> connections() {
        return List.copyOf(events.keySet());
    }

    WebSocketConnection connection(int index) {
        return connections().get(index);
    }

    WebSocketConnection connection() {
        return connection(0);
    }

    void clear() {
        events.values().forEach(List::clear);
    }

    /** As if nobody had ever been connected, for tests with thousands of connections. What went wrong is kept. */
    void forget() {
        events.clear();
    }

    /** What went against the promised order. */
    List<String> faults() {
        return faults;
    }

    /** Every connection must have been closed, once, last. */
    List<String> unclosed() {
        return events.values().stream().filter(list -> list.isEmpty() || !list.get(list.size() - 1).startsWith("close"))
                .map(List::toString).toList();
    }

    @Override
    public void onOpen(WebSocketConnection connection) {
        if (events.putIfAbsent(connection, new ArrayList<>()) != null) {
            faults.add("onOpen twice");
        }
        during(connection, "open", () -> atOpen.accept(connection));
    }

    @Override
    public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
        during(connection, describe(message), () -> atMessage.accept(connection, message));
    }

    private static String describe(WebSocketMessage message) {
        String type = message.type() == WebSocketMessageType.CLOSE ? "closing" : message.type().name().toLowerCase(Locale.ROOT);
        if (message.length() > MAX_SHOWN) {
            return type + "[" + message.length() + "]";
        }
        return type + " " + (message.isText() ? message.text() : HexFormat.of().formatHex(message.toByteArray()));
    }

    @Override
    public void onClose(WebSocketConnection connection, int code, String reason) {
        during(connection, ("close " + code + " " + reason).trim(), () -> atClose.accept(connection));
    }

    @Override
    public void onError(WebSocketConnection connection, Throwable error) {
        String event = "error " + error.getClass().getSimpleName() + ": " + error.getMessage();
        during(connection, event, () -> atError.accept(connection, error));
    }

    @Override
    public void onWritable(WebSocketConnection connection) {
        during(connection, "writable", () -> atWritable.accept(connection));
    }

    @Override
    public void onDrain(WebSocketConnection connection, DrainNotice notice) {
        during(connection, "drain " + notice.reconnectAfter().toMillis() + " " + (notice.timeLeft().toNanos() + 999_999) / 1_000_000,
                () -> atDrain.accept(connection, notice));
    }

    @Override
    public boolean isBusy(WebSocketConnection connection) {
        return busy.test(connection);
    }

    private void during(WebSocketConnection connection, String event, Runnable action) {
        List<String> list = events.get(connection);
        if (list == null) {
            faults.add(event + " before open");
            return;
        }
        if (!list.isEmpty() && list.get(list.size() - 1).startsWith("close")) {
            faults.add(event + " after " + list.get(list.size() - 1));
        }
        list.add(event);
        if (!inside.add(connection)) {
            faults.add(event + " inside another callback: " + list);
            action.run();
            return;
        }
        try {
            action.run();
        } finally {
            inside.remove(connection);
        }
    }
}
