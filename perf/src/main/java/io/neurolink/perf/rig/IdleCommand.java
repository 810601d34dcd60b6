package io.neurolink.perf.rig;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What connections cost that only stay. */
@Command(name = "idle", sortOptions = false, mixinStandardHelpOptions = true,
        description = "Opens connections and looks at the server's memory before, with all open, after one echo on each, and after all are"
                + " closed. Ends with 1 if any connection or echo fails.")
public final class IdleCommand implements Callable<Integer> {
    private static final long DRAIN_NS = TimeUnit.SECONDS.toNanos(30);

    @Option(names = "--connections", paramLabel = "N", defaultValue = "10000", description = "Connections. Default: ${DEFAULT-VALUE}.")
    private int connections;

    @Option(names = "--hold", paramLabel = "TIME", defaultValue = "0", converter = Durations.class,
            description = "How long they stay after their echo, as 60s, for the processor time that they cost meanwhile; with"
                    + " --server-args=\"--ping-interval 30s\" they are pinged. Default: ${DEFAULT-VALUE}.")
    private long holdNs;

    @Mixin
    private RigOptions options;

    @Override
    public Integer call() throws Exception {
        Session.checkDescriptors(options, "--connections", connections);
        try (Session session = Session.open(options, List.of());
                Client client = new Client(session.plainLoad())) {
            MemoryMeter memory = new MemoryMeter(session.serverPid());
            IdleCrowd crowd = new IdleCrowd(client, connections, new IdleCrowd.Times(DRAIN_NS, holdNs), memory::sample,
                    new CpuMeter(session.serverPid()), options.progress());
            crowd.run();
            var setup = new RigResult.Setup("idle", session.target().url(), connections, Session.PLAIN_SIZE, 1, false,
                    session.target().isTls(), "off", 0);
            return RigReport.write(crowd.result(setup), options);
        }
    }
}
