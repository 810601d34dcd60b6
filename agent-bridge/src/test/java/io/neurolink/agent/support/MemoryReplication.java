package io.neurolink.agent.support;

import io.neurolink.agent.spi.RunReplication;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * The logs of runs, and the messages between nodes, in one process and without threads: what a node asks for happens, and is answered, when
 * the test says so. Nodes can be cut off and can die; answers can get lost.
 */
public final class MemoryReplication {
    private static final long FIRST_POSITION = 100;

    private final Map<RunReplication.Key, TreeMap<Long, byte[]>> logs = new HashMap<>();
    private final Map<String, Node> nodes = new HashMap<>();
    private final List<Watching> watchings = new ArrayList<>();
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final List<CompletableFuture<?>> unanswered = new ArrayList<>();
    private long lastPosition = FIRST_POSITION;
    private int lostAnswers;
    private boolean tellsTwice;
    private boolean tellsNothing;
    private int hiddenReads;
    private int skippedReads;
    private int missedFinds;
    private int recordLength = 64 * 1024;

    private record Watching(Node node, RunReplication.Key key, Runnable onChange) implements RunReplication.Watch {
        @Override
        public void close() {
            node.hub().watchings.remove(this);
        }
    }

    /** @return a node of the cluster. */
    public Node node(String name) {
        Node node = new Node(name);
        nodes.put(name, node);
        return node;
    }

    /** Whatever is asked for happens and is answered. @return whether there was anything. */
    public boolean settle() {
        boolean isSomeDone = false;
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
            isSomeDone = true;
        }
        return isSomeDone;
    }

    /** The answers to the next appends do not arrive, although they are done. */
    public void loseAnswers(int count) {
        lostAnswers = count;
    }

    /** Time is up for questions to nodes that are silent. */
    public void timeOut() {
        List<CompletableFuture<?>> all = List.copyOf(unanswered);
        unanswered.clear();
        all.forEach(answer -> tasks.add(() -> answer.completeExceptionally(new IllegalStateException("timeout"))));
    }

    /** Watchers are told of each change twice. */
    public void tellTwice() {
        tellsTwice = true;
    }

    /** Watchers are told of nothing. */
    public void tellNothing() {
        tellsNothing = true;
    }

    /** The next reads do not see the last record yet. */
    public void hideLast(int reads) {
        hiddenReads = reads;
    }

    /** The next reads miss a record that others follow, as if it were not on the server that was asked. */
    public void skipOne(int reads) {
        skippedReads = reads;
    }

    /** The next who look for a run come just before it is appended. */
    public void missFinds(int count) {
        missedFinds = count;
    }

    public void recordLength(int length) {
        recordLength = length;
    }

    /** @return records of all logs. */
    public int recordCount() {
        return logs.values().stream().mapToInt(TreeMap::size).sum();
    }

    /** @return records of all logs of runs with that id. */
    public List<byte[]> records(String requestId) {
        List<byte[]> records = new ArrayList<>();
        logs.forEach((key, log) -> {
            if (key.requestId().equals(requestId)) {
                records.addAll(log.values());
            }
        });
        return records;
    }

    /** Oldest records of a run go, as if there were no place for them. */
    public void dropOldest(String requestId, int count) {
        logs.forEach((key, log) -> {
            for (int i = 0; i < count && key.requestId().equals(requestId) && !log.isEmpty(); i++) {
                log.remove(log.firstKey());
            }
        });
    }

    /** The youngest records of a run are lost, although they were acknowledged; others get their positions. */
    public void dropYoungest(String requestId, int count) {
        logs.forEach((key, log) -> {
            for (int i = 0; i < count && key.requestId().equals(requestId) && !log.isEmpty(); i++) {
                log.remove(log.lastKey());
            }
        });
        lastPosition = logs.values().stream().filter(log -> !log.isEmpty()).mapToLong(TreeMap::lastKey).max().orElse(FIRST_POSITION);
    }

    /** One node's place. */
    public final class Node implements RunReplication {
        private final String name;
        private Listener listener;
        private boolean isConnected = true;
        private boolean isDead;
        private boolean isSilent;
        private boolean isEpochKnown = true;
        private boolean canAppend = true;

        private Node(String name) {
            this.name = name;
        }

        private MemoryReplication hub() {
            return MemoryReplication.this;
        }

        /** The node has not learned the logs' epoch yet. */
        public void knowsEpoch(boolean isKnown) {
            isEpochKnown = isKnown;
        }

        /** The node cannot reach the logs nor other nodes any more. */
        public void cut() {
            isConnected = false;
        }

        /** The same, and it does not know. */
        public void swallow() {
            isSilent = true;
        }

        /** It can again, as if nothing had been. */
        public void spit() {
            isSilent = false;
        }

        /** It can again. */
        public void heal() {
            isConnected = true;
            isSilent = false;
            listener.onConnected();
        }

        /** The node can ask and be asked, and read logs, but not append to them. */
        public void appends(boolean canAppend) {
            this.canAppend = canAppend;
        }

        /** The node is dead: nothing that it asked for is answered. */
        public void kill() {
            isConnected = false;
            isDead = true;
        }

        private <T> CompletionStage<T> later(Supplier<T> action) {
            CompletableFuture<T> stage = new CompletableFuture<>();
            if (!isConnected) {
                stage.completeExceptionally(new Unreachable("no connection"));
                return stage;
            }
            tasks.add(() -> {
                if (!isConnected || isSilent) {
                    fail(stage);
                    return;
                }
                try {
                    T value = action.get();
                    tasks.add(() -> complete(stage, value));
                } catch (RuntimeException e) {
                    // As a stage has it that depends on another one.
                    tasks.add(() -> stage.completeExceptionally(new CompletionException(e)));
                }
            });
            return stage;
        }

        private void fail(CompletableFuture<?> stage) {
            if (!isDead) {
                stage.completeExceptionally(new IllegalStateException("timeout"));
            }
        }

        private <T> void complete(CompletableFuture<T> stage, T value) {
            if (isConnected && !isSilent) {
                stage.complete(value);
            } else {
                fail(stage);
            }
        }

        @Override
        public void start(Listener newListener) {
            listener = newListener;
        }

        @Override
        public String nodeId() {
            return name;
        }

        @Override
        public String epoch() {
            return isEpochKnown ? "logs" : null;
        }

        @Override
        public boolean isConnected() {
            return isConnected;
        }

        @Override
        public int maxRecordLength() {
            return recordLength;
        }

        @Override
        public CompletionStage<Long> append(Key key, long expectedPosition, byte[] record) {
            return later(() -> {
                if (!canAppend) {
                    throw new IllegalStateException("timeout");
                }
                TreeMap<Long, byte[]> log = logs.computeIfAbsent(key, name -> new TreeMap<>());
                if ((log.isEmpty() ? NONE : log.lastKey()) != expectedPosition) {
                    throw new Conflict("not " + expectedPosition);
                }
                if (record.length > recordLength) {
                    throw new IllegalArgumentException("record of " + record.length);
                }
                lastPosition += 3;
                log.put(lastPosition, record);
                changed(key);
                if (lostAnswers > 0) {
                    lostAnswers--;
                    throw new IllegalStateException("timeout");
                }
                return lastPosition;
            });
        }

        private void changed(Key key) {
            for (Watching watching : tellsNothing ? List.<Watching>of() : List.copyOf(watchings)) {
                for (int times = tellsTwice ? 2 : 1; times > 0; times--) {
                    tasks.add(() -> {
                        boolean isHeard = watching.node().isConnected && !watching.node().isSilent;
                        if (isHeard && watching.key().equals(key) && watchings.contains(watching)) {
                            watching.onChange().run();
                        }
                    });
                }
            }
        }

        @Override
        public CompletionStage<Stored> exactNext(Key key, long fromPosition) {
            return later(() -> {
                var entry = logs.getOrDefault(key, new TreeMap<>()).ceilingEntry(fromPosition);
                return entry == null ? null : new Stored(key, entry.getKey(), entry.getValue());
            });
        }

        @Override
        public CompletionStage<Stored> next(Key key, long fromPosition) {
            return later(() -> {
                var entry = logs.getOrDefault(key, new TreeMap<>()).ceilingEntry(fromPosition);
                if (entry != null && skippedReads > 0 && logs.get(key).higherEntry(entry.getKey()) != null) {
                    skippedReads--;
                    entry = logs.get(key).higherEntry(entry.getKey());
                }
                if (entry != null && hiddenReads > 0 && entry.getKey().equals(logs.get(key).lastKey())) {
                    hiddenReads--;
                    return null;
                }
                return entry == null ? null : new Stored(key, entry.getKey(), entry.getValue());
            });
        }

        @Override
        public CompletionStage<Stored> last(Key key) {
            return later(() -> lastNow(key));
        }

        private Stored lastNow(Key key) {
            var entry = logs.getOrDefault(key, new TreeMap<>()).lastEntry();
            return entry == null ? null : new Stored(key, entry.getKey(), entry.getValue());
        }

        @Override
        public CompletionStage<Stored> find(String userId, String requestId) {
            return later(() -> {
                if (missedFinds > 0) {
                    missedFinds--;
                    return null;
                }
                Stored found = null;
                for (Key key : logs.keySet()) {
                    boolean isMeant = key.requestId().equals(requestId) && Objects.equals(key.userId(), userId);
                    Stored last = isMeant ? lastNow(key) : null;
                    found = last != null && (found == null || found.position() < last.position()) ? last : found;
                }
                return found;
            });
        }

        @Override
        public CompletionStage<Boolean> isKnown(String requestId) {
            return later(() -> logs.entrySet().stream()
                    .anyMatch(log -> log.getKey().requestId().equals(requestId) && !log.getValue().isEmpty()));
        }

        @Override
        public Watch watch(Key key, Runnable onChange) {
            Watching watching = new Watching(this, key, onChange);
            watchings.add(watching);
            return watching;
        }

        @Override
        public void trim(Key key, long throughPosition) {
            later(() -> logs.getOrDefault(key, new TreeMap<>()).headMap(throughPosition, true)).thenAccept(Map::clear);
        }

        @Override
        public CompletionStage<byte[]> request(String nodeId, byte[] message) {
            CompletableFuture<byte[]> answer = new CompletableFuture<>();
            later(() -> {
                Node asked = nodes.get(nodeId);
                if (asked == null || !asked.isConnected) {
                    throw new Unreachable("no " + nodeId);
                }
                if (asked.isSilent) {
                    unanswered.add(answer);
                    return true;
                }
                asked.listener.onRequest(message).thenAccept(bytes -> tasks.add(() -> complete(answer, bytes)));
                return true;
            }).whenComplete((isAsked, error) -> {
                if (error != null) {
                    answer.completeExceptionally(error);
                }
            });
            return answer;
        }

        @Override
        public CompletionStage<byte[]> requestAny(byte[] message) {
            CompletableFuture<byte[]> answer = new CompletableFuture<>();
            later(() -> {
                for (Node asked : nodes.values()) {
                    if (asked != this && asked.isConnected && !asked.isSilent) {
                        asked.listener.onRequest(message).thenAccept(bytes -> tasks.add(() -> {
                            if (bytes != null) {
                                complete(answer, bytes);
                            }
                        }));
                    }
                }
                tasks.add(() -> tasks.add(() -> answer.completeExceptionally(new Unreachable("nobody has it"))));
                return true;
            }).whenComplete((isAsked, error) -> {
                if (error != null) {
                    answer.completeExceptionally(error);
                }
            });
            return answer;
        }

        @Override
        public void close() {
            isConnected = false;
        }
    }
}
