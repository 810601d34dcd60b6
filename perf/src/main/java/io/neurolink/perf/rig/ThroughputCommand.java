package io.neurolink.perf.rig;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Echoes as fast as they come. */
@Command(name = "throughput", sortOptions = false, mixinStandardHelpOptions = true,
        description = "A closed loop: each connection has so many messages in flight, and an answer makes room for the next."
                + " Ends with 1 if any answer is wrong or missing.")
public final class ThroughputCommand implements Callable<Integer> {
    @Option(names = "--connections", paramLabel = "N", defaultValue = "50", description = "Connections. Default: ${DEFAULT-VALUE}.")
    private int connections;

    @Option(names = "--in-flight", paramLabel = "N", defaultValue = "1",
            description = "Messages in flight on each connection. Default: ${DEFAULT-VALUE}.")
    private int inFlight;

    @Mixin
    private MessageOptions messages;

    @Mixin
    private RigOptions options;

    @Override
    public Integer call() throws Exception {
        messages.check(options);
        Session.checkDescriptors(options, "--connections", connections);
        options.checkRange("--in-flight", inFlight, 1, 1_000_000);
        try (Session session = Session.open(options, Session.arguments(messages.size(), messages.compression()));
                Client client = new Client(messages.load(session, inFlight))) {
            ClosedLoop workload = new ClosedLoop(client, connections, inFlight);
            Run run = new Run(client, workload, messages.timing(), new CpuMeter(session.serverPid()), options.progress());
            run.run();
            var setup = messages.setup("throughput", session, connections, inFlight, 0);
            return RigReport.write(run.result(setup, null, Map.of()), options);
        }
    }
}
