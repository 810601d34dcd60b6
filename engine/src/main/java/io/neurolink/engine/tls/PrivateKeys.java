package io.neurolink.engine.tls;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * Private keys in the three forms that PEM files have: PKCS#8 (RFC 5208), PKCS#1 for RSA (RFC 8017), SEC1 for elliptic curves (RFC 5915).
 * The JDK knows the first; the others are put into its envelope.
 *
 * <pre>
 *   SEQUENCE { INTEGER 0, SEQUENCE { OID algorithm, parameters }, OCTET STRING { the old form } }
 * </pre>
 */
final class PrivateKeys {
    static final String ENCRYPTED = "holds an encrypted private key: decrypt it, for instance with openssl pkcs8 -topk8 -nocrypt";

    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS");
    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;
    private static final int CURVE = 0xA0;
    private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};

    /** 1.2.840.113549.1.1.1 with its NULL parameters. */
    private static final byte[] RSA = HexFormat.of().parseHex("06092a864886f70d0101010500");

    /** 1.2.840.10045.2.1 */
    private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");

    private PrivateKeys() {
    }

    /**
     * @param label of the PEM block.
     * @param der   its bytes.
     * @return the key.
     * @throws GeneralSecurityException if it cannot be used; the message goes on after the name of the file.
     */
    static PrivateKey decode(String label, byte[] der) throws GeneralSecurityException {
        return switch (label) {
            case "PRIVATE KEY" -> decode(der);
            case "RSA PRIVATE KEY" -> decode(envelope(RSA, der));
            case "EC PRIVATE KEY" -> decode(envelope(concat(EC, curve(der)), der));
            case "ENCRYPTED PRIVATE KEY" -> throw new InvalidKeyException(ENCRYPTED);
            default -> throw new InvalidKeyException("holds a key of a kind that is not supported: " + label);
        };
    }

    private static PrivateKey decode(byte[] pkcs8) throws GeneralSecurityException {
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(pkcs8);
        InvalidKeySpecException last = null;
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException notThisAlgorithm) {
                last = notThisAlgorithm;
            }
        }
        throw new InvalidKeyException("holds a private key that is broken or of none of the kinds " + ALGORITHMS, last);
    }

    private static byte[] envelope(byte[] algorithm, byte[] key) {
        return element(SEQUENCE, concat(VERSION_0, concat(element(SEQUENCE, algorithm), element(OCTET_STRING, key))));
    }

    private static byte[] element(int tag, byte[] content) {
        int length = content.length;
        byte[] head = length < 0x80 ? new byte[] {(byte) tag, (byte) length}
                : length < 0x100 ? new byte[] {(byte) tag, (byte) 0x81, (byte) length}
                : new byte[] {(byte) tag, (byte) 0x82, (byte) (length >> 8), (byte) length};
        return concat(head, content);
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /** Finds the name of the curve: {@code SEQUENCE { INTEGER 1, OCTET STRING key, [0] { OID curve }, [1] public key }}. */
    private static byte[] curve(byte[] sec1) throws InvalidKeyException {
        try {
            ByteBuffer outer = ByteBuffer.wrap(sec1);
            ByteBuffer fields = enter(outer);
            while (fields.hasRemaining()) {
                int tag = fields.get(fields.position()) & 0xFF;
                ByteBuffer content = enter(fields);
                if (tag == CURVE) {
                    byte[] oid = new byte[content.remaining()];
                    content.get(oid);
                    return oid;
                }
            }
        } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new InvalidKeyException("holds a broken EC PRIVATE KEY", e);
        }
        throw new InvalidKeyException("holds an EC PRIVATE KEY that does not name its curve");
    }

    /** @return the content of the next element, which is skipped. */
    private static ByteBuffer enter(ByteBuffer elements) {
        elements.get();
        int length = elements.get() & 0xFF;
        if (length > 0x80) {
            int count = length & 0x7F;
            length = 0;
            for (int i = 0; i < count; i++) {
                length = length << 8 | elements.get() & 0xFF;
            }
        }
        ByteBuffer content = elements.slice(elements.position(), length);
        elements.position(elements.position() + length);
        return content;
    }
}
