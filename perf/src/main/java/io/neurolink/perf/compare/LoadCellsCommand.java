package io.neurolink.perf.compare;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Runs one load after another in the same process, so that only the first is cold. */
@Command(name = "load-cells", hidden = true, description = "Reads subcommands from standard input, one a line, and runs them.")
public final class LoadCellsCommand implements Callable<Integer> {
    /** Begins the line after the last of an answer; the exit status follows. */
    static final String END = "=== ";

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String line = in.readLine();
        while (line != null) {
            StringWriter answer = new StringWriter();
            int status = run(line, answer);
            out.print(answer);
            out.print("\n" + END + status + "\n");
            out.flush();
            line = in.readLine();
        }
        return 0;
    }

    private int run(String line, StringWriter answer) {
        PrintWriter writer = new PrintWriter(answer, true);
        CommandLine program = spec.commandLine().getParent();
        PrintWriter out = program.getOut();
        PrintWriter err = program.getErr();
        try {
            return program.setOut(writer).setErr(writer).execute(line.split(" "));
        } finally {
            program.setOut(out).setErr(err);
            writer.flush();
        }
    }
}
