package io.neurolink.engine.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.List;

/** A non-blocking byte stream to a peer. Used by the thread of its event loop only. */
public interface Transport {
    /**
     * Reads what is there.
     *
     * @param dst takes the bytes between its position and limit.
     * @return bytes read; 0 if none are there; -1 at the end of the stream.
     * @throws IOException if the line is broken.
     */
    int read(ByteBuffer dst) throws IOException;

    /**
     * Writes as much as the line takes.
     *
     * @param src direct memory; its position moves on by what was written.
     * @return bytes written, possibly 0.
     * @throws IOException if the line is broken.
     */
    int write(ByteBuffer src) throws IOException;

    /**
     * Says whether the line has taken everything that {@link #write} took. If not, {@link TransportOwner#onWritable()} is called when it
     * has, whether that is wanted or not. A line that is broken has nothing left to take.
     *
     * @return false while something waits inside the transport; closing it would lose that.
     */
    default boolean isFlushed() {
        return true;
    }

    /**
     * Says who is told when the transport is ready.
     *
     * @param owner takes the place of the present one.
     */
    void owner(TransportOwner owner);

    /** @return who is told when the transport is ready. */
    TransportOwner owner();

    /**
     * Says whether the owner wants to be told that bytes can be read. Costs nothing if that is so already.
     *
     * @param wanted whether to call {@link TransportOwner#onReadable()}.
     */
    void wantReadable(boolean wanted);

    /**
     * Says whether the owner wants to be told that bytes can be written. Costs nothing if that is so already.
     *
     * @param wanted whether to call {@link TransportOwner#onWritable()}.
     */
    void wantWritable(boolean wanted);

    /**
     * Ends the outgoing direction; the peer reads to the end of what was written. May be called again; a line that is broken already is no
     * error.
     */
    void shutdownOutput();

    /** Closes the line. May be called again. */
    void close();

    /** @return whose connection it is: the peer's address, unless a proxy has told of another. */
    InetSocketAddress remoteAddress();

    /**
     * Says whose connection it is.
     *
     * @param told what a trusted proxy has told.
     */
    void remoteAddress(InetSocketAddress told);

    /** @return address of the socket's other end, whoever stands behind it. */
    InetSocketAddress peerAddress();

    /** @return what the peer has authenticated itself with, its own certificate first; empty if with nothing. */
    default List<X509Certificate> peerCertificates() {
        return List.of();
    }
}
