package io.neurolink.engine.socket;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a server takes of the process and must give back: its threads, descriptors of sockets and selectors, direct memory.
 *
 * @param threads     names of the engine's threads
 * @param descriptors open descriptors of sockets, selectors and their wake-ups; 0 where the system does not list them
 * @param directBytes direct memory of buffers
 */
public record Resources(List<String> threads, long descriptors, long directBytes) {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    /** Direct memory that the rest of the process, the client included, may come to hold meanwhile. */
    private static final long DIRECT_SLACK_BYTES = 2 * 1024 * 1024;

    /** The JDK keeps a socket of its own from the first one on. */
    static {
        try {
            ServerSocketChannel.open().close();
            SocketChannel.open().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Resources now() {
        return new Resources(engineThreads(), countDescriptors(), countDirectBytes());
    }

    /** Those of clients are watched by {@link TestClient}. */
    private static List<String> engineThreads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName)
                .filter(name -> name.startsWith("neurolink-") && !name.startsWith(TestClient.THREADS)).sorted().toList();
    }

    private static long countDescriptors() {
        if (!Files.isDirectory(DESCRIPTORS)) {
            return 0;
        }
        try (Stream<Path> all = Files.list(DESCRIPTORS)) {
            return all.map(Resources::target).filter(target -> target.startsWith("socket:") || target.startsWith("anon_inode:")).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Descriptors come and go while they are listed, the one of the listing itself first of all. */
    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException gone) {
            return "gone";
        }
    }

    private static long countDirectBytes() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream().filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed).sum();
    }

    /** What has been given up may take a moment to be gone: threads in their last instructions, sockets of clients. */
    public void assertBack() {
        Await.until(() -> "threads: " + engineThreads() + ", before: " + threads, () -> engineThreads().size() <= threads.size());
        Await.until(() -> "descriptors: " + countDescriptors() + ", before: " + descriptors, () -> countDescriptors() <= descriptors);
    }

    /** Direct memory is free when the collector has seen that nobody holds its buffers. */
    public void assertMemoryBack() {
        Await.until(() -> "direct memory: " + countDirectBytes() + ", before: " + directBytes, () -> {
            System.gc();
            return countDirectBytes() <= directBytes + DIRECT_SLACK_BYTES;
        });
    }
}
