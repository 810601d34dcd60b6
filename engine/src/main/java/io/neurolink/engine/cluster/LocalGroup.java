package io.neurolink.engine.cluster;

import io.neurolink.engine.spi.WebSocketConnection;
import java.util.List;

/** The connections of a group on this node: a manager, as the cluster sees it. Called by the cluster's thread; nothing blocks. */
public interface LocalGroup {
    /**
     * Hands a message of another node to the connections it is for.
     *
     * @param message the message.
     * @return false if there is no room at present: nobody got it, and it will be tried again.
     */
    boolean deliver(GroupMessage message);

    /** @return how many connections there are. */
    int connectionCount();

    /**
     * @param userId a user.
     * @return how many connections of the user are admitted.
     */
    int countOfUser(String userId);

    /**
     * @param userId a user.
     * @return the user's connections.
     */
    List<WebSocketConnection> ofUser(String userId);

    /**
     * @param path a path.
     * @return the connections of that path.
     */
    List<WebSocketConnection> ofPath(String path);

    /**
     * @param id id of a connection.
     * @return the connection, or null.
     */
    WebSocketConnection find(String id);
}
