/**
 * JSON Web Tokens as bearer tokens, by nimbus-jose-jwt, which is an optional dependency: this package is all that touches it. No other
 * package of the agent bridge but the launcher uses this one.
 */
package io.neurolink.agent.jwt;
