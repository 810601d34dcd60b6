package io.neurolink.agent.langchain4j.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpMethod;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.sse.ServerSentEvent;
import dev.langchain4j.http.client.sse.ServerSentEventContext;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import dev.langchain4j.http.client.sse.ServerSentEventParser;
import io.neurolink.agent.support.FakeProvider;
import io.neurolink.agent.support.FakeProvider.Exchange;
import io.neurolink.agent.support.ManualTime;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ModelHttpClientTest {
    private static final int TIMEOUT_SECONDS = 60;

    private final ManualTime time = new ManualTime();
    private final HttpClient client = new ModelHttpClientBuilder().timeouts(Duration.ofSeconds(10), Duration.ofSeconds(60))
            .limits(10_000, 50_000).scheduler(time).nanoClock(time::nanoTime).build();
    private final Owner owner = new Owner();
    private final Listener listener = new Listener();
    private FakeProvider provider;

    private static final class Owner implements StreamOwner {
        private final CompletableFuture<ModelStream> stream = new CompletableFuture<>();
        private final CompletableFuture<Throwable> end = new CompletableFuture<>();
        private final AtomicBoolean isReady = new AtomicBoolean(true);
        private final BlockingQueue<Boolean> questions = new LinkedBlockingQueue<>();
        private boolean cancelsAtOnce;

        @Override
        public void onStream(ModelStream newStream) {
            stream.complete(newStream);
            if (cancelsAtOnce) {
                newStream.cancel();
            }
        }

        @Override
        public boolean isReady() {
            questions.add(true);
            return isReady.get();
        }

        @Override
        public void onStreamEnd(ModelStream ended, Throwable error) {
            end.complete(error);
        }
    }

    private static final class Listener implements ServerSentEventListener {
        private final BlockingQueue<ServerSentEvent> events = new LinkedBlockingQueue<>();
        private final CompletableFuture<Throwable> error = new CompletableFuture<>();
        private final CompletableFuture<Void> closed = new CompletableFuture<>();

        @Override
        public void onEvent(ServerSentEvent event, ServerSentEventContext context) {
            if (event.data().equals("throw")) {
                throw new IllegalStateException("cannot take it");
            } else if (event.data().equals("cancel")) {
                context.parsingHandle().cancel();
            }
            events.add(event);
        }

        @Override
        public void onError(Throwable failure) {
            error.complete(failure);
        }

        @Override
        public void onClose() {
            closed.complete(null);
        }

        String next() throws InterruptedException {
            ServerSentEvent event = events.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            return event == null ? null : event.data();
        }

        Throwable failure() {
            return error.orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
        }
    }

    @BeforeEach
    void start() throws IOException {
        provider = FakeProvider.start();
    }

    @AfterEach
    void stop() throws IOException {
        provider.close();
    }

    private HttpRequest request() {
        return HttpRequest.builder().method(HttpMethod.POST).url(provider.url(), "x").addHeader("X-Key", "k").body("{}").build();
    }

    private void execute() {
        StreamOwner.call(owner, () -> client.execute(request(), listener));
    }

    private static FakeProvider.Script sending(String... data) {
        return exchange -> {
            exchange.head("text/event-stream");
            for (String each : data) {
                exchange.send("data: " + each + "\n\n");
            }
            exchange.awaitClosed();
        };
    }

    @Test
    void shouldNoticeSilenceBeforeTheHeaders() throws Exception {
        provider.answer(Exchange::awaitClosed);
        execute();
        Exchange exchange = provider.next();
        time.advance(Duration.ofSeconds(59));
        assertFalse(listener.error.isDone());
        time.advance(Duration.ofSeconds(2));
        assertInstanceOf(TimeoutException.class, listener.failure());
        exchange.awaitClosed();
        assertEquals(0, time.armedCount());
    }

    @Test
    void shouldNoticeSilenceInTheMidstButNotCountOurOwnPause() throws Exception {
        provider.answer(sending("one"));
        owner.isReady.set(false);
        execute();
        assertEquals("one", listener.next());
        ModelStream stream = owner.stream.join();
        // Asked twice: after the piece, and once more when it has been paused.
        owner.questions.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        owner.questions.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        assertTrue(stream.isPaused());
        time.advance(Duration.ofHours(1));
        assertFalse(listener.error.isDone());
        owner.isReady.set(true);
        stream.resume();
        time.advance(Duration.ofSeconds(59));
        assertFalse(listener.error.isDone());
        time.advance(Duration.ofSeconds(61));
        assertInstanceOf(TimeoutException.class, listener.failure());
        provider.next().awaitClosed();
    }

    @Test
    void shouldNotSendWhatIsCancelledBeforeItBegins() throws Exception {
        owner.cancelsAtOnce = true;
        execute();
        assertTrue(owner.stream.join().cancel().toCompletableFuture().orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join());
        assertEquals(0, provider.waitingCount());
        assertFalse(listener.error.isDone());
    }

    @Test
    void shouldStopWhenTheListenerThrows() throws Exception {
        provider.answer(sending("throw", "never"));
        execute();
        assertInstanceOf(IllegalStateException.class, listener.failure());
        provider.next().awaitClosed();
        assertTrue(listener.events.isEmpty());
    }

    @Test
    void shouldStopWhenTheListenerCancels() throws Exception {
        provider.answer(sending("cancel", "never"));
        execute();
        assertEquals("cancel", listener.next());
        provider.next().awaitClosed();
        assertFalse(listener.error.isDone() || listener.closed.isDone());
    }

    @Test
    void shouldEndAtTheMarkerAlthoughTheProviderDoesNot() throws Exception {
        provider.answer(sending("one", "[DONE]", "ignored"));
        execute();
        listener.closed.orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
        assertEquals("one", listener.next());
        assertEquals("[DONE]", listener.next());
        assertTrue(owner.stream.join().isDone());
        owner.stream.join().cancel();
        provider.next().awaitClosed();
        assertTrue(listener.events.isEmpty());
    }

    @Test
    void shouldRefuseAnswersWithoutEnd() throws Exception {
        provider.answer(exchange -> {
            exchange.head("text/event-stream");
            while (true) {
                exchange.send(": " + "x".repeat(1000) + "\n");
            }
        });
        execute();
        ProviderException error = assertInstanceOf(ProviderException.class, listener.failure());
        assertTrue(error.getMessage().contains("50000"), error.getMessage());
        provider.next().awaitClosed();
    }

    @Test
    void shouldServeModelsWithAParserOfTheirOwn() throws Exception {
        provider.answer(exchange -> {
            exchange.head("text/plain");
            exchange.send("a\nb\n");
            exchange.end();
        }, exchange -> {
            exchange.head("text/plain");
            exchange.send("a\n");
            exchange.awaitClosed();
        });
        ServerSentEventParser parser = (in, to) -> {
            try (var reader = new BufferedReader(new InputStreamReader(in))) {
                reader.lines().forEach(line -> to.onEvent(new ServerSentEvent(null, line)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
        StreamOwner.call(owner, () -> client.execute(request(), parser, listener));
        assertEquals("a", listener.next());
        assertEquals("b", listener.next());
        listener.closed.orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
        assertFalse(owner.stream.join().isPaced());
        provider.next();
        Owner second = new Owner();
        StreamOwner.call(second, () -> client.execute(request(), parser, listener));
        assertEquals("a", listener.next());
        second.stream.join().cancel();
        provider.next().awaitClosed();
    }

    @Test
    void shouldAnswerWithoutStreamingToo() {
        provider.answer(exchange -> exchange.fail(200, "{\"ok\":true}"), exchange -> exchange.fail(429, "{}", "Retry-After: 3"));
        assertEquals("{\"ok\":true}", client.execute(request()).body());
        assertEquals(3000, assertThrows(ProviderException.class, () -> client.execute(request())).retryAfterMs());
    }
}
