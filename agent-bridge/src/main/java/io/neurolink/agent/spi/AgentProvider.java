package io.neurolink.agent.spi;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Makes agents of one kind. Found on the class path by {@link ServiceLoader}, chosen by name in the launcher. */
public interface AgentProvider {
    /** {@return the name it is chosen by} Any thread; must not block. */
    String name();

    /**
     * Makes an agent. Called once, on the thread that starts the server; may block.
     *
     * @param settings what the user configured.
     * @return the agent.
     * @throws IllegalArgumentException if a setting is missing or wrong; the message names it.
     */
    Agent create(AgentSettings settings);

    /**
     * Looks for a provider on the class path.
     *
     * @param name name of the provider.
     * @return the provider.
     * @throws IllegalArgumentException if there is none; the message lists those there are.
     */
    static AgentProvider named(String name) {
        List<AgentProvider> all = all();
        for (AgentProvider provider : all) {
            if (provider.name().equals(name)) {
                return provider;
            }
        }
        throw new IllegalArgumentException("unknown agent '" + name + "', there is: "
                + String.join(", ", all.stream().map(AgentProvider::name).sorted().toList()));
    }

    /** {@return every provider on the class path that can be used; one that lacks a class it needs is passed over} */
    static List<AgentProvider> all() {
        List<AgentProvider> all = new ArrayList<>();
        Iterator<AgentProvider> providers = ServiceLoader.load(AgentProvider.class).iterator();
        while (true) {
            try {
                if (!providers.hasNext()) {
                    return all;
                }
                all.add(providers.next());
            } catch (ServiceConfigurationError | LinkageError e) {
                System.getLogger("io.neurolink.agent").log(Level.DEBUG, "an agent provider cannot be used", e);
            }
        }
    }
}
