package io.neurolink.agent.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.store.memory.chat.InMemoryChatMemoryStore;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ConversationMemoryTest {
    private static final AuthenticatedUser ANN = AuthenticatedUser.of("ann");
    private static final AuthenticatedUser BOB = AuthenticatedUser.of("bob");

    private final ManualTime time = new ManualTime();

    private static List<ChatMessage> turn(String question, String answer) {
        return List.of(UserMessage.from(question), AiMessage.from(answer));
    }

    @Test
    void shouldKeepUsersAndSessionsApart() {
        ConversationMemory memory = ConversationMemory.create();
        memory.append(ANN, "s", false, turn("q", "a"));
        memory.append(ANN, "s", false, turn("q2", "a2"));
        assertEquals(4, memory.history(ANN, "s").size());
        assertEquals(List.of(), memory.history(ANN, "t"));
        assertEquals(List.of(), memory.history(BOB, "s"));
        assertEquals(List.of(), memory.history(null, "s"));
        memory.append(ANN, "s", true, turn("new", "start"));
        assertEquals(turn("new", "start"), memory.history(ANN, "s"));
    }

    @Test
    void shouldKeepTheLastMessagesOnly() {
        ConversationMemory memory = ConversationMemory.builder().maxMessages(2).build();
        memory.append(null, "s", false, turn("q1", "a1"));
        memory.append(null, "s", false, turn("q2", "a2"));
        assertEquals(turn("q2", "a2"), memory.history(null, "s"));
    }

    @Test
    void shouldForgetWhatWasUsedLongestAgo() {
        ConversationMemory memory = ConversationMemory.builder().maxSessions(2).build();
        memory.append(null, "a", false, turn("q", "a"));
        memory.append(null, "b", false, turn("q", "b"));
        memory.history(null, "a");
        memory.append(null, "c", false, turn("q", "c"));
        assertEquals(List.of(2, 0, 2), List.of(memory.history(null, "a").size(), memory.history(null, "b").size(),
                memory.history(null, "c").size()));
        assertEquals(2, memory.sessionCount());
    }

    @Test
    void shouldLetOneUserForgetOnlyHisOwn() {
        ConversationMemory memory = ConversationMemory.builder().maxSessionsOfUser(2).build();
        memory.append(BOB, "s", false, turn("q", "a"));
        for (int i = 0; i < 10; i++) {
            memory.append(ANN, "s" + i, false, turn("q", "a"));
        }
        assertEquals(3, memory.sessionCount());
        assertEquals(2, memory.history(BOB, "s").size());
        assertEquals(2, memory.history(ANN, "s9").size());
    }

    @Test
    void shouldForgetWhatNobodyUses() {
        ConversationMemory memory = ConversationMemory.builder().timeToLive(Duration.ofMinutes(1)).nanoClock(time::nanoTime).build();
        memory.append(ANN, "old", false, turn("q", "a"));
        time.advance(Duration.ofSeconds(59));
        memory.append(ANN, "young", false, turn("q", "a"));
        time.advance(Duration.ofSeconds(1));
        assertEquals(0, memory.history(ANN, "old").size());
        assertEquals(2, memory.history(ANN, "young").size());
        assertEquals(1, memory.sessionCount());
    }

    @Test
    void shouldBoundTheBytesOfAll() {
        ConversationMemory memory = ConversationMemory.builder().maxBytes(10_000).build();
        for (int i = 0; i < 100; i++) {
            memory.append(ANN, "s" + i, false, turn("q".repeat(500), "a".repeat(500)));
            assertTrue(memory.bytes() <= 10_000, "bytes " + memory.bytes());
        }
        assertTrue(memory.sessionCount() >= 3);
        memory.append(ANN, "huge", false, turn("q".repeat(20_000), "a"));
        assertEquals(0, memory.bytes());
        assertEquals(0, memory.sessionCount());
    }

    @Test
    void shouldFindAgainInAStoreWhatItForgot() {
        var store = new InMemoryChatMemoryStore();
        ConversationMemory memory = ConversationMemory.builder().maxSessions(1).provider(id ->
                MessageWindowChatMemory.builder().id(id).maxMessages(10).chatMemoryStore(store).build()).build();
        memory.append(ANN, "a", false, turn("q", "a"));
        memory.append(ANN, "b", false, turn("q", "b"));
        assertEquals(turn("q", "a"), memory.history(ANN, "a"));
        assertTrue(memory.isBlocking());
    }

    @Test
    void shouldKeepTurnsWholeWhenRunsOverlap() {
        ConversationMemory memory = ConversationMemory.builder().maxMessages(10_000).build();
        var threads = Executors.newFixedThreadPool(4);
        try {
            List<CompletableFuture<Void>> all = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                String number = String.valueOf(i);
                all.add(CompletableFuture.runAsync(() -> memory.append(ANN, "s", false, turn("q" + number, "a" + number)), threads));
            }
            CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).join();
        } finally {
            threads.shutdown();
        }
        List<ChatMessage> history = memory.history(ANN, "s");
        assertEquals(800, history.size());
        IntStream.range(0, 400).forEach(i -> assertEquals(((UserMessage) history.get(2 * i)).singleText().substring(1),
                ((AiMessage) history.get(2 * i + 1)).text().substring(1)));
    }

    @Test
    void shouldRefuseBoundsThatAreNone() {
        assertThrows(IllegalArgumentException.class, () -> ConversationMemory.builder().maxMessages(0));
        assertThrows(IllegalArgumentException.class, () -> ConversationMemory.builder().maxBytes(-1));
        assertThrows(IllegalArgumentException.class, () -> ConversationMemory.builder().timeToLive(Duration.ZERO));
    }
}
