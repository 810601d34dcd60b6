package io.neurolink.agent;

import java.lang.reflect.Proxy;

/**
 * Signals of the operating system. The JVM's own way, a shutdown hook, runs once: a second signal while it runs is lost. What can hear both
 * is {@code sun.misc.Signal}, which belongs to the JDK's supported part (module {@code jdk.unsupported}) and gives no warning when it runs,
 * but one when it is compiled against; hence by reflection. Where it is missing, as in a run-time image without that module, or the JVM was
 * told to leave signals alone ({@code -Xrs}), there is only the hook.
 */
final class Signals {
    private Signals() {
    }

    /**
     * Has an action run each time a signal comes, instead of what the JVM does. A signal that the process was started to ignore stays
     * ignored.
     *
     * @param name   without SIG.
     * @param action run on a thread of its own.
     * @return false if that is not possible here.
     */
    static boolean handle(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {handler}, (self, method, args) -> {
                action.run();
                return null;
            });
            signal.getMethod("handle", signal, handler).invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
            return true;
        } catch (ReflectiveOperationException | IllegalArgumentException notHere) {
            return false;
        }
    }
}
