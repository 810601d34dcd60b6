package io.neurolink.agent.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.impl.BaseJWSProvider;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.util.Base64URL;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Set;

/** Ed25519 signatures (RFC 8037) by the JDK: the JOSE library would need another library for them. */
final class Ed25519Verifier extends BaseJWSProvider implements JWSVerifier {
    static final Set<JWSAlgorithm> ALGORITHMS = Set.of(JWSAlgorithm.EdDSA, JWSAlgorithm.Ed25519);

    private static final String NAME = "Ed25519";
    private static final int KEY_LENGTH = 32;
    private static final int SIGN_BIT = 0x80;

    private final PublicKey key;

    Ed25519Verifier(PublicKey key) {
        super(ALGORITHMS);
        this.key = key;
    }

    /**
     * @param jwk a key of a JWK set.
     * @return the key for the JDK; null if it is of another curve or malformed.
     */
    static PublicKey publicKey(OctetKeyPair jwk) {
        byte[] littleEndian = jwk.getDecodedX();
        if (!Curve.Ed25519.equals(jwk.getCurve()) || littleEndian.length != KEY_LENGTH) {
            return null;
        }
        // RFC 8032, 5.1.2: y in little endian, the highest bit of its last byte is the sign of x.
        byte[] bigEndian = new byte[KEY_LENGTH];
        for (int i = 0; i < KEY_LENGTH; i++) {
            bigEndian[i] = littleEndian[KEY_LENGTH - 1 - i];
        }
        boolean isXOdd = (bigEndian[0] & SIGN_BIT) != 0;
        bigEndian[0] &= (byte) ~SIGN_BIT;
        var point = new EdECPoint(isXOdd, new BigInteger(1, bigEndian));
        try {
            return KeyFactory.getInstance(NAME).generatePublic(new EdECPublicKeySpec(NamedParameterSpec.ED25519, point));
        } catch (GeneralSecurityException e) {
            return null;
        }
    }

    @Override
    public boolean verify(JWSHeader header, byte[] signingInput, Base64URL signature) throws JOSEException {
        try {
            Signature verifier = Signature.getInstance(NAME);
            verifier.initVerify(key);
            verifier.update(signingInput);
            return verifier.verify(signature.decode());
        } catch (SignatureException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new JOSEException("Ed25519 is not available", e);
        }
    }
}
