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

    /** {@return how many connections there are} */
    int connectionCount();

    /**
     * {@return how many connections of the user are admitted}
     *
     * @param userId a user.
     */
    int countOfUser(String userId);

    /**
     * {@return the user's connections}
     *
     * @param userId a user.
     */
    List<WebSocketConnection> ofUser(String userId);

    /**
     * {@return the connections of that path}
     *
     * @param path a path.
     */
    List<WebSocketConnection> ofPath(String path);

    /**
     * {@return the connection, or null}
     *
     * @param id id of a connection.
     */
    WebSocketConnection find(String id);
}
