package io.neurolink.engine.loop;

import io.neurolink.engine.status.EngineCounter;
import java.nio.ByteBuffer;

/** Takes on the loop what other threads have sent. What they were told is accepted is queued, or reported. */
final class HandOver {
    private HandOver() {
    }

    /** Through the command queue. */
    static void take(EventLoopProxy.RemoteSend send) {
        LoopConnection connection = send.connection();
        connection.addCommandedSendsVolatile(-1);
        if (send.partType() != 0) {
            takePart(connection, send.partType(), send.frame().bytes, 0, send.payloadLength());
        } else if (admit(connection, send.payloadLength())) {
            connection.writeSide().enqueueRemote(send.frame(), send.payloadLength());
            connection.lastActivityNsOpaque(connection.loop().nowNs());
        }
    }

    /** Through the lane of the connection's worker. */
    static void take(LoopConnection connection, int type, byte[] bytes, int offset, int length) {
        if (Part.isPart(type)) {
            takePart(connection, type, ByteBuffer.wrap(bytes), offset, length);
        } else if (admit(connection, length)) {
            connection.writeSide().send(type, bytes, offset, length);
            connection.lastActivityNsOpaque(connection.loop().nowNs());
        }
    }

    /** The sender has counted these bytes as buffered; from now on they are among those that the queue answers for. */
    private static void takeOver(LoopConnection connection, int length) {
        connection.loop().counters.add(EngineCounter.QUEUED_BYTES, length);
        connection.queuedBytesOpaque(connection.queuedBytesOpaque() + length);
    }

    private static boolean admit(LoopConnection connection, int length) {
        takeOver(connection, length);
        boolean isAdmitted = connection.loop().sendGate().admitLate(connection, length);
        if (!isAdmitted) {
            connection.publishQueuedBytes(connection.writeSide().queuedBytes());
        }
        return isAdmitted;
    }

    /** The rest of a message whose connection is closing goes the way of its beginning, which is reported. */
    private static void takePart(LoopConnection connection, int type, ByteBuffer bytes, int position, int length) {
        takeOver(connection, length);
        if (connection.isSending()) {
            connection.writeSide().sendPart(type, bytes, position, length);
            connection.lastActivityNsOpaque(connection.loop().nowNs());
        } else if (Part.isFirst(type)) {
            connection.loop().sendGate().reportLate(connection);
        }
        connection.publishQueuedBytes(connection.writeSide().queuedBytes());
    }
}
