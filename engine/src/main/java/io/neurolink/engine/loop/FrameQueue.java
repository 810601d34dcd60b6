package io.neurolink.engine.loop;

/**
 * The frames that wait for one socket, first in first out, except that a control frame may go ahead of whole messages (RFC 6455 section
 * 5.4 lets it come
 * between fragments, so between messages all the more). An array that grows; none is held while nothing waits.
 */
final class FrameQueue {
    private static final int INITIAL_CAPACITY = 8;

    /** The array of an empty queue is kept up to this length, since a busy connection needs it again at once. */
    private static final int KEPT_CAPACITY = 64;

    private OutboundFrame[] ring;
    private int head;
    private int size;

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    OutboundFrame get(int index) {
        return ring[(head + index) & (ring.length - 1)];
    }

    void addLast(OutboundFrame frame) {
        makeRoom();
        ring[(head + size++) & (ring.length - 1)] = frame;
    }

    /**
     * Puts a frame ahead of all that have not begun to be written.
     *
     * @param isHeadStarted whether the first frame has been written in part.
     */
    void addFirst(OutboundFrame frame, boolean isHeadStarted) {
        makeRoom();
        head = (head - 1) & (ring.length - 1);
        size++;
        if (isHeadStarted) {
            ring[head] = get(1);
            ring[(head + 1) & (ring.length - 1)] = frame;
        } else {
            ring[head] = frame;
        }
    }

    OutboundFrame removeFirst() {
        OutboundFrame frame = ring[head];
        ring[head] = null;
        head = (head + 1) & (ring.length - 1);
        if (--size == 0 && ring.length > KEPT_CAPACITY) {
            ring = null;
            head = 0;
        }
        return frame;
    }

    OutboundFrame remove(int index) {
        OutboundFrame removed = get(index);
        for (int i = index; i < size - 1; i++) {
            ring[(head + i) & (ring.length - 1)] = get(i + 1);
        }
        ring[(head + --size) & (ring.length - 1)] = null;
        return removed;
    }

    private void makeRoom() {
        if (ring == null) {
            ring = new OutboundFrame[INITIAL_CAPACITY];
        } else if (size == ring.length) {
            OutboundFrame[] larger = new OutboundFrame[size * 2];
            for (int i = 0; i < size; i++) {
                larger[i] = get(i);
            }
            ring = larger;
            head = 0;
        }
    }
}
