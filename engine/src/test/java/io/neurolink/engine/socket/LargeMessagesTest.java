package io.neurolink.engine.socket;

import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.spi.HandlerThreading;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Messages of up to 16 MiB, in up to thousands of fragments and pieces, over real sockets. */
@ParameterizedClass(name = "{0}")
@MethodSource("io.neurolink.engine.socket.Modes#available")
class LargeMessagesTest {
    private static TestServer server;
    private static Resources before;

    @Parameter
    HandlerThreading threading;

    @BeforeParameterizedClassInvocation
    static void start(HandlerThreading threading) throws IOException {
        before = Resources.now();
        WebSocketConfig config = WebSocketConfig.builder().handlerThreading(threading).maxMessageSize(SizeCases.LARGEST)
                .maxFragments(10_000).maxBufferedBytes(2 * SizeCases.LARGEST).build();
        server = TestServer.start(config, TestServer.ECHO);
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        server.close();
        server = null;
        before.assertMemoryBack();
    }

    static Stream<Conversation> sizes() {
        return SizeCases.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("sizes")
    void shouldEcho(Conversation conversation) throws IOException {
        try (RawClient client = server.open()) {
            conversation.run(client);
        }
    }

    @Test
    void shouldRefuseOneByteMoreThanTheLargest() throws IOException {
        try (RawClient client = server.open()) {
            Conversation.of("too big").send(Frames.head(Frames.FIN | Frames.BINARY, SizeCases.LARGEST + 1)).endsWith(1009).run(client);
        }
    }
}
