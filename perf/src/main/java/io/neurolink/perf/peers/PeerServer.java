package io.neurolink.perf.peers;

import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.ParameterException;

/**
 * A server of this package that accepts connections.
 *
 * @param port    where
 * @param closing ends it, once, and returns when its port is free
 */
record PeerServer(int port, Closing closing) implements AutoCloseable {
    private static final int STATUS_FAILED = 1;
    private static final int STATUS_BAD_OPTION = 2;

    /** Ends a server. */
    interface Closing {
        /** Returns when the port is free. */
        void close() throws Exception;
    }

    /** Starts a server. */
    interface Starter {
        /** Returns when it accepts connections. */
        PeerServer start(PeerOptions options) throws Exception;
    }

    @Override
    public void close() {
        try {
            closing.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            throw new IllegalStateException("the server does not end: " + e.getMessage(), e);
        }
    }

    /** Starts a server as a program: one line on standard output when it listens, a clean end on SIGTERM. */
    static void run(Starter starter, String... args) throws InterruptedException {
        try {
            PeerOptions options = PeerOptions.parse(args);
            PeerServer server = starter.start(options);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(server), "peer-end"));
            System.out.println("listening on " + (options.isTls() ? "wss://" : "ws://") + PeerOptions.HOST + ":" + server.port);
        } catch (ParameterException e) {
            fail(e, STATUS_BAD_OPTION);
        } catch (Exception e) {
            fail(e, STATUS_FAILED);
        }
        new CountDownLatch(1).await();
    }

    private static void end(PeerServer server) {
        int status = 0;
        try {
            server.close();
        } catch (IllegalStateException e) {
            status = STATUS_FAILED;
        }
        // Without it the JVM would end with 143, and threads of some libraries live on.
        Runtime.getRuntime().halt(status);
    }

    private static void fail(Exception e, int status) {
        System.err.println(e.getMessage() == null ? e.toString() : e.getMessage());
        Runtime.getRuntime().halt(status);
    }
}
