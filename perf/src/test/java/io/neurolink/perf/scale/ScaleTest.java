package io.neurolink.perf.scale;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The plan of clusters: its formulas, the simulations beside them, and the command. */
class ScaleTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        return new CommandLine(new ScaleCommand()).setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(args);
    }

    private static <T> T parsed(T options, String... args) {
        new CommandLine(new Holder<>(options)).parseArgs(args);
        return options;
    }

    /** A command around options. */
    @CommandLine.Command
    private static final class Holder<T> {
        @CommandLine.Mixin
        private final T options;

        Holder(T options) {
            this.options = options;
        }
    }

    // ------------------------------------------------------------------ steady load

    @Test
    void shouldKnowHowManyNodesATopicReaches() {
        assertEquals(0, ClusterModel.reach(10, 0));
        assertEquals(1, ClusterModel.reach(10, 1), 1e-12);
        assertEquals(1.9, ClusterModel.reach(10, 2), 1e-12);
        assertEquals(1, ClusterModel.reach(1, 50), 1e-12);
        assertEquals(10, ClusterModel.reach(10, 1000), 1e-9);
    }

    @Test
    void shouldGiveNothingToTheBusWhereThereIsOneNode() {
        ClusterModel.Expected expected = new ClusterModel(1, parsed(new Load()), parsed(new Costs())).expected();
        assertEquals(0, expected.bus());
        assertEquals(0, expected.busIn());
        assertEquals(0, expected.busOut());
        assertTrue(expected.busy() > 0.1 && expected.busy() < 0.2, () -> "busy " + expected.busy());
    }

    /** By hand: two nodes, one broadcast a second, nothing else. */
    @Test
    void shouldCountABroadcastOncePerNode() {
        Load load = parsed(new Load(), "--connections", "1000", "--loops", "1", "--messages", "0", "--runs", "0", "--topics-per-node", "0",
                "--broadcasts", "1");
        ClusterModel.Expected expected = new ClusterModel(2, load, parsed(new Costs())).expected();
        assertEquals(1, expected.busIn(), 1e-12);
        assertEquals(1, expected.busOut(), 1e-12);
        assertEquals(1000 * 5.7e-6, expected.fanOut(), 1e-12);
        assertEquals((32e-6 + 17e-6) / 2, expected.bus(), 1e-12);
    }

    @ParameterizedTest
    @CsvSource({"1, 0.5, 20, 1", "2, 0.1, 1, 5", "7, 0, 3, 0.5", "40, 2, 200, 0.2", "150, 0.2, 20, 1"})
    void shouldAgreeWithTheSimulation(int nodes, String messages, String subscribers, String broadcasts) {
        Load load = parsed(new Load(), "--connections", "2000", "--messages", messages, "--subscribers", subscribers, "--broadcasts",
                broadcasts, "--followed", "0.3");
        Costs costs = parsed(new Costs());
        ClusterModel.Expected expected = new ClusterModel(nodes, load, costs).expected();
        ClusterSimulation.Seen seen = new ClusterSimulation(nodes, load, costs, 42).run(20);

        assertEquals(expected.busy(), seen.busy(), 0.02 * expected.busy());
        assertEquals(expected.busIn(), seen.busIn(), 0.02 * expected.busIn());
        assertEquals(expected.busOut(), seen.busOut(), 0.05 * expected.busOut());
        assertTrue(seen.busiest() >= seen.busy());
    }

    /** With nothing to wait for, a message takes the bus and its own work; a busy node makes it wait. */
    @Test
    void shouldShowThatBusyNodesDeliverLater() {
        String[] quiet = {"--connections", "100", "--loops", "1", "--messages", "0", "--runs", "0", "--topics-per-node", "0",
            "--broadcasts", "20"};
        ClusterSimulation.Seen calm = new ClusterSimulation(3, parsed(new Load(), quiet), parsed(new Costs()), 1).run(20);
        assertEquals(32 + 570, calm.delay().getMinValue() / 1e3, 1);
        assertEquals(32 + 500 + 17 + 570, calm.delay().getValueAtPercentile(50) / 1e3, 5);
        quiet[5] = "550";
        Load busy = parsed(new Load(), quiet);
        ClusterSimulation.Seen late = new ClusterSimulation(3, busy, parsed(new Costs()), 1).run(20);

        assertTrue(late.busy() > 0.9, () -> "busy " + late.busy());
        assertTrue(late.delay().getValueAtPercentile(99) > 1.3 * calm.delay().getValueAtPercentile(99));
    }

    @Test
    void shouldDrawTheSameWithTheSameSeed() {
        Load load = parsed(new Load(), "--connections", "500");
        Costs costs = parsed(new Costs());
        ClusterSimulation.Seen once = new ClusterSimulation(5, load, costs, 9).run(3);
        ClusterSimulation.Seen again = new ClusterSimulation(5, load, costs, 9).run(3);
        assertEquals(once.busy(), again.busy());
        assertEquals(once.delay(), again.delay());
    }

    // ------------------------------------------------------------------ deploys

    @ParameterizedTest
    @EnumSource(Balancing.class)
    void shouldMoveEveryClientAndLoseNone(Balancing balancing) {
        for (int nodes = 2; nodes <= 30; nodes += 4) {
            for (int atOnce = 1; atOnce < nodes; atOnce += 3) {
                RollingDeploy.Result result = new RollingDeploy(nodes, atOnce, 2000, 10, balancing, 3).run();
                String name = nodes + " nodes, " + atOnce + " at once";
                assertEquals(nodes * 2000L, result.connections(), name);
                double moves = RollingDeploy.expectedMoves(nodes, atOnce, balancing);
                assertEquals(moves, result.movesPerClient(), 0.05 * moves, name);
                double most = RollingDeploy.expectedMostHeld(nodes, atOnce, balancing);
                assertTrue(result.mostHeld() <= 1.2 * most, () -> name + ": most " + result.mostHeld() + ", expected " + most);
            }
        }
    }

    /** The reason to balance by connections: lots make the last node hold e times its share. */
    @Test
    void shouldShowWhatDrawingLotsLeadsTo() {
        RollingDeploy.Result lots = new RollingDeploy(200, 1, 1000, 10, Balancing.RANDOM, 3).run();
        RollingDeploy.Result least = new RollingDeploy(200, 1, 1000, 10, Balancing.LEAST, 3).run();
        assertEquals(Math.E, lots.mostHeld(), 0.2);
        assertEquals(Math.E - 1, lots.movesPerClient(), 0.05);
        assertEquals(1, least.mostHeld(), 0.01);
        assertEquals(1, least.movesPerClient(), 0.01);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 6})
    void shouldNotDrainAllAtOnce(int atOnce) {
        assertThrows(IllegalArgumentException.class, () -> new RollingDeploy(5, atOnce, 10, 1, Balancing.LEAST, 1));
    }

    // ------------------------------------------------------------------ losses

    @Test
    void shouldBringEverybodyBackWithinTheFirstPauseWhereNodesKeepUp() {
        NodeLoss.Result result = new NodeLoss(10, 2, 1000, 20e-6, 1, 10, 5).run();
        assertEquals(2000, result.back().getTotalCount());
        assertEquals(0, result.retries());
        assertTrue(result.back().getMaxValue() < 1.1e9);
        assertEquals(NodeLoss.expectedRate(10, 2, 1000, 1), result.peakHandshakes(), 60);
    }

    @Test
    void shouldGiveUpAndComeBackWhereNodesDoNotKeepUp() {
        NodeLoss.Result result = new NodeLoss(2, 1, 10_000, 2e-3, 1, 5, 5).run();
        assertEquals(10_000, result.back().getTotalCount());
        assertTrue(result.retries() > 0);
        assertTrue(result.back().getMaxValue() > 20e9, () -> "back after " + result.back().getMaxValue());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 4})
    void shouldNotLoseAllNodes(int lost) {
        assertThrows(IllegalArgumentException.class, () -> new NodeLoss(3, lost, 10, 1e-5, 1, 1, 1));
    }

    // ------------------------------------------------------------------ the command

    @Test
    void shouldPrintAndWriteWhatItFound(@TempDir Path folder) throws Exception {
        Path json = folder.resolve("scale.json");
        assertEquals(0, run("--nodes", "1,3,10", "--connections", "2000", "--duration", "20", "--json", json.toString()), out::toString);
        String text = out.toString();
        assertTrue(text.contains("Rolling deploy"), text);
        String figures = Files.readString(json);
        for (String name : new String[] {"busySimulated", "delayP99Ms", "leastMoves", "randomMostHeld", "backP99Ms"}) {
            assertTrue(figures.contains('"' + name + '"'), name);
        }
    }

    @Test
    void shouldSayWhatIsTooMuch() {
        assertEquals(0, run("--nodes", "2", "--connections", "50000", "--messages", "100", "--duration", "1"), out::toString);
        assertTrue(out.toString().contains("too much for it"), out.toString());
    }

    @Test
    void shouldEndWithOneWhereModelAndSimulationDisagree() {
        assertEquals(1, run("--nodes", "3", "--connections", "100", "--duration", "1", "--tolerance", "0.000001"));
        assertTrue(out.toString().contains("3 nodes, busy: the model says"), out.toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--nodes 0|--nodes must be between 1 and 10000",
        "--connections 0|--connections and --loops must be at least 1",
        "--followed 1.5|--followed must be between 0 and 1",
        "--runs -1|rates and numbers must not be negative",
        "--cost-token 0|costs must be positive",
        "--lost 1|--lost and --at-once must be between 0 and 1",
        "--pause 0|--duration, --drain-window, --pause, --patience and --tolerance must be positive"})
    void shouldNameWhatIsWrong(String args, String message) {
        assertEquals(2, run(args.split(" ")));
        assertTrue(err.toString().contains(message), err.toString());
    }
}
