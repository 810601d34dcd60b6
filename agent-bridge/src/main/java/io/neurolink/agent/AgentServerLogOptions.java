package io.neurolink.agent;

import io.neurolink.engine.AccessLog;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options of the access log. */
final class AgentServerLogOptions {
    private static final String STDOUT = "-";

    @Option(names = "--access-log", paramLabel = "FILE", order = 28,
            description = "Write a line for every request and upgrade, and for the end of every connection, to this file; - for stdout."
                    + " Default: none.")
    String target;

    @Option(names = "--access-log-format", paramLabel = "FORMAT", defaultValue = "logfmt", order = 28, converter = FormatConverter.class,
            description = "Form of these lines: logfmt (key=value) or json. Default: ${DEFAULT-VALUE}.")
    AccessLog.Format format;

    /** Form of a line, as {@code logfmt}. */
    static final class FormatConverter implements ITypeConverter<AccessLog.Format> {
        @Override
        public AccessLog.Format convert(String value) {
            return switch (value) {
                case "logfmt" -> AccessLog.Format.LOGFMT;
                case "json" -> AccessLog.Format.JSON;
                default -> throw new TypeConversionException("must be one of logfmt, json, not '" + value + "'");
            };
        }
    }

    /**
     * @return what the engine wants.
     * @throws IllegalArgumentException if the file cannot be written; the message names option and file.
     */
    AccessLog accessLog() {
        if (target == null) {
            return AccessLog.off();
        }
        AccessLog log = format == AccessLog.Format.JSON ? AccessLog.json() : AccessLog.logfmt();
        if (target.equals(STDOUT)) {
            return log.to(System.out::println);
        }
        try {
            return log.toFile(Path.of(target));
        } catch (IOException | InvalidPathException e) {
            throw new IllegalArgumentException("--access-log: cannot write to " + target + ": " + causeOf(e), e);
        }
    }

    private static String causeOf(Exception e) {
        if (e instanceof NoSuchFileException) {
            return "its directory does not exist";
        }
        return e instanceof FileSystemException system && system.getReason() != null ? system.getReason() : e.getClass().getSimpleName();
    }
}
