package io.toomai.dcs.embedded;

import java.lang.reflect.Proxy;
import java.util.Arrays;
import javax.management.MBeanServer;
import javax.management.MBeanServerBuilder;
import javax.management.MBeanServerDelegate;

/// Makes management bean servers that keep nothing. ZooKeeper registers beans whether anybody looks
/// or not; the JVM's real server describes each by reflection and brings the flight recorder with
/// it: 4 MB in each agent. Who starts the JVM with `com.sun.management.jmxremote` gets the real
/// one. Public because the JVM makes it by name.
///
/// The platform's own server is refused altogether: the JVM would make all of its beans to fill it.
/// ZooKeeper then asks for a server of its own.
public final class NoBeans extends MBeanServerBuilder {
    private static final String BUILDER = "javax.management.builder.initial";
    private static final String PLATFORM = "java.lang.management.ManagementFactory";

    /// Chooses this builder unless somebody asked for management from outside. Call it before the
    /// first class of ZooKeeper's server is used.
    static void install() {
        boolean wanted =
                System.getProperties().stringPropertyNames().stream()
                        .anyMatch(p -> p.startsWith("com.sun.management.jmxremote"));
        if (!wanted && System.getProperty(BUILDER) == null) {
            System.setProperty(BUILDER, NoBeans.class.getName());
        }
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // a server equals itself alone
    public MBeanServer newMBeanServer(
            String domain, MBeanServer outer, MBeanServerDelegate delegate) {
        boolean platform =
                Arrays.stream(new Throwable().getStackTrace())
                        .anyMatch(frame -> frame.getClassName().equals(PLATFORM));
        if (platform) {
            throw new NoPlatformServer();
        }
        return (MBeanServer)
                Proxy.newProxyInstance(
                        NoBeans.class.getClassLoader(),
                        new Class<?>[] {MBeanServer.class},
                        (server, method, arguments) ->
                                switch (method.getName()) {
                                    case "isRegistered", "isInstanceOf" -> false;
                                    case "getMBeanCount" -> 0;
                                    case "getDefaultDomain" -> domain;
                                    case "getDomains" -> new String[0];
                                    case "queryMBeans", "queryNames" -> java.util.Set.of();
                                    case "equals" -> server == arguments[0];
                                    case "hashCode" -> System.identityHashCode(server);
                                    case "toString" -> "no beans";
                                    default -> null;
                                });
    }

    /// What ZooKeeper takes for a JVM without management (`MBeanRegistry`).
    private static final class NoPlatformServer extends Error {
        private static final long serialVersionUID = 1;

        NoPlatformServer() {
            super("this process keeps no management beans; start it with jmxremote to have them");
        }
    }
}
