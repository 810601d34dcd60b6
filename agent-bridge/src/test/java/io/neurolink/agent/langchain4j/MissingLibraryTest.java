package io.neurolink.agent.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.spi.AgentProvider;
import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.Test;

/** The agent bridge where LangChain4j is not on the class path, as the thin jar is by default. */
class MissingLibraryTest {
    private static URLClassLoader withoutLangChain4j() throws Exception {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<URL> urls = new ArrayList<>();
        for (String entry : classPath.split(File.pathSeparator)) {
            if (!entry.contains("langchain4j") && !entry.contains("jackson") && !entry.contains("slf4j")) {
                urls.add(Path.of(entry).toUri().toURL());
            }
        }
        return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    @Test
    void shouldOfferTheOtherAgentsAndSayWhatIsMissing() throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader loader = withoutLangChain4j()) {
            thread.setContextClassLoader(loader);
            assertThrows(ClassNotFoundException.class, () -> loader.loadClass("dev.langchain4j.model.chat.StreamingChatModel"));
            Class<?> provider = loader.loadClass(AgentProvider.class.getName());
            assertEquals(4, ((List<?>) provider.getMethod("all").invoke(null)).size());
            Class<?> settings = loader.loadClass("io.neurolink.agent.spi.AgentSettings");
            Object values = settings.getConstructor(Map.class, ScheduledExecutorService.class, java.util.function.UnaryOperator.class)
                    .newInstance(Map.of(), java.lang.reflect.Proxy.newProxyInstance(loader, new Class<?>[] {ScheduledExecutorService.class},
                            (proxy, method, args) -> null), (java.util.function.UnaryOperator<String>) name -> "some-key");
            for (String name : List.of("openai", "anthropic", "ollama")) {
                Object found = provider.getMethod("named", String.class).invoke(null, name);
                Throwable error = assertThrows(InvocationTargetException.class,
                        () -> provider.getMethod("create", settings).invoke(found, values)).getCause();
                assertInstanceOf(IllegalArgumentException.class, error);
                assertTrue(error.getMessage().contains("dev.langchain4j:langchain4j-"), error.getMessage());
            }
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
