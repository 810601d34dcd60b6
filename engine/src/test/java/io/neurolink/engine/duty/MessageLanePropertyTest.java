package io.neurolink.engine.duty;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Random operations on small lanes, next to a plain queue that says what must come out. */
class MessageLanePropertyTest {

    private static final int SLOT_COUNT = 8;

    private enum Kind {
        OFFER_ARRAY, OFFER_BUFFER, OFFER_DIRECT, OFFER_EMPTY, CLAIM_COMMIT, CLAIM_ABORT, DRAIN, DRAIN_REFUSING, DRAIN_THROWING
    }

    private record Step(Kind kind, int amount, int spare) {
    }

    private record Message(Object attachment, int type, long time, byte[] payload) {
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Kind> kinds = Arbitraries.of(Kind.class);
        Arbitrary<Integer> amounts = Arbitraries.integers().between(0, 48);
        Arbitrary<Integer> spares = Arbitraries.integers().between(0, 12);
        return Combinators.combine(kinds, amounts, spares).as(Step::new).list().ofMinSize(1).ofMaxSize(200);
    }

    @Property(tries = 600)
    void shouldBehaveAsABoundedQueue(@ForAll("steps") List<Step> steps, @ForAll Random random) {
        for (int capacityBytes : new int[] {64, 128}) {
            Model model = new Model(new MessageLane(SLOT_COUNT, capacityBytes, 60), random);
            steps.forEach(model::apply);
            model.drain(Integer.MAX_VALUE);
            assertTrue(model.lane.isEmpty());
            assertTrue(model.expected.isEmpty());
        }
    }

    private static final class Model {

        private final MessageLane lane;
        private final Random random;
        private final Queue<Message> expected = new ArrayDeque<>();
        private int sequence;

        Model(MessageLane lane, Random random) {
            this.lane = lane;
            this.random = random;
        }

        void apply(Step step) {
            switch (step.kind()) {
                case OFFER_ARRAY -> offer(message(step.amount()), Kind.OFFER_ARRAY, step.spare());
                case OFFER_BUFFER -> offer(message(step.amount()), Kind.OFFER_BUFFER, step.spare());
                case OFFER_DIRECT -> offer(message(step.amount()), Kind.OFFER_DIRECT, step.spare());
                case OFFER_EMPTY -> offer(message(0), Kind.OFFER_EMPTY, 0);
                case CLAIM_COMMIT -> claim(message(step.amount()), step.spare(), true);
                case CLAIM_ABORT -> claim(message(step.amount()), step.spare(), false);
                case DRAIN -> drain(step.amount() % 5);
                case DRAIN_REFUSING -> drainRefusing(step.amount() % 4);
                default -> drainThrowing(step.amount() % 4);
            }
            assertEquals(expected.size(), lane.size());
            assertEquals(expected.isEmpty(), lane.isEmpty());
        }

        private Message message(int length) {
            byte[] payload = new byte[length];
            random.nextBytes(payload);
            sequence++;
            return new Message("attachment-" + sequence, sequence, -sequence, payload);
        }

        private void offer(Message message, Kind kind, int spare) {
            byte[] source = new byte[spare + message.payload.length + 3];
            System.arraycopy(message.payload, 0, source, spare, message.payload.length);
            ByteBuffer direct = ByteBuffer.allocateDirect(source.length).put(source);
            int length = message.payload.length;
            boolean accepted = switch (kind) {
                case OFFER_ARRAY -> lane.offer(message.attachment, message.type, message.time, source, spare, length);
                case OFFER_BUFFER -> lane.offer(message.attachment, message.type, message.time, ByteBuffer.wrap(source), spare, length);
                case OFFER_DIRECT -> lane.offer(message.attachment, message.type, message.time, direct, spare, length);
                default -> lane.offer(message.attachment, message.type, message.time);
            };
            noteOffer(message, accepted);
        }

        private void claim(Message message, int spare, boolean isCommitted) {
            int length = message.payload.length;
            int offset = lane.tryClaim(length + spare);
            if (length + spare > lane.maxRingLength()) {
                assertEquals(MessageLane.TOO_LONG, offset);
                return;
            }
            if (offset >= 0) {
                Arrays.fill(lane.ring(), offset, offset + length + spare, (byte) 0x55);
                System.arraycopy(message.payload, 0, lane.ring(), offset, length);
            }
            if (offset >= 0 && isCommitted) {
                lane.commit(message.attachment, message.type, message.time, length);
                expected.add(message);
            } else {
                lane.abort();
            }
        }

        private void noteOffer(Message message, boolean accepted) {
            if (accepted) {
                expected.add(message);
            }
            assertTrue(expected.size() <= SLOT_COUNT, "bounded");
            assertTrue(accepted || !expected.isEmpty(), "an empty lane takes anything");
        }

        void drain(int limit) {
            int waiting = expected.size();
            assertEquals(Math.min(waiting, limit), lane.drain((attachment, type, time, bytes, offset, length) -> {
                verify(expected.remove(), attachment, type, time, bytes, offset, length);
                return true;
            }, limit));
        }

        private void drainRefusing(int taken) {
            int[] left = {taken};
            int count = lane.drain((attachment, type, time, bytes, offset, length) -> {
                verify(expected.element(), attachment, type, time, bytes, offset, length);
                if (left[0]-- == 0) {
                    return false;
                }
                expected.remove();
                return true;
            }, Integer.MAX_VALUE);
            assertTrue(count <= taken);
        }

        private void drainThrowing(int before) {
            int[] left = {before};
            boolean mustThrow = expected.size() > before;
            boolean hasThrown = false;
            try {
                lane.drain((attachment, type, time, bytes, offset, length) -> {
                    verify(expected.remove(), attachment, type, time, bytes, offset, length);
                    if (left[0]-- == 0) {
                        throw new IllegalStateException("thrown on purpose");
                    }
                    return true;
                }, Integer.MAX_VALUE);
            } catch (IllegalStateException e) {
                hasThrown = true;
            }
            assertEquals(mustThrow, hasThrown);
        }

        private static void verify(Message message, Object attachment, int type, long time, byte[] bytes, int offset, int length) {
            assertEquals(message.attachment, attachment);
            assertEquals(message.type, type);
            assertEquals(message.time, time);
            assertArrayEquals(message.payload, Arrays.copyOfRange(bytes, offset, offset + length));
        }
    }
}
