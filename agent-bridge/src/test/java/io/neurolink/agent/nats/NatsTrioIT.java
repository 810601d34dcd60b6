package io.neurolink.agent.nats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.neurolink.agent.spi.RunReplication;
import io.neurolink.agent.spi.RunReplication.Key;
import io.neurolink.agent.spi.RunReplication.Stored;
import io.neurolink.agent.support.Eventually;
import io.neurolink.agent.support.NatsTrio;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Logs of runs on three servers of NATS that are killed and started again. */
@Timeout(300)
@Tag("faults")
class NatsTrioIT {
    private static final Key ANNS = new Key("ann", "r", "");
    private static final Key FORGOTTEN = new Key("ann", "forgotten", "");
    private static final String STREAM = "some=shop_runs";

    @TempDir
    private Path folder;
    private final List<RunReplication> nodes = new ArrayList<>();

    @AfterEach
    void stop() {
        nodes.forEach(RunReplication::close);
    }

    private static final class Nobody implements RunReplication.Listener {
        @Override
        public CompletionStage<byte[]> onRequest(byte[] message) {
            return CompletableFuture.completedStage(null);
        }

        @Override
        public void onConnected() {
            // Nothing to do.
        }
    }

    private RunReplication node(NatsTrio nats) throws IOException {
        RunReplication node = NatsRunReplication.builder(NatsClusterBus.builder(nats.urls()).prefix("some.shop").build())
                .maxBytes(16 * 1024 * 1024).replicas(3).build();
        nodes.add(node);
        node.start(new Nobody());
        Eventually.become(node::isConnected, () -> "no connection");
        return node;
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private static long append(RunReplication node, Key key, long after, int from, int to) throws Exception {
        long position = after;
        for (int i = from; i < to; i++) {
            position = appendSurely(node, key, position, Integer.toString(i).getBytes(StandardCharsets.US_ASCII));
        }
        return position;
    }

    /** As the node of a run does it: what is not known to have arrived is looked for. */
    private static long appendSurely(RunReplication node, Key key, long after, byte[] record) throws Exception {
        while (true) {
            try {
                return get(node.append(key, after, record));
            } catch (ExecutionException notYet) {
                Stored last = surely(() -> node.last(key));
                if (last != null && last.position() > after) {
                    assertArrayEquals(record, last.bytes());
                    return last.position();
                }
            }
        }
    }

    /** Asks again as long as there is no answer: a server of NATS may be slow, or another one than before leads. */
    private static <T> T surely(Supplier<CompletionStage<T>> question) {
        AtomicReference<T> answer = new AtomicReference<>();
        Eventually.become(() -> {
            try {
                answer.set(get(question.get()));
                return true;
            } catch (Exception notYet) {
                return false;
            }
        }, () -> "no answer");
        return answer.get();
    }

    /** A purge that a server does again when it is started must not take other logs along, as it does with old ones. */
    @Test
    void shouldKeepLogsWhileOthersAreForgottenAndEachServerIsStartedAgain() throws Exception {
        try (NatsTrio nats = NatsTrio.start(folder)) {
            RunReplication node = node(nats);
            Eventually.become(() -> isCurrent(nats), () -> "not all three have the stream");
            long position = append(node, ANNS, RunReplication.NONE, 0, 20);
            append(node, FORGOTTEN, RunReplication.NONE, 0, 3);
            node.trim(FORGOTTEN, Long.MAX_VALUE);
            node(nats).close();
            append(node, ANNS, position, 20, 25);
            for (int i = 0; i < nats.size(); i++) {
                nats.get(i).kill();
                nats.get(i).start();
                Eventually.become(() -> isCurrent(nats), () -> "not all three have the stream");
            }
            Eventually.become(node::isConnected, () -> "no connection");
            List<String> found = new ArrayList<>();
            for (Stored next = next(node, 1); next != null; next = next(node, next.position() + 1)) {
                found.add(new String(next.bytes(), StandardCharsets.US_ASCII));
            }
            assertEquals(IntStream.range(0, 25).mapToObj(Integer::toString).toList(), found);
        }
    }

    private static Stored next(RunReplication node, long from) {
        return surely(() -> node.exactNext(ANNS, from));
    }

    private static boolean isCurrent(NatsTrio nats) {
        try {
            return nats.areAllCurrent(STREAM);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
