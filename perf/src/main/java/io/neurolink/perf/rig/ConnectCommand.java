package io.neurolink.perf.rig;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Connections made and closed as fast as they come about. */
@Command(name = "connect", sortOptions = false, mixinStandardHelpOptions = true,
        description = "Connects, upgrades and closes in order, in so many slots at once. Ends with 1 if any connection fails.")
public final class ConnectCommand implements Callable<Integer> {
    @Option(names = "--in-flight", paramLabel = "N", defaultValue = "32",
            description = "Connections on their way at once. Default: ${DEFAULT-VALUE}.")
    private int inFlight;

    @Mixin
    private TimeOptions times;

    @Mixin
    private RigOptions options;

    @Override
    public Integer call() throws Exception {
        times.check(options);
        Session.checkDescriptors(options, "--in-flight", inFlight);
        try (Session session = Session.open(options, List.of());
                Client client = new Client(session.plainLoad())) {
            Run run = new Run(client, new ConnectLoop(client, inFlight), times.timing(), new CpuMeter(session.serverPid()),
                    options.progress());
            run.run();
            var setup = new RigResult.Setup("connect", session.target().url(), inFlight, 0, inFlight, false, session.target().isTls(),
                    "off", 0);
            return RigReport.write(run.result(setup, null, Map.of()), options);
        }
    }
}
