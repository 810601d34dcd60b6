package io.neurolink.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.client.WebSocketClient;
import io.neurolink.engine.spi.MessageWriter;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.engine.spi.WebSocketMessageType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The samples of the guide's chapter about messages in parts: an upload, and a server that sums it up. */
@Timeout(120)
class PartSamplesTest {
    private static final int LENGTH = 20_000_000;

    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

    @Test
    void shouldUploadMoreThanAMessageMayHave() throws Exception {
        byte[] bytes = new byte[LENGTH];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 31 >> 3);
        }
        CRC32 expected = new CRC32();
        expected.update(bytes);
        var manager = new WebSocketConnectionManager().registerHandler(summing(new CRC32()));
        try (NeuroLinkServer server = NeuroLinkServer.builder().host("localhost").port(0).webSocket(manager).build().start();
                WebSocketClient client = WebSocketClient.builder().build()) {
            client.connect(URI.create("ws://localhost:" + server.port() + "/ws"), uploading(bytes)).get(60, TimeUnit.SECONDS);
            assertEquals("checksum " + expected.getValue(), received.poll(60, TimeUnit.SECONDS));
        }
    }

    private WebSocketHandler uploading(byte[] bytes) {
        return new WebSocketHandler() {
            private Upload upload;

            @Override
            public void onOpen(WebSocketConnection connection) {
                upload = new Upload(connection, new ByteArrayInputStream(bytes));
                onWritable(connection);
            }

            @Override
            public void onWritable(WebSocketConnection connection) {
                try {
                    upload.goOn();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }

            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                received.add(message.text());
            }
        };
    }

    private static WebSocketHandler summing(CRC32 checksum) {
        return new WebSocketHandler() {
            @Override
            public boolean supportsPartialMessages() {
                return true;
            }

            @Override
            public void onPartialMessage(WebSocketConnection connection, WebSocketMessage part, boolean isLast) {
                checksum.update(part.bytes());
                if (isLast) {
                    connection.send("checksum " + checksum.getValue());
                    checksum.reset();
                }
            }
        };
    }

    final class Upload {
        private final InputStream in;
        private final MessageWriter message;
        private ByteBuffer part = ByteBuffer.allocate(0);
        private boolean isDone;

        Upload(WebSocketConnection connection, InputStream in) {
            this.in = in;
            this.message = connection.openMessage(WebSocketMessageType.BINARY);
        }

        /** To begin, and whenever the handler's onWritable is called. */
        void goOn() throws IOException {
            while (part != null && (!part.hasRemaining() || message.write(part) == SendResult.ACCEPTED)) {
                byte[] next = in.readNBytes(32 * 1024);
                part = next.length == 0 ? null : ByteBuffer.wrap(next);
            }
            isDone = isDone || part == null && message.finish() == SendResult.ACCEPTED;
        }
    }
}
