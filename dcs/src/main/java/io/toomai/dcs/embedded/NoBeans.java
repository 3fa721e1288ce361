package io.toomai.dcs.embedded;

import java.lang.reflect.Proxy;
import javax.management.MBeanServer;
import javax.management.MBeanServerBuilder;
import javax.management.MBeanServerDelegate;

/// Makes management bean servers that keep nothing. ZooKeeper registers beans whether anybody looks
/// or not; the JVM's real server describes each by reflection and brings the flight recorder with
/// it: 3 MB in each agent. Who starts the JVM with `com.sun.management.jmxremote` gets the real
/// one. Public because the JVM makes it by name.
public final class NoBeans extends MBeanServerBuilder {
    private static final String BUILDER = "javax.management.builder.initial";

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
}
