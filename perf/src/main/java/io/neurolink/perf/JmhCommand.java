package io.neurolink.perf;

import java.util.List;
import java.util.concurrent.Callable;
import org.openjdk.jmh.Main;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Hands its arguments to JMH. */
@Command(name = "jmh", description = "Runs the micro-benchmarks; takes JMH's own arguments, such as -h, -l or -prof gc.")
final class JmhCommand implements Callable<Integer> {
    @Parameters(paramLabel = "ARG", arity = "0..*", description = "Arguments of JMH.")
    private List<String> arguments = List.of();

    @Override
    public Integer call() throws Exception {
        Main.main(arguments.toArray(String[]::new));
        return 0;
    }
}
