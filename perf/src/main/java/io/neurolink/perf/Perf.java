package io.neurolink.perf;

import io.neurolink.perf.agents.AgentRunsCommand;
import io.neurolink.perf.attack.AttackCommand;
import io.neurolink.perf.attack.NeighbourCommand;
import io.neurolink.perf.check.JmhCheckCommand;
import io.neurolink.perf.cluster.ClusterCommand;
import io.neurolink.perf.compare.CompareCommand;
import io.neurolink.perf.compare.LoadCellsCommand;
import io.neurolink.perf.rig.ConnectCommand;
import io.neurolink.perf.rig.FanoutCommand;
import io.neurolink.perf.rig.IdleCommand;
import io.neurolink.perf.rig.LatencyCommand;
import io.neurolink.perf.rig.ThroughputCommand;
import io.neurolink.perf.scale.ScaleCommand;
import io.neurolink.perf.server.TargetCommand;
import io.neurolink.perf.soak.SoakCommand;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Front door of the perf jar. */
@Command(name = "neurolink-perf", description = "Servers to measure, and what measures them.", mixinStandardHelpOptions = true,
        versionProvider = PerfVersion.class, usageHelpWidth = 110,
        subcommands = {EchoServerCommand.class, ConformanceClientCommand.class, ClientCrowdCommand.class, AttackCommand.class,
            SoakCommand.class, TargetCommand.class, NeighbourCommand.class, LatencyCommand.class, ThroughputCommand.class,
            FanoutCommand.class, ConnectCommand.class, IdleCommand.class, AgentRunsCommand.class, ClusterCommand.class,
            ScaleCommand.class, CompareCommand.class, LoadCellsCommand.class, JmhCommand.class, JmhCheckCommand.class})
public final class Perf implements Runnable {
    private static final int STATUS_FAILED = 1;

    @Spec
    private CommandSpec spec;

    /**
     * Runs a subcommand. The process ends with status 0 if all went well, with 1 if it failed, and with 2 if an option was wrong.
     *
     * @param args the subcommand and its options.
     */
    public static void main(String[] args) {
        int status = commandLine().execute(args);
        if (status != 0) {
            System.exit(status);
        }
    }

    /** @return the parser; it complains in one line. */
    static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new Perf())
                .setExpandAtFiles(false)
                .setParameterExceptionHandler((e, args) -> complain(e.getCommandLine(), e, e.getCommandLine().getCommandSpec()
                        .exitCodeOnInvalidInput()))
                .setExecutionExceptionHandler((e, command, result) -> complain(command, e, STATUS_FAILED));
        commandLine.getSubcommands().get("jmh").setUnmatchedOptionsArePositionalParams(true);
        return commandLine;
    }

    private static int complain(CommandLine commandLine, Exception e, int status) {
        PrintWriter err = commandLine.getErr();
        err.println(commandLine.getCommandSpec().qualifiedName() + ": " + e.getMessage());
        err.flush();
        return status;
    }

    @Override
    public void run() {
        List<String> names = spec.subcommands().entrySet().stream()
                .filter(entry -> !entry.getValue().getCommandSpec().usageMessage().hidden())
                .map(Map.Entry::getKey).toList();
        throw new ParameterException(spec.commandLine(), "which subcommand? There is: " + String.join(", ", names));
    }
}
