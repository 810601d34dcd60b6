package io.neurolink.engine.loop;

import io.neurolink.engine.spi.HttpRequest;
import io.neurolink.engine.spi.HttpResponse;
import java.util.concurrent.CompletionStage;

/** Answers plain HTTP requests; called on the cold executor. */
@FunctionalInterface
public interface RequestHandler {
    /**
     * @param request the request.
     * @return completes with the answer.
     */
    CompletionStage<HttpResponse> handle(HttpRequest request);
}
