/**
 * The ready-made authenticators behind {@link io.neurolink.engine.spi.Authenticator}: where a credential is found in a request, how it is
 * checked, in which form secrets are stored, and which roles and permissions a user needs. Everything is safe for use by several threads at
 * once. A credential is never part of a message, an exception or a {@code toString()} of this package, and secrets it is configured with
 * are kept as digests only and compared in constant time.
 */
package io.neurolink.engine.auth;
