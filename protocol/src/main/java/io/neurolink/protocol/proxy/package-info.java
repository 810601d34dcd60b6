/**
 * What proxies tell about the peers behind them: the header fields {@code X-Forwarded-For} and {@code Forwarded} (RFC 7239), and the PROXY
 * protocol, versions 1 and 2. Pure machines over bytes and text; whom to believe is the caller's business. Objects belong to one thread.
 */
package io.neurolink.protocol.proxy;
