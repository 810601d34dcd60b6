package io.neurolink.agent.support;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.api.ClusterInfo;
import io.nats.client.api.MessageInfo;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Three {@code nats-server} with JetStream as one cluster. */
public final class NatsTrio implements AutoCloseable {
    private static final int SIZE = 3;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final List<NatsProcess> servers = new ArrayList<>();
    private final List<Integer> monitorPorts = new ArrayList<>();

    /** @param folder for their configurations and files. */
    public static NatsTrio start(Path folder) throws IOException {
        NatsTrio trio = new NatsTrio();
        List<Integer> routePorts = new ArrayList<>();
        for (int i = 0; i < SIZE; i++) {
            routePorts.add(NatsProcess.freePort());
            trio.monitorPorts.add(NatsProcess.freePort());
        }
        String routes = routePorts.stream().map(port -> "\"nats://127.0.0.1:" + port + "\"").collect(Collectors.joining(", "));
        for (int i = 0; i < SIZE; i++) {
            trio.servers.add(NatsProcess.start(folder, "server_name: s" + i, "http: \"127.0.0.1:" + trio.monitorPorts.get(i) + "\"",
                    "jetstream { store_dir: \"" + folder.resolve("js" + i) + "\" }",
                    "cluster { name: c, listen: \"127.0.0.1:" + routePorts.get(i) + "\", routes: [" + routes + "] }"));
        }
        return trio;
    }

    private NatsTrio() {
        // By start.
    }

    public int size() {
        return SIZE;
    }

    public NatsProcess get(int index) {
        return servers.get(index);
    }

    /** @return their addresses, separated by commas. */
    public String urls() {
        return servers.stream().map(NatsProcess::url).collect(Collectors.joining(","));
    }

    /** What can be done by one who is connected. */
    public interface Task<T> {
        T run(JetStreamManagement management) throws IOException, JetStreamApiException;
    }

    /** Connects, does something, and disconnects. */
    public <T> T with(Task<T> task) throws IOException, JetStreamApiException, InterruptedException {
        Connection connection = Nats.connect(urls());
        try {
            return task.run(connection.jetStreamManagement());
        } finally {
            connection.close();
        }
    }

    /** @return whether all three have everything of a stream. */
    public boolean areAllCurrent(String stream) throws InterruptedException {
        try {
            ClusterInfo cluster = with(management -> management.getStreamInfo(stream).getClusterInfo());
            return cluster.getLeader() != null && cluster.getReplicas().size() == SIZE - 1
                    && cluster.getReplicas().stream().allMatch(replica -> replica.isCurrent() && !replica.isOffline());
        } catch (IOException | JetStreamApiException notYet) {
            return false;
        }
    }

    /** @return the messages of a subject, as the stream's leader has them: position and what {@code describe} makes of each. */
    public List<String> messages(String stream, String subject, Function<byte[], String> describe) throws InterruptedException {
        List<String> found = new ArrayList<>();
        try {
            with(management -> {
                MessageInfo next = management.getNextMessage(stream, 1, subject);
                while (next != null) {
                    found.add(next.getSeq() + " " + describe.apply(next.getData()));
                    next = management.getNextMessage(stream, next.getSeq() + 1, subject);
                }
                return null;
            });
        } catch (IOException | JetStreamApiException e) {
            found.add(e.getMessage());
        }
        return found;
    }

    /** @return what each server says that it has in its streams. */
    public List<String> states() throws InterruptedException {
        List<String> states = new ArrayList<>();
        for (int port : monitorPorts) {
            try {
                String all = get(port, "/jsz?streams=1&accounts=1").replaceAll("\\s+", " ");
                states.add(all.substring(Math.max(0, all.indexOf("\"state\""))));
            } catch (IOException e) {
                states.add(e.toString());
            }
        }
        return states;
    }

    private static String get(int port, String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + port + path);
        return HTTP.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString()).body();
    }

    /** @return how often a text occurs in the list of all subscriptions of clients. */
    public long countInSubscriptions(String text) throws IOException, InterruptedException {
        long count = 0;
        for (int port : monitorPorts) {
            String all = get(port, "/connz?subs=1&limit=1000");
            count += IntStream.range(0, all.length()).filter(at -> all.startsWith(text, at)).count();
        }
        return count;
    }

    @Override
    public void close() {
        servers.forEach(NatsProcess::close);
    }
}
