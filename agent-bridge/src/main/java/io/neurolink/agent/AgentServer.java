package io.neurolink.agent;

/** x. */
public final class AgentServer {
    private AgentServer() {
    }

    /**
     * x.
     *
     * @param args x.
     * @throws Exception x.
     */
    public static void main(String[] args) throws Exception {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            System.out.println("bye");
            Runtime.getRuntime().halt(0);
        }));
        System.out.println("listening on ws://localhost:3000 " + String.join("|", args));
        new java.util.concurrent.CountDownLatch(1).await();
    }
}
