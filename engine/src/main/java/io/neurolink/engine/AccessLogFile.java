package io.neurolink.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Appends lines to a file, in UTF-8. A file that somebody has moved away or deleted, as log rotation does, is noticed within a second and
 * made anew. One thread at a time.
 */
final class AccessLogFile implements Consumer<String>, AutoCloseable {
    private static final long LOOK_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);

    private final Path path;
    private final LongSupplier nanoTime;
    private FileChannel channel;

    /** What tells this file from another of the same name; null where the system has no such thing. */
    private Object key;
    private long lookedNs;

    AccessLogFile(Path path, LongSupplier nanoTime) throws IOException {
        this.path = path;
        this.nanoTime = nanoTime;
        open();
    }

    private void open() throws IOException {
        channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
        key = keyOf();
        lookedNs = nanoTime.getAsLong();
    }

    private Object keyOf() throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    }

    @Override
    public void accept(String line) {
        try {
            if (nanoTime.getAsLong() - lookedNs >= LOOK_INTERVAL_NS) {
                reopenIfMoved();
            }
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(line + '\n');
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void reopenIfMoved() throws IOException {
        lookedNs = nanoTime.getAsLong();
        if (hasMoved()) {
            channel.close();
            open();
        }
    }

    private boolean hasMoved() throws IOException {
        try {
            Object present = keyOf();
            return present != null && !present.equals(key);
        } catch (NoSuchFileException e) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
