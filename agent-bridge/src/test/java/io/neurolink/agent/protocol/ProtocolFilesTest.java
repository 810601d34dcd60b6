package io.neurolink.agent.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.support.ProtocolSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Holds together the schemas of the protocol, what is made of them, and the code. Renews what is made of them where it is told to. */
class ProtocolFilesTest {
    private static final String RENEW = "mvn -q -pl agent-bridge -am test -Dtest=ProtocolFilesTest -Dprotocol.renew=true";
    private static final Path TYPES = Path.of("").toAbsolutePath()
            .resolve("src/main/resources/io/neurolink/agent/web/neurolink-protocol.d.ts");

    @TestFactory
    Stream<DynamicTest> shouldBeMadeOfTheSchemas() {
        Map<Path, String> made = new LinkedHashMap<>();
        made.put(ProtocolSchema.FOLDER.resolve("messages.md"), MessagesPage.write());
        made.put(ProtocolSchema.FOLDER.resolve("asyncapi.json"), AsyncApiDocument.write());
        made.put(TYPES, TypeScriptTypes.write());
        return made.entrySet().stream().map(entry -> DynamicTest.dynamicTest(entry.getKey().getFileName().toString(),
                () -> checkOrRenew(entry.getKey(), entry.getValue())));
    }

    private static void checkOrRenew(Path file, String content) throws IOException {
        if (Boolean.getBoolean("protocol.renew")) {
            Files.writeString(file, content);
        }
        assertEquals(content, Files.exists(file) ? Files.readString(file) : "", file.getFileName() + " is older than the schemas; renew with: " + RENEW);
    }

    @TestFactory
    List<DynamicTest> shouldHaveExamplesThatKeepToTheSchema() {
        List<DynamicTest> tests = new ArrayList<>();
        for (ProtocolSchema side : List.of(ProtocolSchema.SERVER, ProtocolSchema.CLIENT)) {
            side.messages().forEach((type, message) -> ((List<?>) message.get("examples")).forEach(example ->
                    tests.add(DynamicTest.dynamicTest(example.toString(), () -> assertEquals("", side.violations(example))))));
        }
        return tests;
    }

    /** A message of the server with one field more or one fewer of those that are always there is found. */
    @TestFactory
    Stream<DynamicTest> shouldBeStrictAboutTheServer() {
        return ProtocolSchema.SERVER.messages().entrySet().stream().map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> {
            Map<String, Object> example = ProtocolSchema.object(((List<?>) entry.getValue().get("examples")).get(0));
            Map<String, Object> more = new LinkedHashMap<>(example);
            more.put("more", 1L);
            assertNotEquals("", ProtocolSchema.SERVER.violations(more));
            for (Object field : (List<?>) entry.getValue().get("required")) {
                Map<String, Object> less = new LinkedHashMap<>(example);
                less.remove(field);
                assertNotEquals("", ProtocolSchema.SERVER.violations(less), () -> "without " + field);
            }
        }));
    }

    @Test
    void shouldLetClientsSayMore() {
        Map<String, Object> message = Map.of("type", "stream", "more", 1L, "prompt", "p", "payload", Map.of("options", Map.of("own", true)));
        assertEquals("", ProtocolSchema.CLIENT.violations(message));
    }

    @Test
    void shouldKnowTheCodesOfTheServer() {
        Object codes = ProtocolSchema.object(Schemas.COMMON.get("errorCode")).get("enum");
        assertEquals(Arrays.stream(ErrorCode.values()).map(Enum::name).toList(), codes);
    }

    @Test
    void shouldSayWhatIsWrong() {
        String violations = ProtocolSchema.SERVER.violations(Map.of("type", "chunk", "requestId", "r", "seq", 0L, "content", "x"));
        assertEquals(true, violations.startsWith("/seq: "), violations);
        assertNotEquals("", ProtocolSchema.SERVER.violations(Map.of("type", "dance")));
        assertNotEquals("", ProtocolSchema.SERVER.violations("text"));
        assertNotEquals("", ProtocolSchema.SERVER.violations(Map.of("type", "error", "error", "e", "code", "INTERNAL", "retryable", false,
                "requestId", "r")));
    }
}
