package io.neurolink.engine.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file in PEM format (RFC 7468), read at once.
 *
 * @param path    where it is
 * @param content what was in it
 */
record PemFile(Path path, byte[] content) {
    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);
    private static final int MAX_LENGTH = 1024 * 1024;

    private record Block(String label, byte[] bytes) {
    }

    /**
     * @param path the file.
     * @return its content.
     * @throws IOException if it cannot be read; the message names it.
     */
    static PemFile read(Path path) throws IOException {
        try {
            if (Files.size(path) > MAX_LENGTH) {
                throw problem(path, "is too large to be a PEM file", null);
            }
            return new PemFile(path, Files.readAllBytes(path));
        } catch (NoSuchFileException e) {
            throw problem(path, "does not exist", e);
        } catch (TlsFileException e) {
            throw e;
        } catch (IOException e) {
            throw problem(path, "cannot be read: " + e.getMessage(), e);
        }
    }

    static TlsFileException problem(Path path, String text, Exception cause) {
        return new TlsFileException(path + " " + text, cause);
    }

    /** @return all certificates in the file, in its order; at least one. */
    List<X509Certificate> certificates() throws IOException {
        List<X509Certificate> all = new ArrayList<>();
        for (Block block : blocks()) {
            if (block.label.equals("CERTIFICATE") || block.label.equals("X509 CERTIFICATE")) {
                all.add(certificate(block.bytes));
            }
        }
        if (all.isEmpty()) {
            throw problem(path, "holds no certificate (no BEGIN CERTIFICATE)", null);
        }
        return all;
    }

    private X509Certificate certificate(byte[] bytes) throws IOException {
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(bytes));
        } catch (CertificateException e) {
            throw problem(path, "holds a broken certificate: " + e.getMessage(), e);
        }
    }

    /** @return the first private key in the file. */
    PrivateKey privateKey() throws IOException {
        for (Block block : blocks()) {
            if (block.label.endsWith("PRIVATE KEY")) {
                try {
                    return PrivateKeys.decode(block.label, block.bytes);
                } catch (GeneralSecurityException e) {
                    throw problem(path, e.getMessage(), e);
                }
            }
        }
        throw problem(path, "holds no private key (no BEGIN PRIVATE KEY)", null);
    }

    private List<Block> blocks() throws IOException {
        Matcher matcher = BLOCK.matcher(new String(content, StandardCharsets.ISO_8859_1));
        List<Block> blocks = new ArrayList<>();
        while (matcher.find()) {
            blocks.add(new Block(matcher.group(1), base64(matcher.group(1), matcher.group(2))));
        }
        return blocks;
    }

    /** Keys of old tools may have header lines such as {@code Proc-Type: 4,ENCRYPTED} in front of their bytes. */
    private byte[] base64(String label, String text) throws IOException {
        if (text.contains("ENCRYPTED")) {
            throw problem(path, PrivateKeys.ENCRYPTED, null);
        }
        try {
            return Base64.getMimeDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw problem(path, "has a block " + label + " that is no Base64", e);
        }
    }
}
