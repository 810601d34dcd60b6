package io.neurolink.perf;

import java.net.URI;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs a {@link ConformanceClient}. */
@Command(name = "conformance-client", sortOptions = false, mixinStandardHelpOptions = true,
        description = "Runs the cases of a conformance server against the client: /getCaseCount, /runCase for each, /updateReports.")
final class ConformanceClientCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--url", paramLabel = "URL", required = true, description = "Where the server is: ws://HOST:PORT.")
    private String url;

    @Option(names = "--agent", paramLabel = "NAME", defaultValue = "NeuroLink",
            description = "Name in the report. Default: ${DEFAULT-VALUE}.")
    private String agent;

    @Override
    public Integer call() throws Exception {
        try (ConformanceClient client = new ConformanceClient(address(), agent, spec.commandLine().getOut())) {
            client.run();
        }
        return 0;
    }

    private URI address() {
        try {
            URI uri = URI.create(url);
            String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
            if ((scheme.equals("ws") || scheme.equals("wss")) && uri.getHost() != null && uri.getRawQuery() == null
                    && uri.getRawFragment() == null && uri.getRawUserInfo() == null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--url must be ws://HOST:PORT, not '" + url + "'", e);
        }
        throw new ParameterException(spec.commandLine(), "--url must be ws://HOST:PORT, not '" + url + "'");
    }
}
