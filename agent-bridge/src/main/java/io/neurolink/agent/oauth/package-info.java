/**
 * Opaque bearer tokens, by asking the authorization server that issued them (OAuth 2.0 Token Introspection, RFC 7662). No other package of
 * the agent bridge but the launcher uses this one.
 */
package io.neurolink.agent.oauth;
