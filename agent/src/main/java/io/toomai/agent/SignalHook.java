package io.toomai.agent;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Does something else on a signal than to end the process. The JDK's only signal API is in
/// `jdk.unsupported`, hence by reflection: where it is missing, or the JVM keeps the signal for
/// itself, the log says so.
public final class SignalHook {
    private static final Logger log = LoggerFactory.getLogger(SignalHook.class);

    private SignalHook() {}

    /// @param name without `SIG`, such as `HUP`
    /// @param action runs on a thread of its own
    public static void on(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy =
                    Proxy.newProxyInstance(
                            SignalHook.class.getClassLoader(),
                            new Class<?>[] {handler},
                            (self, method, arguments) -> answer(self, method, arguments, action));
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
        } catch (InvocationTargetException e) {
            log.warn("SIG{} cannot be handled here: {}", name, e.getTargetException().getMessage());
        } catch (ReflectiveOperationException e) {
            log.warn("SIG{} cannot be handled here and would end the process", name, e);
        }
    }

    private static Object answer(Object self, Method method, Object[] arguments, Runnable action) {
        return switch (method.getName()) {
            case "handle" -> {
                action.run();
                yield "handled"; // the method is void; the proxy drops it
            }
            case "equals" -> System.identityHashCode(self) == System.identityHashCode(arguments[0]);
            case "hashCode" -> System.identityHashCode(self);
            default -> "SignalHook";
        };
    }
}
