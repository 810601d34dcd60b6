package io.neurolink.agent.client;

/** Where a client stands. */
public enum ClientState {
    /** It has never been connected and tries to be; requests wait. */
    CONNECTING,
    /** It is connected, and authenticated where that is done by a message. */
    OPEN,
    /** It was connected, and tries to be again; runs wait and then go on. */
    RECONNECTING,
    /** It was closed, or has given up; nothing leads out of here. */
    CLOSED
}
