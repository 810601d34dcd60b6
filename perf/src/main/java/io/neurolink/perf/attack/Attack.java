package io.neurolink.perf.attack;

/**
 * One way to hurt a server.
 *
 * @param name    how it is called on the command line.
 * @param profile the server it is made on.
 * @param run     makes it, and checks on the stage what met it.
 */
record Attack(String name, Profile profile, Script run) {
    /** What an attack does; it returns when the attack is over, lines that are open may stay so. */
    @FunctionalInterface
    interface Script {
        void on(Stage stage) throws Exception;
    }
}
