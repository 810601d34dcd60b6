package io.neurolink.agent.langchain4j.http;

import java.util.Map;
import java.util.Objects;

/**
 * On whose behalf a model is called. LangChain4j's interfaces carry no such thing from the model down to the HTTP client, so it is bound
 * to the thread for as long as the call takes; what the model opens meanwhile belongs to the owner.
 */
public interface StreamOwner {
    /**
     * A stream is about to be opened. Called by the thread that calls the model; may cancel the stream, which then never begins.
     *
     * @param stream the stream; to be cancelled from any thread at any time.
     */
    void onStream(ModelStream stream);

    /**
     * Whether more may be read from the provider. Asked after all events of what was read have been handed to the model, by the thread that
     * did so; must not block. An owner that says no calls {@link ModelStream#resume()} later.
     *
     * @return whether to read on.
     */
    boolean isReady();

    /**
     * A stream that was not cancelled has ended, and the model was told so. Last call for this stream; must not block.
     *
     * @param stream the stream.
     * @param error  why it ended early, or null.
     */
    void onStreamEnd(ModelStream stream, Throwable error);

    /**
     * Headers to send with each request, in addition to those of the model, which count more where both have one.
     *
     * @return values by name; none where nothing else is said.
     */
    default Map<String, String> headers() {
        return Map.of();
    }

    /**
     * Calls a model with an owner bound to this thread.
     *
     * @param owner whose streams they are.
     * @param call  calls the model.
     */
    static void call(StreamOwner owner, Runnable call) {
        BoundOwner.call(Objects.requireNonNull(owner, "owner"), call);
    }
}
