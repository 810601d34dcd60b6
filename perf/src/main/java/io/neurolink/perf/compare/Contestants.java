package io.neurolink.perf.compare;

import io.neurolink.perf.compare.Workload.Kind;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The servers there are, as far as they can be started here. */
final class Contestants {
    static final String ENGINE = "engine";
    static final String NETTY = "netty";
    static final String NIO_FLOOR = "nio-floor";
    static final String C_FLOOR = "c-floor";
    /** All names, in the order of the report. */
    static final List<String> NAMES = List.of(ENGINE, "engine-spin", NETTY, "netty-epoll", "vertx", "undertow", "jetty", "java-websocket",
            NIO_FLOOR, C_FLOOR);
    /** Those of a short comparison. */
    static final List<String> QUICK = List.of(ENGINE, NETTY, NIO_FLOOR, C_FLOOR);

    private static final String PEERS_PACKAGE = "io.neurolink.perf.peers.";
    private static final Set<Kind> ALL_KINDS = EnumSet.allOf(Kind.class);
    private static final Set<Kind> PLAIN_KINDS = EnumSet.of(Kind.ECHO, Kind.FAN, Kind.IDLE);

    /** From this release on a JVM wants to be told that a library may do what Netty gains its speed by. */
    private static final int FLAGS_FROM_RELEASE = 24;
    private static final List<String> LIBRARY_FLAGS = List.of("--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow");

    private final List<String> java;
    private final List<String> libraryFlags;
    private final String jar;
    private final Path peers;
    private final String engineVersion;
    private final List<String> remarks = new ArrayList<>();

    /**
     * @param java          the Java command with its flags.
     * @param javaRelease   its feature release.
     * @param jar           the class path of this program.
     * @param peers         folder with the other servers' libraries.
     * @param engineVersion what this program is.
     */
    Contestants(List<String> java, int javaRelease, String jar, Path peers, String engineVersion) {
        this.java = List.copyOf(java);
        this.libraryFlags = javaRelease >= FLAGS_FROM_RELEASE ? LIBRARY_FLAGS : List.of();
        this.jar = jar;
        this.peers = peers;
        this.engineVersion = engineVersion;
    }

    /** Lines that say which servers are left out, and why. */
    List<String> remarks() {
        return List.copyOf(remarks);
    }

    /**
     * @param names  those wanted, of {@link #NAMES}.
     * @param folder takes the compiled floor in C.
     * @return those that can be started; {@link #remarks()} has a line for each of the others.
     */
    List<Contestant> find(List<String> names, Path folder) throws IOException {
        List<Contestant> found = new ArrayList<>();
        boolean isPeersThere = Files.isDirectory(peers);
        for (String name : names) {
            if (isLibrary(name) && !isPeersThere) {
                continue;
            }
            Contestant contestant = name.equals(C_FLOOR) ? cFloor(folder) : of(name);
            if (contestant != null) {
                found.add(contestant);
            }
        }
        if (!isPeersThere && names.stream().anyMatch(Contestants::isLibrary)) {
            remarks.add("the other servers' libraries are not there (" + peers + "; 'mvn package' puts them beside the jar): without "
                    + String.join(", ", names.stream().filter(Contestants::isLibrary).toList()));
        }
        return found;
    }

    private static boolean isLibrary(String name) {
        return !name.startsWith(ENGINE) && !name.equals(NIO_FLOOR) && !name.equals(C_FLOOR);
    }

    private Contestant of(String name) throws IOException {
        return switch (name) {
            case ENGINE -> engine(name, "this engine", false, "auto");
            case "engine-spin" -> engine(name, "this engine, spinning", true, "busy-spin");
            case NETTY -> peer(name, "Netty, java.nio", "netty-codec-http", "NettyPeer");
            case "netty-epoll" -> peer(name, "Netty, native epoll", "netty-codec-http", "NettyEpollPeer");
            case "vertx" -> peer(name, "Vert.x", "vertx-core", "VertxPeer");
            case "undertow" -> peer(name, "Undertow", "undertow-core", "UndertowPeer");
            case "jetty" -> peer(name, "Jetty", "jetty-server", "JettyPeer");
            case "java-websocket" -> peer(name, "Java-WebSocket", "Java-WebSocket", "JavaWebSocketPeer");
            case NIO_FLOOR -> new Contestant(name, "floor: bare java.nio, spinning", "", true, true, PLAIN_KINDS,
                    command("-cp", jar, PEERS_PACKAGE + "NioFloor"), List.of());
            default -> throw new IllegalArgumentException("there is no server '" + name + "'");
        };
    }

    private Contestant engine(String name, String title, boolean isSpinning, String idle) {
        return new Contestant(name, title, engineVersion, false, isSpinning, ALL_KINDS,
                command("-cp", jar, "io.neurolink.perf.Perf", "echo-server", "--idle", idle), List.of("--compression", "shared"));
    }

    private Contestant peer(String name, String title, String artifact, String type) throws IOException {
        List<String> rest = new ArrayList<>(libraryFlags);
        rest.addAll(List.of("-cp", jar + File.pathSeparator + peers.resolve("*"), PEERS_PACKAGE + type));
        return new Contestant(name, title, version(artifact), false, false, ALL_KINDS, command(rest.toArray(String[]::new)),
                List.of("--compression"));
    }

    private List<String> command(String... rest) {
        return Stream.concat(java.stream(), Stream.of(rest)).toList();
    }

    /** The version in the name of a library's file. */
    private String version(String artifact) throws IOException {
        Pattern file = Pattern.compile(Pattern.quote(artifact) + "-(\\d.*)\\.jar");
        try (Stream<Path> files = Files.list(peers)) {
            return files.map(path -> file.matcher(path.getFileName().toString())).filter(Matcher::matches)
                    .map(name -> name.group(1)).findFirst().orElse("");
        }
    }

    private Contestant cFloor(Path folder) {
        CFloor.Built built = CFloor.build(folder);
        if (built.complaint() != null) {
            remarks.add("without " + C_FLOOR + ": " + built.complaint());
            return null;
        }
        return new Contestant(C_FLOOR, "floor: bare epoll, in C", built.compiler(), true, false, PLAIN_KINDS,
                List.of(built.program().toString()), List.of());
    }
}
