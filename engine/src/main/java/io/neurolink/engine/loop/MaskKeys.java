package io.neurolink.engine.loop;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Masking keys for the frames of a loop's clients (RFC 6455 sections 5.3 and 10.3): nobody who knows some of them can tell others, so no
 * page can choose bytes that a proxy on the way takes for something else. They are a keystream of AES in counter mode whose key comes from
 * {@link SecureRandom}, and from the stream itself after each 16 MiB; that costs a few nanoseconds per frame, and no garbage.
 */
final class MaskKeys {
    private static final int AES_LENGTH = 16;
    private static final int BLOCK_LENGTH = 16 * 1024;
    private static final int BLOCKS_PER_KEY = 1024;
    private static final byte[] ZEROS = new byte[BLOCK_LENGTH];

    private final Cipher cipher;
    private final byte[] block = new byte[BLOCK_LENGTH];
    private final ByteBuffer keys = ByteBuffer.wrap(block);
    private int position = BLOCK_LENGTH;
    private int blocksLeft = BLOCKS_PER_KEY;

    private MaskKeys(Cipher cipher) throws GeneralSecurityException {
        this.cipher = cipher;
        byte[] seed = new byte[2 * AES_LENGTH];
        new SecureRandom().nextBytes(seed);
        changeKey(seed);
    }

    /** @throws IllegalStateException if this JDK has no AES. */
    static MaskKeys create() {
        try {
            return new MaskKeys(Cipher.getInstance("AES/CTR/NoPadding"));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("masking keys need AES/CTR/NoPadding", e);
        }
    }

    int next() {
        if (position == BLOCK_LENGTH) {
            refill();
        }
        int key = keys.getInt(position);
        position += Integer.BYTES;
        return key;
    }

    private void refill() {
        try {
            cipher.update(ZEROS, 0, BLOCK_LENGTH, block, 0);
            position = 0;
            if (--blocksLeft == 0) {
                changeKey(block);
                position = 2 * AES_LENGTH;
                blocksLeft = BLOCKS_PER_KEY;
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES failed", e);
        }
    }

    /** @param seed holds the key and the first counter; neither is given out. */
    private void changeKey(byte[] seed) throws GeneralSecurityException {
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(seed, 0, AES_LENGTH, "AES"),
                new IvParameterSpec(seed, AES_LENGTH, AES_LENGTH));
    }
}
