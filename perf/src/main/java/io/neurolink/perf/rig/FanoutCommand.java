package io.neurolink.perf.rig;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** One message to many. */
@Command(name = "fanout", sortOptions = false, mixinStandardHelpOptions = true,
        description = "One connection publishes to many; the server must send each message to every connection, as"
                + " echo-server --broadcast does. Ends with 1 if any delivery is wrong or missing.")
public final class FanoutCommand implements Callable<Integer> {
    @Option(names = "--subscribers", paramLabel = "N", defaultValue = "1000",
            description = "Connections that listen; one more publishes. Default: ${DEFAULT-VALUE}.")
    private int subscribers;

    @Option(names = "--outstanding", paramLabel = "N", defaultValue = "1",
            description = "Messages published that not every subscriber has yet. Default: ${DEFAULT-VALUE}.")
    private int outstanding;

    @Mixin
    private MessageOptions messages;

    @Mixin
    private RigOptions options;

    @Override
    public Integer call() throws Exception {
        messages.check(options);
        Session.checkDescriptors(options, "--subscribers", subscribers);
        options.checkRange("--outstanding", outstanding, 1, 1_000_000);
        List<String> arguments = Session.arguments(messages.size(), messages.compression());
        arguments.add("--broadcast");
        try (Session session = Session.open(options, arguments);
                Client client = new Client(messages.load(session, outstanding))) {
            Fanout workload = new Fanout(client, subscribers, outstanding);
            Run run = new Run(client, workload, messages.timing(), new CpuMeter(session.serverPid()), options.progress());
            run.run();
            var setup = messages.setup("fanout", session, subscribers, outstanding, 0);
            return RigReport.write(run.result(setup, null, more(workload)), options);
        }
    }

    private static Map<String, Object> more(Fanout workload) {
        Map<String, Object> more = new LinkedHashMap<>();
        more.put("broadcasts", workload.toLast().getTotalCount());
        more.put("publishToLastNs", Histograms.percentiles(workload.toLast()));
        return more;
    }
}
