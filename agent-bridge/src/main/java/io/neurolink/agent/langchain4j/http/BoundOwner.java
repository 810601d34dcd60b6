package io.neurolink.agent.langchain4j.http;

/** The owner of the call that this thread is making. */
final class BoundOwner {
    private static final ThreadLocal<StreamOwner> OWNER = new ThreadLocal<>();
    private static final StreamOwner NOBODY = new StreamOwner() {
        @Override
        public void onStream(ModelStream stream) {
            // Nobody will cancel it but the model itself.
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void onStreamEnd(ModelStream stream, Throwable error) {
            // Nobody asked.
        }
    };

    private BoundOwner() {
    }

    static void call(StreamOwner owner, Runnable call) {
        StreamOwner before = OWNER.get();
        OWNER.set(owner);
        try {
            call.run();
        } finally {
            if (before == null) {
                OWNER.remove();
            } else {
                OWNER.set(before);
            }
        }
    }

    static StreamOwner current() {
        StreamOwner owner = OWNER.get();
        return owner == null ? NOBODY : owner;
    }
}
