package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.spi.HandlerThreading;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What RFC 6455 wants of a server, case by case over real sockets, each on a connection of its own, in every way of running handlers. */
@ParameterizedClass(name = "{0}")
@MethodSource("io.neurolink.engine.socket.Modes#available")
class ConformanceTest {
    private static final int MAX_MESSAGE_SIZE = 256 * 1024;
    private static final int MAX_FRAGMENTS = 64;

    private static TestServer server;

    @Parameter
    HandlerThreading threading;

    @BeforeParameterizedClassInvocation
    static void start(HandlerThreading threading) throws IOException {
        WebSocketConfig config = WebSocketConfig.builder().handlerThreading(threading).maxMessageSize(MAX_MESSAGE_SIZE)
                .maxFragments(MAX_FRAGMENTS).closeTimeout(Duration.ofSeconds(30)).build();
        server = TestServer.start(config, TestServer.ECHO);
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        server.close();
    }

    private static void run(Conversation conversation) throws IOException {
        try (RawClient client = server.open()) {
            conversation.run(client);
        }
    }

    static Stream<Conversation> echo() {
        return FramingCases.echo();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("echo")
    void shouldEcho(Conversation conversation) throws IOException {
        run(conversation);
    }

    static Stream<Conversation> pings() {
        return FramingCases.pings();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("pings")
    void shouldAnswerPings(Conversation conversation) throws IOException {
        run(conversation);
    }

    static Stream<Conversation> reservedBits() {
        return FramingCases.reservedBits();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("reservedBits")
    void shouldRefuseReservedBits(Conversation conversation) throws IOException {
        run(conversation);
    }

    static Stream<Conversation> reservedOpcodes() {
        return FramingCases.reservedOpcodes();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("reservedOpcodes")
    void shouldRefuseReservedOpcodes(Conversation conversation) throws IOException {
        run(conversation);
    }

    static Stream<Conversation> masksAndLengths() {
        return FramingCases.masksAndLengths();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("masksAndLengths")
    void shouldInsistOnMasksAndShortestLengths(Conversation conversation) throws IOException {
        run(conversation);
    }

    static Stream<Conversation> limits() {
        return FramingCases.limits(MAX_MESSAGE_SIZE, MAX_FRAGMENTS);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("limits")
    void shouldHoldTheLimits(Conversation conversation) throws IOException {
        run(conversation);
    }

    static Stream<Conversation> orders() {
        return FragmentCases.orders();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("orders")
    void shouldTakeFramesOnlyInOrder(Conversation conversation) throws IOException {
        run(conversation);
    }

    static Stream<Conversation> fragments() {
        return FragmentCases.fragments();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fragments")
    void shouldPutFragmentsTogether(Conversation conversation) throws IOException {
        run(conversation);
    }

    static Stream<Conversation> utf8() {
        return Stream.of(Utf8Cases.valid(), Utf8Cases.invalid(), Utf8Cases.binary()).flatMap(cases -> cases);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("utf8")
    void shouldTakeUtf8AndNothingElseAsText(Conversation conversation) throws IOException {
        run(conversation);
    }

    static Stream<Conversation> closes() {
        return CloseCases.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("closes")
    void shouldAnswerCloses(Conversation conversation) throws IOException {
        run(conversation);
    }

    /** Frames that come with the request are taken, but nothing goes ahead of the answer to the upgrade. */
    @Test
    void shouldAnswerTheUpgradeBeforeFramesThatCameWithIt() throws IOException {
        byte[] ping = {1, 2, 3};
        try (RawClient client = RawClient.connect(server.address())) {
            client.send(Frames.join(RawClient.upgradeRequest("/ws"), Frames.ping(ping), Frames.text("early")));
            client.upgraded(client.readAnswer());
            client.expect(Frame.pong(ping));
            client.expect(Frame.text("early"));
            client.closeNormally();
        }
    }

    /** The table of texts is judged by the JDK, too. */
    @Test
    void shouldAgreeWithTheJdkAboutUtf8() {
        for (String hex : Utf8Cases.VALID) {
            assertEquals(true, isUtf8(Utf8Cases.bytes(hex)), hex);
            assertEquals(-1, Utf8Model.firstWrong(Utf8Cases.bytes(hex)), hex);
            assertEquals(false, Utf8Model.endsWithin(Utf8Cases.bytes(hex)), hex);
        }
        for (String hex : Utf8Cases.INVALID_TEXTS) {
            byte[] text = Utf8Cases.bytes(hex);
            assertEquals(false, isUtf8(text), hex);
            assertEquals(true, Utf8Model.firstWrong(text) >= 0 || Utf8Model.endsWithin(text), hex);
        }
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
