package io.neurolink.engine.jfr;

import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.io.DataInputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A server and a client in a runtime that has nothing but java.base. Prints what came back. */
public final class WithoutJfr {
    private static final int MESSAGE_LENGTH = 100_000;
    private static final String REQUEST = "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    private WithoutJfr() {
    }

    /** @param args none. */
    public static void main(String[] args) throws Exception {
        if (ModuleLayer.boot().findModule("jdk.jfr").isPresent()) {
            throw new IllegalStateException("jdk.jfr is present");
        }
        WebSocketConnectionManager manager = new WebSocketConnectionManager(
                WebSocketConfig.builder().handlerThreading(HandlerThreading.INLINE).build());
        manager.registerHandler("/ws", new WebSocketHandler() {
            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                connection.send(message.bytes());
            }
        });
        try (NeuroLinkServer server = NeuroLinkServer.builder().port(0).webSocket(manager).build().start();
                Socket socket = new Socket("localhost", server.port())) {
            socket.getOutputStream().write(REQUEST.getBytes(StandardCharsets.US_ASCII));
            DataInputStream in = new DataInputStream(socket.getInputStream());
            for (int last4 = 0; last4 != 0x0D0A0D0A;) {
                last4 = last4 << 8 | in.readUnsignedByte();
            }
            byte[] header = {(byte) 0x82, (byte) 0xFF, 0, 0, 0, 0, 0, 1, (byte) 0x86, (byte) 0xA0, 0, 0, 0, 0};
            socket.getOutputStream().write(header);
            socket.getOutputStream().write(new byte[MESSAGE_LENGTH]);
            in.skipBytes(2);
            System.out.println("echo of " + in.readLong() + " bytes, handlers watched: " + JfrEvents.watchesHandlers());
        }
    }
}
