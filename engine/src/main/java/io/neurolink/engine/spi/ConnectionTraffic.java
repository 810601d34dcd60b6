package io.neurolink.engine.spi;

/**
 * What has come and gone on a connection.
 *
 * @param messagesIn  whole messages received
 * @param messagesOut messages written whole
 * @param bytesIn     read from the socket since the upgrade, after TLS
 * @param bytesOut    written to the socket, before TLS; the answer to the upgrade included
 */
public record ConnectionTraffic(long messagesIn, long messagesOut, long bytesIn, long bytesOut) {
    /** Nothing at all. */
    public static final ConnectionTraffic NONE = new ConnectionTraffic(0, 0, 0, 0);
}
