package io.neurolink.agent.session;

/**
 * Whose run it is.
 *
 * @param userId  the user, or null for an anonymous connection
 * @param starter what is known of the connection that started it
 * @param owner   whose limits it counts for
 * @param use     whose quota it uses, or null
 * @param number  how many runs the server had started then
 */
record RunIdentity(String userId, RunStarter starter, RunMemory.Owner owner, UserUse use, long number) {
}
