package io.neurolink.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentOptions;
import io.neurolink.agent.spi.AgentRequest;
import io.neurolink.agent.support.EventLog;
import io.neurolink.agent.support.FakeProvider;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs the samples of the guide's chapter on models against a provider of the test's. */
@Timeout(60)
class ModelSamplesTest {
    private static FakeProvider.Script saying(String text) {
        return exchange -> {
            exchange.head("text/event-stream");
            exchange.send("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + text + "\"}}]}\n\n");
            exchange.send("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
            exchange.end();
        };
    }

    @Test
    void shouldAskTheModel() throws Exception {
        try (FakeProvider provider = FakeProvider.start()) {
            provider.answer(saying("sunny"));
            Agent agent = GuideSamples.modelAgent(provider.url(), GuideSamples.weatherAgent().tools().get(0));
            assertEquals("sunny", EventLog.of(agent.run(AgentRequest.of("r", "Rome?"))).text());
            String body = provider.next().body();
            assertTrue(body.contains("about the weather") && body.contains("forecast") && body.contains("Rome?"), body);
        }
    }

    @Test
    void shouldLetClientsChooseOnlyTheLength() throws Exception {
        try (FakeProvider provider = FakeProvider.start()) {
            provider.answer(saying("short"));
            Agent agent = GuideSamples.strictAgent(dev.langchain4j.model.openai.OpenAiStreamingChatModel.builder()
                    .httpClientBuilder(new io.neurolink.agent.langchain4j.http.ModelHttpClientBuilder())
                    .baseUrl(provider.url()).modelName("small").build());
            AgentOptions greedy = new AgentOptions("expensive", null, null, 1_000_000, null, List.of(), null, null, Map.of());
            assertEquals("short", EventLog.of(agent.run(AgentRequest.of("r", "hi").withOptions(greedy))).text());
            String body = provider.next().body();
            assertTrue(body.contains("2000") && body.contains("small") && !body.contains("expensive"), body);
        }
    }
}
