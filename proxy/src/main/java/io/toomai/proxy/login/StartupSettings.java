package io.toomai.proxy.login;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// What a client wants set in its session from the beginning: the parameters of its StartupMessage
/// but for those that say who comes, where to and what for, and those within `options`.
public final class StartupSettings {
    /// They are no parameters of PostgreSQL's, so nobody can set them by `options`. A server that
    /// read them there would let a client in as somebody else than it has proven to be.
    private static final Set<String> NO_PARAMETERS =
            Set.of("user", "database", "options", ReplicationWish.NAME);

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
            if (!NO_PARAMETERS.contains(name)) {
                settings.put(name, value);
            }
        });
        settings.keySet().removeIf(name -> leftOut.contains(name.toLowerCase(Locale.ROOT)));
        host.ifPresent(from ->
                settings.merge(
                        "application_name", "app - " + from, (name, _) -> name + " - " + from));
        return settings;
    }

    /// A name among them that no parameter has.
    public static Optional<String> misplaced(Map<String, String> settings) {
        return settings.keySet().stream()
                .filter(name -> NO_PARAMETERS.contains(name.toLowerCase(Locale.ROOT)))
                .sorted()
                .findFirst();
    }
}
