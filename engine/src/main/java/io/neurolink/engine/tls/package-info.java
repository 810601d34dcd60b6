/**
 * Certificates and keys: from PEM files to the contexts that new TLS connections are made of, and again when the files change.
 *
 * <pre>
 *   PemFile ──▶ PrivateKeys ──▶ TlsIdentity ──▶ SniKeyManager ──▶ SSLContext ──▶ TlsEngines ──▶ an SSLEngine per connection
 *                                                                  ▲
 *                                         TlsReloader ─────────────┘ when a file has changed
 * </pre>
 */
package io.neurolink.engine.tls;
