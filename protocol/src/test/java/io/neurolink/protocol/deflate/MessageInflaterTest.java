package io.neurolink.protocol.deflate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MessageInflaterTest {
    private static final int[] STEPS = {1, 2, 3, 5, 6, 100};

    private final MessageInflater inflater = new MessageInflater();

    @AfterEach
    void close() {
        inflater.close();
    }

    /** RFC 7692, section 7.2.3, and what else can stand for a message. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "one block                       | f2 48 cd c9 c9 07 00 | Hello",
        "a block without compression     | 00 05 00 fa ff 48 65 6c 6c 6f 00 | Hello",
        "a last block                    | f3 48 cd c9 c9 07 00 00 | Hello",
        "two blocks                      | f2 48 05 00 00 00 ff ff ca c9 c9 07 00 | Hello",
        "two last blocks                 | f3 48 cd c9 c9 07 00 f3 48 cd c9 c9 07 00 00 | HelloHello",
        "a last block and a normal one   | f3 48 cd c9 c9 07 00 f2 48 cd c9 c9 07 00 | HelloHello",
        "a last block at the very end    | f3 48 cd c9 c9 07 00 | Hello",
        "a last block that is stored     | 01 05 00 fa ff 48 65 6c 6c 6f 00 | Hello",
        "empty last blocks               | 03 00 03 00 03 00 00 | ''",
        "empty blocks                    | 00 00 00 ff ff 00 00 00 ff ff 00 | ''",
        "an empty message                | 00 | ''",
        "an empty message of a last block | 03 00 | ''",
        "no byte at all                  | '' | ''"})
    void shouldInflateEveryFormOfAMessage(String name, String payload, String expected) {
        for (int step : STEPS) {
            byte[] message = Payloads.inflate(inflater, Payloads.hex(payload), null, step);
            assertNotNull(message, name);
            assertEquals(expected, new String(message, StandardCharsets.US_ASCII), name);
        }
    }

    @Test
    void shouldLookBackAtTheMessageBeforeWithContextOnly() {
        InflateHistory history = new InflateHistory(15);
        assertArrayEquals("Hello".getBytes(StandardCharsets.US_ASCII),
                Payloads.inflate(inflater, Payloads.hex("f2 48 cd c9 c9 07 00"), history, 9));
        assertArrayEquals("Hello".getBytes(StandardCharsets.US_ASCII),
                Payloads.inflate(inflater, Payloads.hex("f2 00 11 00 00"), history, 9));
        assertNull(Payloads.inflate(inflater, Payloads.hex("f2 00 11 00 00"), null, 9), "nothing to look back at");
        assertNull(Payloads.inflate(inflater, Payloads.hex("f2 00 11 00 00"), new InflateHistory(15), 9), "nothing yet to look back at");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "block type 3                  | 06",
        "block type 3, last            | 07 00",
        "stored length                 | 00 05 00 fb ff 48 65 6c 6c 6f 00",
        "broken off within a stored block | 00 05 00 fa ff 48 65",
        "stored block that swallows the end | 00 04 00 fb ff",
        "no header of an empty block   | 00 05 00 fa ff 48 65 6c 6c 6f",
        "garbage behind the last block | f3 48 cd c9 c9 07 00 ff",
        "one zero too many             | f2 48 cd c9 c9 07 00 00",
        "the end not taken away        | f2 48 cd c9 c9 07 00 00 00 ff",
        "zlib header                   | 78 9c f3 48 cd c9 c9 07 00"})
    void shouldRefuseWhatIsNoCompressedMessage(String name, String payload) {
        for (int step : STEPS) {
            assertNull(Payloads.inflate(inflater, Payloads.hex(payload), null, step), name);
            assertNull(Payloads.inflate(inflater, Payloads.hex(payload), new InflateHistory(9), step), name);
        }
        assertNotNull(Payloads.inflate(inflater, Payloads.hex("f2 48 cd c9 c9 07 00"), null, 9), "good after bad");
    }

    /** Broken off at every byte, a message is corrupt, or what it stands for is a beginning of it that happens to end with a block. */
    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3})
    void shouldNoticeThatAMessageBreaksOff(int kind) {
        byte[] message = Payloads.of(kind, 700, 11);
        byte[] payload;
        try (MessageDeflater deflater = new MessageDeflater(6)) {
            payload = Payloads.deflate(deflater, message, 8, false);
        }
        int accepted = 0;
        for (int length = 1; length < payload.length; length++) {
            byte[] part = Payloads.inflate(inflater, Arrays.copyOf(payload, length), null, 1000);
            if (part != null) {
                accepted++;
                assertArrayEquals(Arrays.copyOf(message, part.length), part);
                assertEquals(0, part.length % 256, "where a window ended");
            }
        }
        assertTrue(accepted <= 6, "accepted " + accepted);
    }

    @Test
    void shouldAcceptTheEndsThatOnlyOneByteTells() {
        assertNotNull(Payloads.inflate(inflater, Payloads.hex("f2 48 cd c9 c9 07 00"), null, 9));
        assertNull(Payloads.inflate(inflater, Payloads.hex("f2 48 cd c9 c9 07"), null, 9));
    }

    /** 1 GiB of zeros: the caller sees it grow step by step, and nothing is held but its own buffer. */
    @Test
    void shouldLetTheCallerStopABomb() {
        byte[] bomb = bomb(1 << 30);
        assertTrue(bomb.length < 1_100_000, "bytes on the wire: " + bomb.length);
        ByteBuffer dst = ByteBuffer.allocateDirect(64 * 1024);
        inflater.begin(ByteBuffer.wrap(bomb), null);
        long inflated = 0;
        while (inflater.inflate(dst.clear()) == MessageInflater.FULL && inflated < 1 << 20) {
            inflated += dst.position();
        }
        assertEquals(1 << 20, inflated, "stopped at the limit");
        assertArrayEquals("Hello".getBytes(StandardCharsets.US_ASCII),
                Payloads.inflate(inflater, Payloads.hex("f2 48 cd c9 c9 07 00"), null, 9), "the next message");
    }

    @ParameterizedTest
    @ValueSource(ints = {1024, 1 << 20, 1 << 26})
    void shouldInflateABombToItsEndIfAsked(int length) {
        ByteBuffer dst = ByteBuffer.allocateDirect(64 * 1024);
        inflater.begin(ByteBuffer.wrap(bomb(length)), null);
        long inflated = 0;
        int status;
        do {
            status = inflater.inflate(dst.clear());
            inflated += dst.position();
        } while (status == MessageInflater.FULL);
        assertEquals(MessageInflater.DONE, status);
        assertEquals(length, inflated);
    }

    /** A window of zeros that refers to nothing before it may be repeated as often as one likes. */
    private static byte[] bomb(int length) {
        Deflater deflater = new Deflater(9, true);
        byte[] zeros = new byte[Math.min(length, 1 << 20)];
        byte[] unit = new byte[8 * 1024];
        deflater.setInput(zeros);
        int unitLength = deflater.deflate(unit, 0, unit.length, Deflater.FULL_FLUSH);
        deflater.end();
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        for (int left = length; left > 0; left -= zeros.length) {
            bomb.write(unit, 0, unitLength);
        }
        return Arrays.copyOf(bomb.toByteArray(), bomb.size() - 4);
    }

    @Test
    void shouldUseALargeMessageExactly() {
        byte[] message = Payloads.of(2, 300_000, 5);
        byte[] payload;
        try (MessageDeflater deflater = new MessageDeflater(1)) {
            payload = Payloads.deflate(deflater, message, 15, false);
        }
        for (int room : new int[] {message.length - 1, message.length}) {
            inflater.begin(ByteBuffer.wrap(payload), null);
            assertEquals(MessageInflater.FULL, inflater.inflate(ByteBuffer.allocate(room)));
        }
        inflater.begin(ByteBuffer.wrap(payload), null);
        ByteBuffer dst = ByteBuffer.allocate(message.length + 1);
        assertEquals(MessageInflater.DONE, inflater.inflate(dst));
        assertEquals(message.length, dst.position());
    }

    /** Noise is refused or inflates to something, in a bounded number of steps. */
    @Test
    void shouldComeToAnEndWithNoise() {
        Random random = new Random(1);
        int corrupt = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] noise = new byte[random.nextInt(40)];
            random.nextBytes(noise);
            corrupt += Payloads.inflate(inflater, noise, null, 1024) == null ? 1 : 0;
        }
        assertTrue(corrupt > 15_000, "corrupt " + corrupt);
    }

    @Test
    void shouldHoldNoMemoryAfterwards() {
        inflater.close();
        inflater.close();
        assertThrows(RuntimeException.class, () -> inflater.begin(ByteBuffer.allocate(1), null));
    }
}
