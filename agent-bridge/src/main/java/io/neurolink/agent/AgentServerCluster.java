package io.neurolink.agent;

import io.neurolink.agent.nats.NatsClusterBus;
import io.neurolink.agent.nats.NatsRunReplication;
import io.neurolink.agent.spi.RunReplication;
import io.neurolink.engine.ClusterConfig;
import io.neurolink.engine.ClusterView;
import io.neurolink.engine.client.ClientTlsConfig;
import io.neurolink.engine.spi.ClusterMember;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** What the standalone server has to do with a cluster. Without {@code --cluster} nothing here touches NATS. */
final class AgentServerCluster {
    private AgentServerCluster() {
    }

    /** @param complain is told the option and what is wrong with it. */
    static void check(AgentServerOptions options, BiConsumer<String, String> complain) {
        String option = "--cluster";
        try {
            NatsClusterBus.Builder builder = NatsClusterBus.builder(options.cluster);
            if (options.clusterPrefix != null) {
                option = "--cluster-prefix";
                builder.prefix(options.clusterPrefix);
            }
            if (options.clusterCreds != null) {
                option = "--cluster-creds";
                builder.credentials(options.clusterCreds);
            }
            if (options.clusterNode != null) {
                option = "--cluster-node";
                ClusterConfig.builder(builder.build()).nodeId(options.clusterNode);
            }
            NatsRunReplication.Builder runs = NatsRunReplication.builder(builder.build());
            option = "--cluster-run-replicas";
            setReplicas(runs, options);
            option = "--cluster-run-bytes";
            setBytes(runs, options);
            option = "--cluster-run-age";
            setAge(runs, options);
        } catch (IllegalArgumentException | IOException e) {
            complain.accept(option, e.getMessage().replaceFirst("^(prefix|nodeId|replicas|maxBytes|maxAge) ", ""));
        }
    }

    /** @throws IOException if a certificate or key file cannot be used; the message names it. */
    static ClusterConfig config(AgentServerOptions options) throws IOException {
        ClusterConfig.Builder config = ClusterConfig.builder(bus(options));
        if (options.clusterNode != null) {
            config.nodeId(options.clusterNode);
        }
        return config.build();
    }

    /**
     * @return where nodes find each other's runs; null without a cluster.
     * @throws IOException if a certificate or key file cannot be used; the message names it.
     */
    static RunReplication runs(AgentServerOptions options) throws IOException {
        if (options.cluster == null) {
            return null;
        }
        NatsRunReplication.Builder runs = NatsRunReplication.builder(bus(options));
        setReplicas(runs, options);
        setBytes(runs, options);
        setAge(runs, options);
        return runs.build();
    }

    private static void setReplicas(NatsRunReplication.Builder runs, AgentServerOptions options) {
        if (options.clusterRunReplicas != null) {
            runs.replicas(options.clusterRunReplicas);
        }
    }

    private static void setBytes(NatsRunReplication.Builder runs, AgentServerOptions options) {
        if (options.clusterRunBytes != null) {
            runs.maxBytes(options.clusterRunBytes);
        }
    }

    private static void setAge(NatsRunReplication.Builder runs, AgentServerOptions options) {
        if (options.clusterRunAgeMs != null) {
            runs.maxAge(Duration.ofMillis(options.clusterRunAgeMs));
        }
    }

    private static NatsClusterBus bus(AgentServerOptions options) throws IOException {
        NatsClusterBus.Builder bus = NatsClusterBus.builder(options.cluster);
        if (options.clusterPrefix != null) {
            bus.prefix(options.clusterPrefix);
        }
        if (options.clusterCreds != null) {
            bus.credentials(options.clusterCreds);
        }
        if (options.clusterTlsCa != null || options.clusterTlsCert != null) {
            bus.tls(tls(options));
        }
        return bus.build();
    }

    private static ClientTlsConfig tls(AgentServerOptions options) {
        ClientTlsConfig tls = ClientTlsConfig.defaults();
        if (options.clusterTlsCa != null) {
            tls = tls.trusting(options.clusterTlsCa);
        }
        return options.clusterTlsCert == null ? tls : tls.certificate(options.clusterTlsCert, options.clusterTlsKey);
    }

    /** What the health route tells of it. */
    static Map<String, Object> health(ClusterView cluster) {
        var health = new LinkedHashMap<String, Object>();
        health.put("node", cluster.nodeId());
        health.put("connected", cluster.isConnected());
        health.put("connections", cluster.getConnectionCount());
        List<Map<String, Object>> nodes = cluster.members().stream().map(AgentServerCluster::health).toList();
        health.put("nodes", nodes);
        return health;
    }

    private static Map<String, Object> health(ClusterMember member) {
        var health = new LinkedHashMap<String, Object>();
        health.put("node", member.nodeId());
        health.put("connections", member.connections());
        health.put("silentMs", member.silentMs());
        return health;
    }
}
