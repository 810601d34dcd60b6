import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Prints a port that nobody listens on. */
public final class FreePort {
    private FreePort() {
    }

    public static void main(String[] args) throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
            System.out.println(socket.getLocalPort());
        }
    }
}
