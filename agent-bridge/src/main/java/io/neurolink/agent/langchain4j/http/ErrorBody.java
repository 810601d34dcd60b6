package io.neurolink.agent.langchain4j.http;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;

/** The beginning of what comes with a status that is not a success; the stream fails with it when it is complete. */
final class ErrorBody implements StreamBody.Sink {
    private static final int MAX_BYTES = 64 * 1024;

    private final ModelStream stream;
    private final ResponseInfo response;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();

    ErrorBody(ModelStream stream, ResponseInfo response) {
        this.stream = stream;
        this.response = response;
    }

    @Override
    public void bytes(ByteBuffer piece) {
        byte[] bytes = new byte[Math.min(piece.remaining(), MAX_BYTES - body.size())];
        piece.get(bytes);
        body.write(bytes, 0, bytes.length);
        if (body.size() == MAX_BYTES) {
            end();
        }
    }

    @Override
    public void end() {
        long retryAfterMs = RetryAfter.millis(response.headers(), System.currentTimeMillis());
        stream.fail(ProviderErrors.ofStatus(response.statusCode(), body.toByteArray(), retryAfterMs));
    }
}
