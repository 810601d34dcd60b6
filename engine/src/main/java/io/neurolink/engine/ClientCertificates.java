package io.neurolink.engine;

/** Whether TLS clients have to show a certificate. */
public enum ClientCertificates {
    /** They are not asked. */
    NONE,
    /** They are asked; one that is shown must be valid, but none may be shown. */
    WANTED,
    /** Who shows none, or one that is not valid, does not get in. */
    REQUIRED
}
