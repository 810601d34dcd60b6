package io.neurolink.agent;

import io.neurolink.engine.auth.PasswordHash;
import io.neurolink.engine.auth.TokenHash;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Subcommands that make what is stored of a secret. The secret comes on standard input, where no other user of the machine sees it. */
final class AgentServerHash {
    private static final int STATUS_BAD_OPTION = 2;
    /** Fewer may be guessed. */
    private static final int MIN_TOKEN_LENGTH = 16;
    private static final int NEW_TOKEN_BYTES = 32;

    private AgentServerHash() {
    }

    /** @return whether the arguments are those of a subcommand here. */
    static boolean isCommand(String... args) {
        return args.length > 0 && (args[0].equals(HashPassword.NAME) || args[0].equals(HashToken.NAME));
    }

    /**
     * @param in   has the secret in its first line.
     * @param out  gets what is to be stored.
     * @param err  gets complaints.
     * @param args name of the subcommand and its options.
     * @return the exit status.
     */
    static int run(InputStream in, PrintStream out, PrintStream err, String... args) {
        Callable<String> command = args[0].equals(HashPassword.NAME) ? new HashPassword(in) : new HashToken(in);
        CommandLine commandLine = new CommandLine(command).setExpandAtFiles(false);
        try {
            commandLine.parseArgs(Arrays.copyOfRange(args, 1, args.length));
            out.print(commandLine.isUsageHelpRequested() ? commandLine.getUsageMessage() : command.call() + System.lineSeparator());
            out.flush();
            return 0;
        } catch (ParameterException e) {
            // A stray argument may be the secret itself.
            String complaint = e instanceof CommandLine.UnmatchedArgumentException
                    ? "knows no such argument; the secret is read from standard input" : e.getMessage();
            err.println(AgentServerOptions.NAME + ": " + args[0] + ": " + complaint);
            return STATUS_BAD_OPTION;
        } catch (Exception e) {
            err.println(AgentServerOptions.NAME + ": " + args[0] + ": " + e.getMessage());
            return STATUS_BAD_OPTION;
        }
    }

    private static String firstLine(InputStream in) throws IOException {
        String line = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).readLine();
        if (line == null || line.isEmpty()) {
            throw new IOException("the first line of standard input must be the secret");
        }
        return line;
    }

    /** {@code hash-password}. */
    @Command(name = AgentServerOptions.NAME + " " + HashPassword.NAME, sortOptions = false,
            description = "Reads a password, a line on standard input, and prints its hash (PBKDF2 with HMAC-SHA-256) for --basic-user and"
                    + " --credentials-file.")
    private static final class HashPassword implements Callable<String> {
        private static final String NAME = "hash-password";

        private final InputStream in;

        @Option(names = "--iterations", paramLabel = "N", defaultValue = "" + PasswordHash.DEFAULT_ITERATIONS,
                description = "How slow it is to compare with. Default: ${DEFAULT-VALUE}.")
        private int iterations;

        @Option(names = {"-h", "--help"}, usageHelp = true, description = "Print this and end.")
        private boolean help;

        private HashPassword(InputStream in) {
            this.in = in;
        }

        @Override
        public String call() throws IOException {
            return PasswordHash.of(firstLine(in), iterations).encoded();
        }
    }

    /** {@code hash-token}. */
    @Command(name = AgentServerOptions.NAME + " " + HashToken.NAME, sortOptions = false,
            description = "Reads a token or API key, a line on standard input, and prints its hash (SHA-256) for --token and"
                    + " --credentials-file.")
    private static final class HashToken implements Callable<String> {
        private static final String NAME = "hash-token";

        private final InputStream in;

        @Option(names = "--generate", description = "Read nothing; make a token that cannot be guessed, and print it above its hash.")
        private boolean isNew;

        @Option(names = {"-h", "--help"}, usageHelp = true, description = "Print this and end.")
        private boolean help;

        private HashToken(InputStream in) {
            this.in = in;
        }

        @Override
        public String call() throws IOException {
            String token = isNew ? newToken() : firstLine(in);
            if (token.length() < MIN_TOKEN_LENGTH) {
                throw new IOException("a token must have at least " + MIN_TOKEN_LENGTH
                        + " characters, or its hash can be guessed from; use --generate, or " + HashPassword.NAME + " for a password");
            }
            return (isNew ? token + System.lineSeparator() : "") + TokenHash.of(token);
        }

        private static String newToken() {
            byte[] bytes = new byte[NEW_TOKEN_BYTES];
            new SecureRandom().nextBytes(bytes);
            return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        }
    }
}
