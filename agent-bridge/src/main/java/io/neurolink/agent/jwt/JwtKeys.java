package io.neurolink.agent.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.source.JWKSetCacheRefreshEvaluator;
import com.nimbusds.jose.jwk.source.JWKSetParseException;
import com.nimbusds.jose.jwk.source.JWKSetSource;
import com.nimbusds.jose.jwk.source.JWKSetUnavailableException;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.jwk.source.URLBasedJWKSetSource;
import com.nimbusds.jose.proc.JWSKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.PublicKey;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The public keys of a JWK set (RFC 7517), read from a file or fetched by HTTP, and kept. A token with a key that is not there has the set
 * read once more, though not more than twice in {@link #MIN_INTERVAL}; while it cannot be read, the last one serves for an hour.
 */
final class JwtKeys implements JWSKeySelector<SecurityContext> {
    /** Only signatures by a private key: with these keys an HMAC is worth nothing, since whoever verifies could sign. */
    static final Set<JWSAlgorithm> ALGORITHMS = algorithms();

    /** Time between two readings of the set, in which one more is allowed. */
    static final Duration MIN_INTERVAL = Duration.ofSeconds(30);

    private static final Duration OUTAGE = Duration.ofHours(1);
    private static final int MAX_BYTES = 256 * 1024;

    private final JWKSource<SecurityContext> source;
    private final Watched watched;

    private JwtKeys(JWKSetSource<SecurityContext> set, Duration keepFor, Duration timeout) {
        this.watched = new Watched(set, new AtomicBoolean());
        this.source = JWKSourceBuilder.create(watched)
                .cache(keepFor.toMillis(), timeout.toMillis() * 2)
                .refreshAheadCache(false)
                .rateLimited(MIN_INTERVAL.toMillis())
                .outageTolerant(OUTAGE.toMillis())
                .build();
    }

    private static Set<JWSAlgorithm> algorithms() {
        var all = new HashSet<JWSAlgorithm>();
        all.addAll(JWSAlgorithm.Family.RSA);
        all.addAll(Set.of(JWSAlgorithm.ES256, JWSAlgorithm.ES384, JWSAlgorithm.ES512));
        all.addAll(Ed25519Verifier.ALGORITHMS);
        return Set.copyOf(all);
    }

    static JwtKeys ofFile(Path file, Duration keepFor) {
        return new JwtKeys(new FileSource(file), keepFor, Duration.ofSeconds(1));
    }

    static JwtKeys ofUrl(URI url, Duration keepFor, Duration timeout) {
        try {
            int timeoutMs = Math.toIntExact(timeout.toMillis());
            var retriever = new DefaultResourceRetriever(timeoutMs, timeoutMs, MAX_BYTES);
            return new JwtKeys(new URLBasedJWKSetSource<>(url.toURL(), retriever), keepFor, timeout);
        } catch (MalformedURLException | IllegalArgumentException e) {
            throw new IllegalArgumentException("jwks is no URL that can be read: " + url, e);
        }
    }

    @Override
    public List<? extends Key> selectJWSKeys(JWSHeader header, SecurityContext context) throws KeySourceException {
        if (!ALGORITHMS.contains(header.getAlgorithm())) {
            return List.of();
        }
        List<Key> keys = new ArrayList<>();
        for (JWK jwk : source.get(new JWKSelector(JWKMatcher.forJWSHeader(header)), context)) {
            PublicKey key = publicKey(jwk);
            if (key != null) {
                keys.add(key);
            }
        }
        return keys;
    }

    /** @return whether the set could not be read when that was tried last. */
    boolean isOut() {
        return watched.isOut.get();
    }

    private static PublicKey publicKey(JWK jwk) {
        if (jwk instanceof OctetKeyPair octets) {
            return Ed25519Verifier.publicKey(octets);
        }
        try {
            return jwk instanceof AsymmetricJWK asymmetric ? asymmetric.toPublicKey() : null;
        } catch (JOSEException e) {
            return null;
        }
    }

    /** Notes whether a source gives a set or does not. */
    private record Watched(JWKSetSource<SecurityContext> source, AtomicBoolean isOut) implements JWKSetSource<SecurityContext> {
        @Override
        public JWKSet getJWKSet(JWKSetCacheRefreshEvaluator evaluator, long nowMs, SecurityContext context) throws KeySourceException {
            isOut.set(true);
            JWKSet set = source.getJWKSet(evaluator, nowMs, context);
            isOut.set(false);
            return set;
        }

        @Override
        public void close() throws IOException {
            source.close();
        }
    }

    /** A file, which may be replaced at any time. */
    private record FileSource(Path file) implements JWKSetSource<SecurityContext> {
        @Override
        public JWKSet getJWKSet(JWKSetCacheRefreshEvaluator evaluator, long nowMs, SecurityContext context) throws KeySourceException {
            try {
                if (Files.size(file) > MAX_BYTES) {
                    throw new JWKSetUnavailableException("the JWK set " + file + " exceeds " + MAX_BYTES + " bytes");
                }
                return JWKSet.parse(Files.readString(file));
            } catch (IOException e) {
                throw new JWKSetUnavailableException("the JWK set " + file + " cannot be read", e);
            } catch (ParseException e) {
                throw new JWKSetParseException("the JWK set " + file + " is malformed", e);
            }
        }

        @Override
        public void close() {
        }
    }
}
