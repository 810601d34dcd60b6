package io.neurolink.perf.rig;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Echoes at a fixed rate. */
@Command(name = "latency", sortOptions = false, mixinStandardHelpOptions = true,
        description = "An open loop: messages at a fixed rate, and times from when each should have been sent, so that no stall is"
                + " overlooked. Ends with 1 if the rate is missed, or any answer is wrong or missing.")
public final class LatencyCommand implements Callable<Integer> {
    private static final double MIN_RATE = 0.1;
    private static final double MAX_RATE = 1e7;
    private static final int MAX_BATCH = 64;

    @Option(names = "--connections", paramLabel = "N", defaultValue = "50", description = "Connections. Default: ${DEFAULT-VALUE}.")
    private int connections;

    @Option(names = "--rate", paramLabel = "N", defaultValue = "10000",
            description = "Messages a second, evenly over all connections. Default: ${DEFAULT-VALUE}.")
    private double rate;

    @Mixin
    private MessageOptions messages;

    @Mixin
    private RigOptions options;

    @Override
    public Integer call() throws Exception {
        messages.check(options);
        Session.checkDescriptors(options, "--connections", connections);
        if (!(rate >= MIN_RATE && rate <= MAX_RATE)) {
            throw options.wrong("--rate must be 0.1 to 10000000 messages a second, not " + rate);
        }
        try (Session session = Session.open(options, Session.arguments(messages.size(), messages.compression()));
                Client client = new Client(messages.load(session, MAX_BATCH))) {
            OpenLoop workload = new OpenLoop(client, connections, rate);
            Run run = new Run(client, workload, messages.timing(), new CpuMeter(session.serverPid()), options.progress());
            run.run();
            var setup = messages.setup("latency", session, connections, 0, rate);
            return RigReport.write(run.result(setup, workload.sendLag(), Map.of()), options);
        }
    }
}
