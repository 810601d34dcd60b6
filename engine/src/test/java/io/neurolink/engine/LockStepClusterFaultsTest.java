package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * Faults in any order, many times over: nodes cut off and back, killed and started anew, messages of all sizes meanwhile. Nobody ever gets
 * anything twice or out of its publisher's order; a node's own connections miss nothing of it; and when the faults have ended, all is as if
 * there had been none.
 */
@InAllModes
class LockStepClusterFaultsTest extends LockStepCluster {
    private static final int ROUNDS = 6;
    private static final int STEPS = 120;
    private static final int NODES = 3;

    private final Consumer<WebSocketConfig.Builder> limit = config -> config.maxConnectionsPerUser(100);
    private final Node[] current = new Node[NODES];
    private final Map<Node, TestPeer> peers = new HashMap<>();
    private final Map<Node, List<Integer>> sayings = new HashMap<>();
    private int lives;
    private int said;

    @Test
    void shouldKeepItsPromisesWhateverHappens() {
        for (int round = 0; round < ROUNDS; round++) {
            Random random = new Random(1000L * mode.ordinal() + round);
            for (int i = 0; i < NODES; i++) {
                begin(i, Duration.ZERO);
            }
            pass(Duration.ofSeconds(1));
            Node steady = current[0];
            for (int step = 0; step < STEPS; step++) {
                fault(random, 1 + random.nextInt(NODES - 1));
                say(current[random.nextInt(NODES)], random);
            }
            end(steady, "round " + round);
        }
    }

    private void begin(int place, Duration offset) {
        Node node = start(new Node(hub.newBus()), "n" + place, limit, cluster -> { }, null, offset);
        current[place] = node;
        TestPeer peer = open(node, "user" + place);
        peers.put(node, peer);
        lives++;
    }

    /** Only for nodes that are not the steady one. */
    private void fault(Random random, int place) {
        Node node = current[place];
        switch (random.nextInt(10)) {
            case 0, 1 -> node.bus.disconnect();
            case 2, 3, 4 -> node.bus.reconnect();
            case 5 -> {
                node.server.killNode(node.bus);
                node.server.end();
                nodes.remove(node);
                Duration age = Duration.ofNanos(current[0].server.clock.nanoTime() - new MovedClock().nanoTime());
                begin(place, age.plusMillis(lives));
            }
            case 6 -> pass(Duration.ofMillis(100L * random.nextInt(20)));
            case 7 -> settle();
            default -> current[random.nextInt(NODES)].server.step();
        }
    }

    private void say(Node node, Random random) {
        // Each life of a node is a publisher of its own.
        sayings.computeIfAbsent(node, same -> new ArrayList<>()).add(said);
        String text = node.manager().cluster().nodeId() + "/" + System.identityHashCode(node) + " " + said++;
        node.manager().broadcast(random.nextInt(5) == 0 ? text + " " + "x".repeat(random.nextInt(20_000)) : text);
    }

    private void end(Node steady, String round) {
        for (Node node : current) {
            node.bus.reconnect();
        }
        pass(Duration.ofSeconds(7));
        for (Node node : current) {
            node.manager().broadcast("last of " + System.identityHashCode(node) + " " + said++);
        }
        settle();
        for (Node node : current) {
            List<String> texts = peers.get(node).texts();
            assertInOrder(texts, round);
            for (Node publisher : current) {
                assertTrue(texts.stream().anyMatch(text -> text.startsWith("last of " + System.identityHashCode(publisher) + " ")), round);
            }
            assertEquals(NODES, node.manager().cluster().getConnectionCount(), round);
            assertEquals(NODES, node.manager().cluster().members().size(), round);
            if (node == steady) {
                assertEquals(saidBy(steady), numbersOf(steady, texts), round + ": its own connection misses nothing");
            }
        }
        nodes.forEach(node -> node.server.end());
        nodes.clear();
    }

    private List<Integer> saidBy(Node publisher) {
        return sayings.getOrDefault(publisher, List.of());
    }

    private static List<Integer> numbersOf(Node publisher, List<String> texts) {
        return texts.stream().filter(text -> text.contains("/" + System.identityHashCode(publisher) + " "))
                .map(text -> Integer.parseInt(text.split(" ")[1])).toList();
    }

    private static void assertInOrder(List<String> texts, String round) {
        Map<String, Integer> last = new HashMap<>();
        for (String text : texts) {
            String[] parts = text.split(" ");
            String publisher = parts[0].equals("last") ? parts[0] + parts[2] : parts[0];
            int number = Integer.parseInt(parts[parts[0].equals("last") ? 3 : 1]);
            Integer before = last.put(publisher, number);
            assertTrue(before == null || before < number, () -> round + ": " + publisher + " said " + number + " after " + before);
        }
    }
}
