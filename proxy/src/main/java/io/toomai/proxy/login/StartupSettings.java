package io.toomai.proxy.login;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// What a client wants set in its session from the beginning: the parameters of its StartupMessage
/// that are neither user nor database, and those within `options`.
public final class StartupSettings {
    private StartupSettings() {}

    /// By name.
    ///
    /// @param ignored names that are left out; `options` leaves out all that stands within
    /// @param host added to `application_name`, if given
    /// @throws io.toomai.proxy.relay.ProtocolViolation when `options` cannot be read
    public static Map<String, String> of(
            Map<String, String> parameters, List<String> ignored, Optional<String> host) {
        Set<String> leftOut = new HashSet<>();
        ignored.forEach(name -> leftOut.add(name.toLowerCase(Locale.ROOT)));
        Map<String, String> settings = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        String options = parameters.getOrDefault("options", "");
        if (!leftOut.contains("options")) {
            settings.putAll(StartupOptions.parse(options));
        }
        parameters.forEach((name, value) -> {
            if (!name.equals("user") && !name.equals("database") && !name.equals("options")) {
                settings.put(name, value);
            }
        });
        settings.keySet().removeIf(name -> leftOut.contains(name.toLowerCase(Locale.ROOT)));
        host.ifPresent(from ->
                settings.merge(
                        "application_name", "app - " + from, (name, _) -> name + " - " + from));
        return settings;
    }

    /// Whether a session will not ask queries, but stream WAL.
    public static boolean isPhysicalReplication(Map<String, String> settings) {
        return switch (settings.getOrDefault("replication", "").toLowerCase(Locale.ROOT)) {
            case "true", "on", "yes", "1", "t", "y" -> true;
            default -> false;
        };
    }
}
