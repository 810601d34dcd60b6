package io.neurolink.agent.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.envelope.EnvelopeException;
import io.neurolink.agent.envelope.EnvelopeReader;
import io.neurolink.agent.support.ProtocolSchema;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Holds the conversations of docs/agent-protocol.md to the schema: what the client says keeps to it unless the server complains about it
 * (a payload can be wrong for other reasons too); what the server says keeps to it wherever no value is left out.
 */
class ConversationsTest {
    private static final Pattern CONVERSATION =
            Pattern.compile("^```conversation ?(\\w*)\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);
    private static final List<String> COMPLAINTS = List.of("INVALID_JSON", "TYPE_REQUIRED", "UNKNOWN_TYPE");

    private final EnvelopeReader reader = new EnvelopeReader(1 << 20, 32, 10_000);

    @TestFactory
    List<DynamicTest> shouldKeepToTheSchema() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        Matcher conversations = CONVERSATION.matcher(Files.readString(ProtocolSchema.FOLDER.resolveSibling("agent-protocol.md")));
        while (conversations.find()) {
            List<String> lines = conversations.group(2).lines().filter(line -> line.startsWith("→ ") || line.startsWith("← ")).toList();
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                String answer = i + 1 < lines.size() ? lines.get(i + 1) : "";
                tests.add(DynamicTest.dynamicTest(line, () -> check(line, answer)));
            }
        }
        assertTrue(tests.size() > 30, "the document has conversations");
        return tests;
    }

    private void check(String line, String answer) {
        String text = line.substring(2);
        if (line.startsWith("→ ")) {
            String violations = violations(ProtocolSchema.CLIENT, text);
            if (COMPLAINTS.stream().anyMatch(code -> answer.contains("\"" + code + "\""))) {
                assertTrue(!violations.isEmpty(), "the server refuses what the schema allows");
            } else if (!answer.contains("\"INVALID_PAYLOAD\"")) {
                assertEquals("", violations);
            }
        } else if (!text.contains("\"…\"")) {
            assertEquals("", violations(ProtocolSchema.SERVER, text));
        }
    }

    private String violations(ProtocolSchema side, String text) {
        try {
            return side.violations(reader.readValue(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))));
        } catch (EnvelopeException e) {
            return e.getMessage();
        }
    }
}
