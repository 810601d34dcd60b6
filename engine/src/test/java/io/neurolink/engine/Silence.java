package io.neurolink.engine;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What tests make the engine warn of is no warning of the build, whichever class comes first in a JVM. Found by JUnit; processes that a
 * test starts still say what they have to say.
 */
public final class Silence implements BeforeAllCallback {
    /** Held, since a logger that nobody holds forgets its level. */
    private static final java.util.logging.Logger ENGINE = java.util.logging.Logger.getLogger("io.neurolink.engine");

    @Override
    public void beforeAll(ExtensionContext context) {
        ENGINE.setLevel(java.util.logging.Level.OFF);
    }
}
