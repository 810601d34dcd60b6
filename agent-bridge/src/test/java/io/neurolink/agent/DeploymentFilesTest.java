package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.support.DeploymentFiles;
import io.neurolink.engine.DrainOptions;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What docs/operations says to systemd, Docker and Kubernetes is something that the server understands, and fits together. */
class DeploymentFilesTest {
    private static AgentServerOptions parse(List<String> args) throws BadOptionException {
        return new AgentServerCommandLine(Map.of()).parse(args.toArray(String[]::new));
    }

    private static Duration longest(AgentServerOptions options) {
        DrainOptions drain = AgentServerWiring.drainOptions(options);
        return drain.longest();
    }

    private static <T> T pod(String path, Class<T> type) throws IOException {
        return DeploymentFiles.at(DeploymentFiles.kubernetes("Deployment"), "spec.template.spec." + path, type);
    }

    private static AgentServerOptions kubernetesOptions() throws Exception {
        @SuppressWarnings("unchecked")
        List<String> args = pod("containers.0.args", List.class);
        return parse(args);
    }

    // ------------------------------------------------------------------ Kubernetes

    @Test
    void shouldGiveAPodTheTimeThatADrainTakes() throws Exception {
        AgentServerOptions options = kubernetesOptions();
        int graceSeconds = pod("terminationGracePeriodSeconds", Integer.class);
        assertTrue(Duration.ofSeconds(graceSeconds).compareTo(longest(options).plusSeconds(5)) >= 0, longest(options)::toString);
        int period = pod("containers.0.readinessProbe.periodSeconds", Integer.class);
        int failures = pod("containers.0.readinessProbe.failureThreshold", Integer.class);
        assertTrue(options.drainDelayMs >= (period * failures + 1) * 1000, "time to notice that a pod is not ready");
    }

    @ParameterizedTest
    @ValueSource(strings = {"readinessProbe", "livenessProbe", "startupProbe"})
    void shouldProbeWhatTheServerAnswers(String probe) throws Exception {
        String path = pod("containers.0." + probe + ".httpGet.path", String.class);
        assertEquals("http", pod("containers.0." + probe + ".httpGet.port", String.class));
        try (RunningServer server = RunningServer.start()) {
            URI uri = URI.create("http://localhost:" + server.port() + path);
            assertEquals(200, ((HttpURLConnection) uri.toURL().openConnection()).getResponseCode());
        }
    }

    @Test
    void shouldAimEverythingAtTheSamePods() throws Exception {
        Map<?, ?> deployment = DeploymentFiles.kubernetes("Deployment");
        Map<?, ?> labels = DeploymentFiles.at(deployment, "spec.template.metadata.labels", Map.class);
        assertEquals(labels, DeploymentFiles.at(deployment, "spec.selector.matchLabels", Map.class));
        assertEquals(labels, DeploymentFiles.at(DeploymentFiles.kubernetes("Service"), "spec.selector", Map.class));
        assertEquals(labels, DeploymentFiles.at(DeploymentFiles.kubernetes("PodDisruptionBudget"), "spec.selector.matchLabels", Map.class));
        assertEquals("http", DeploymentFiles.at(DeploymentFiles.kubernetes("Service"), "spec.ports.0.targetPort", String.class));
        assertEquals("http", pod("containers.0.ports.0.name", String.class));
        assertEquals("apps/v1", deployment.get("apiVersion"));
        assertEquals("policy/v1", DeploymentFiles.kubernetes("PodDisruptionBudget").get("apiVersion"));
        assertTrue(DeploymentFiles.text("container/Dockerfile").contains(
                "NEUROLINK_PORT=" + pod("containers.0.ports.0.containerPort", Integer.class)));
    }

    @Test
    void shouldAskForNoPrivileges() throws Exception {
        assertEquals(true, pod("securityContext.runAsNonRoot", Boolean.class));
        assertEquals("RuntimeDefault", pod("securityContext.seccompProfile.type", String.class));
        assertEquals(false, pod("automountServiceAccountToken", Boolean.class));
        assertEquals(false, pod("containers.0.securityContext.allowPrivilegeEscalation", Boolean.class));
        assertEquals(true, pod("containers.0.securityContext.readOnlyRootFilesystem", Boolean.class));
        assertEquals(List.of("ALL"), pod("containers.0.securityContext.capabilities.drop", List.class));
        String user = pod("securityContext.runAsUser", Integer.class) + ":" + pod("securityContext.runAsGroup", Integer.class);
        assertTrue(DeploymentFiles.text("container/Dockerfile").contains("\nUSER " + user + "\n"));
        assertEquals(DeploymentFiles.<Object>at(DeploymentFiles.kubernetes("Deployment"),
                        "spec.template.spec.containers.0.resources.limits.memory", Object.class),
                pod("containers.0.resources.requests.memory", Object.class), "a pod that may use more than it asked for is evicted first");
    }

    // ------------------------------------------------------------------ Docker

    @Test
    void shouldStartJavaAsTheFirstProcess() throws Exception {
        List<String> entrypoint = DeploymentFiles.dockerArray("ENTRYPOINT");
        assertEquals("java", entrypoint.get(0));
        String jar = entrypoint.get(entrypoint.size() - 1);
        assertTrue(DeploymentFiles.text("container/Dockerfile").contains(" " + jar + "\n"), "the jar is copied to where it is started");
        String environment = DeploymentFiles.text("container/Dockerfile").lines().filter(line -> line.startsWith("ENV ")).findFirst()
                .orElseThrow();
        assertEquals(Set.of("NEUROLINK_HOST=0.0.0.0", "NEUROLINK_PORT=3000"), Set.of(environment.substring(4).split(" ")));
        AgentServerOptions options = new AgentServerCommandLine(Map.of("NEUROLINK_HOST", "0.0.0.0", "NEUROLINK_PORT", "3000")).parse();
        assertEquals("0.0.0.0:3000", options.host + ":" + options.port);
    }

    // ------------------------------------------------------------------ systemd

    @Test
    void shouldGiveTheServiceTheTimeThatADrainTakes() throws Exception {
        List<String> command = Arrays.asList(DeploymentFiles.unit("ExecStart").get(0).split(" "));
        AgentServerOptions options = parse(command.subList(3, command.size()));
        assertTrue(options.inheritSocket);
        assertEquals("socket", DeploymentFiles.unit("StandardInput").get(0));
        int stopSeconds = Integer.parseInt(DeploymentFiles.unit("TimeoutStopSec").get(0));
        assertTrue(Duration.ofSeconds(stopSeconds).compareTo(longest(options).plusSeconds(5)) >= 0, longest(options)::toString);
        assertFalse(DeploymentFiles.text("systemd/neurolink.socket").contains("Accept=yes"));
    }

    // ------------------------------------------------------------------ proxies

    /** HAProxy and Caddy look at a route; every time-out is longer than the pings of a server are apart. */
    @ParameterizedTest
    @ValueSource(strings = {"nginx.conf", "haproxy.cfg", "haproxy-passthrough.cfg", "Caddyfile"})
    void shouldFitTheDefaultsOfTheServer(String file) throws Exception {
        String text = DeploymentFiles.text("proxies/" + file);
        AgentServerOptions defaults = parse(List.of());
        assertTrue(file.equals("nginx.conf") || text.contains(defaults.basePath + "/health/ready"));
        String directive = " *(timeout (client|server|tunnel)|proxy_(read|send)_timeout) .*";
        Stream<String> timeouts = text.lines().filter(line -> line.matches(directive));
        List<Integer> seconds = timeouts.map(line -> Integer.valueOf(line.replaceAll("\\D", ""))).toList();
        assertEquals(file.equals("Caddyfile"), seconds.isEmpty());
        seconds.forEach(each -> assertTrue(each * 1000 > 2 * defaults.pingIntervalMs, each + " s"));
    }
}
