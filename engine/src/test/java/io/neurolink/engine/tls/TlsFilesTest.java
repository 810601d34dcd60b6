package io.neurolink.engine.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.status.Counters;
import io.neurolink.engine.status.EngineCounter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
class TlsFilesTest {
    private static final TestCertificate RSA = TestCertificate.of("a.example", "RSA", "dns:a.example,dns:*.wild.example");
    private static final TestCertificate EC = TestCertificate.localhost();

    @TempDir
    private Path folder;

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static TlsIdentity identity(Path chain, Path key) throws IOException {
        return TlsIdentity.of(PemFile.read(chain), PemFile.read(key));
    }

    private static String problem(Path chain, Path key) {
        return assertThrows(IOException.class, () -> identity(chain, key)).getMessage();
    }

    /** The octets that PKCS#8 has around: the last of its three elements. */
    private static byte[] inner(byte[] pkcs8) {
        String hex = HexFormat.of().formatHex(pkcs8);
        int at = hex.indexOf("3082", 8);
        return Arrays.copyOfRange(pkcs8, at / 2, pkcs8.length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC", "Ed25519"})
    void shouldReadPkcs8(String algorithm) throws IOException {
        TestCertificate made = TestCertificate.of("kinds.example", algorithm, "dns:kinds.example");
        TlsIdentity identity = identity(made.chain(), made.key());
        assertEquals(List.of(made.certificate()), identity.chain());
        assertEquals(List.of("kinds.example"), identity.names());
        assertNotNull(new SniKeyManager(List.of(identity)).chooseAlias(algorithm, null));
    }

    @Test
    void shouldReadPkcs1() throws IOException {
        Path key = write("rsa.pem", TestCertificate.pem("RSA PRIVATE KEY", inner(RSA.privateKey().getEncoded())));
        assertEquals(RSA.privateKey(), identity(RSA.chain(), key).key());
    }

    @Test
    void shouldReadSec1BehindTheParametersThatOpensslPutsInFront() throws IOException {
        byte[] pkcs8 = EC.privateKey().getEncoded();
        // SEQUENCE { 1, OCTET STRING of 32 (or 48) bytes, [0] { the curve, from the algorithm in PKCS#8 } }
        HexFormat hex = HexFormat.of();
        String text = hex.formatHex(pkcs8);
        int oidAt = text.indexOf("06072a8648ce3d0201") + 18;
        int oidLength = 2 + Integer.parseInt(text.substring(oidAt + 2, oidAt + 4), 16);
        String oid = text.substring(oidAt, oidAt + 2 * oidLength);
        int keyAt = text.indexOf("02010104") + 6;
        int keyLength = 2 + Integer.parseInt(text.substring(keyAt + 2, keyAt + 4), 16);
        String secret = text.substring(keyAt, keyAt + 2 * keyLength);
        byte[] sec1 = hex.parseHex("30" + hex.toHexDigits((byte) (3 + keyLength + 2 + oidLength)) + "020101" + secret
                + "a0" + hex.toHexDigits((byte) oidLength) + oid);
        Path key = write("ec.pem", TestCertificate.pem("EC PARAMETERS", hex.parseHex(oid)) + TestCertificate.pem("EC PRIVATE KEY", sec1));
        TlsIdentity identity = identity(EC.chain(), key);
        assertEquals("EC", identity.key().getAlgorithm());
    }

    @Test
    void shouldNameTheFileAndTheProblem() throws IOException {
        Path missing = folder.resolve("missing.pem");
        Path empty = write("empty.pem", "nothing here");
        Path broken = write("broken.pem", TestCertificate.pem("CERTIFICATE", new byte[100]));
        Path brokenKey = write("broken-key.pem", TestCertificate.pem("PRIVATE KEY", new byte[100]));
        Path brokenEc = write("broken-ec.pem", TestCertificate.pem("EC PRIVATE KEY", new byte[] {0x30, 0x7F, 2, 1}));
        Path encrypted = write("encrypted.pem", TestCertificate.pem("ENCRYPTED PRIVATE KEY", new byte[100]));
        Path oldEncrypted = write("old.pem",
                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n");
        Path dsa = write("dsa.pem", TestCertificate.pem("DSA PRIVATE KEY", new byte[100]));

        assertEquals(missing + " does not exist", problem(missing, EC.key()));
        assertEquals(empty + " holds no certificate (no BEGIN CERTIFICATE)", problem(empty, EC.key()));
        assertEquals(empty + " holds no private key (no BEGIN PRIVATE KEY)", problem(EC.chain(), empty));
        assertTrue(problem(broken, EC.key()).startsWith(broken + " holds a broken certificate: "));
        assertTrue(problem(EC.chain(), brokenKey).startsWith(brokenKey + " holds a private key that is broken or of none of the kinds "));
        assertEquals(brokenEc + " holds a broken EC PRIVATE KEY", problem(EC.chain(), brokenEc));
        assertEquals(encrypted + " " + PrivateKeys.ENCRYPTED, problem(EC.chain(), encrypted));
        assertEquals(oldEncrypted + " " + PrivateKeys.ENCRYPTED, problem(EC.chain(), oldEncrypted));
        assertEquals(dsa + " holds a key of a kind that is not supported: DSA PRIVATE KEY", problem(EC.chain(), dsa));
        assertEquals(RSA.key() + " does not hold the private key of the first certificate in " + EC.chain(),
                problem(EC.chain(), RSA.key()));
        TestCertificate other = TestCertificate.of("other.example", "EC", "dns:other.example");
        assertEquals(other.key() + " does not hold the private key of the first certificate in " + EC.chain(),
                problem(EC.chain(), other.key()));
    }

    @ParameterizedTest
    @CsvSource(nullValues = "none", value = {
        "EC, localhost, 0", "RSA, localhost, none", "RSA, a.example, 1", "EC, a.example, none", "RSA, x.WILD.example, 1",
        "EC, x.wild.example, none", "EC, y.x.wild.example, 0", "RSA, wild.example, 1", "EC, none, 0", "RSA, none, 1", "EdDSA, none, none",
        "EC_EC, localhost, 0", "EC, b.example, 2"})
    void shouldChooseByNameAndKindOfKey(String keyType, String host, String alias) throws IOException {
        TestCertificate second = TestCertificate.of("b.example", "EC", "dns:b.example");
        var manager = new SniKeyManager(List.of(identity(EC.chain(), EC.key()), identity(RSA.chain(), RSA.key()),
                identity(second.chain(), second.key())));
        assertEquals(alias, manager.chooseAlias(keyType, host));
        if (alias != null) {
            assertNotNull(manager.getPrivateKey(alias));
            assertEquals(1, manager.getCertificateChain(alias).length);
        }
        assertNull(manager.chooseClientAlias(new String[] {keyType}, null, null));
    }

    @Test
    void shouldTakeChangedFilesAndKeepTheOldOnesIfTheyAreBroken() throws IOException {
        var counters = new Counters();
        List<Throwable> errors = new ArrayList<>();
        Path chain = write("chain.pem", Files.readString(EC.chain()));
        Path key = write("key.pem", Files.readString(EC.key()));
        var files = new TlsFiles(List.of(new TlsFiles.Pair(chain, key)), EC.chain());
        try (var reloader = new TlsReloader(files, counters.shared(), errors::add)) {
            SSLContext first = reloader.get();
            reloader.check();
            assertSame(first, reloader.get());

            Files.writeString(chain, Files.readString(RSA.chain()));
            reloader.check();
            reloader.check();
            assertSame(first, reloader.get(), "the key is still that of the old certificate");
            assertEquals(1, errors.size(), "told once, however often it is looked at");
            assertTrue(errors.get(0).getMessage().startsWith(key + " does not hold the private key"), errors.get(0).getMessage());

            Files.writeString(key, Files.readString(RSA.key()));
            reloader.check();
            SSLContext second = reloader.get();
            assertNotSame(first, second);
            assertEquals(1, counters.sum(EngineCounter.TLS_RELOADS));

            Files.delete(key);
            reloader.check();
            reloader.check();
            assertEquals(2, errors.size());
            assertEquals(key + " does not exist", errors.get(1).getMessage());
            Files.writeString(key, Files.readString(RSA.key()));
            reloader.check();
            assertSame(second, reloader.get(), "the same files as before");
            Files.delete(key);
            reloader.check();
            assertEquals(3, errors.size(), "missing anew");
        }
    }

    @Test
    void shouldLookAtTheFilesUntilItIsClosed() throws Exception {
        var counters = new Counters();
        Path chain = write("chain.pem", Files.readString(EC.chain()));
        Path key = write("key.pem", Files.readString(EC.key()));
        var looks = new java.util.concurrent.LinkedBlockingQueue<Runnable>();
        var reloader = new TlsReloader(new TlsFiles(List.of(new TlsFiles.Pair(chain, key)), null), counters.shared(), error -> { });
        reloader.start(java.time.Duration.ofMillis(1), looks::add);
        for (int i = 0; i < 3; i++) {
            Runnable look = looks.poll(60, java.util.concurrent.TimeUnit.SECONDS);
            assertNotNull(look);
            look.run();
        }
        reloader.close();
        assertEquals(0, counters.sum(EngineCounter.TLS_RELOADS));
    }
}
