package com.example.chat;

import io.neurolink.engine.WebSocketConnectionManager;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Spring's own web server, on its own port, reaches every WebSocket through the manager. */
@RestController
class AnnouncementController {
    private final WebSocketConnectionManager webSockets;

    AnnouncementController(WebSocketConnectionManager webSockets) {
        this.webSockets = webSockets;
    }

    @PostMapping("/announcements")
    int announce(@RequestBody String text) {
        webSockets.broadcast(text);
        return webSockets.getConnectionCount();
    }
}
