package io.toomai.proxy.config;

import io.toomai.settings.Nearest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// All that a proxy is told.
///
/// @param values of `[pgbouncer]`
/// @param databases by the name that clients use
/// @param users by name
public record ProxySettings(
        ValuesOf values,
        Map<String, Database> databases,
        Map<String, UserLimits> users,
        List<Peer> peers) {
    public ProxySettings {
        databases = Map.copyOf(databases);
        users = Map.copyOf(users);
        peers = List.copyOf(peers);
    }

    /// All of `[pgbouncer]`.
    public List<ShownSetting> shown() {
        return Catalogue.SETTINGS.values().stream()
                .map(setting ->
                        new ShownSetting(
                                setting.name(),
                                values.text(setting.name()),
                                setting.byDefault(),
                                setting.change() != Change.AT_RESTART))
                .toList();
    }

    /// Why a setting cannot have a value, if it cannot.
    public static Optional<String> fault(String name, String value) {
        Setting setting = Catalogue.SETTINGS.get(name);
        return setting == null
                ? Optional.of("is no setting" + near(name))
                : setting.kind().fault(value);
    }

    /// What it takes to change a setting.
    ///
    /// @throws IllegalArgumentException if there is no such setting
    public static Change change(String name) {
        Setting setting = Catalogue.SETTINGS.get(name);
        if (setting == null) {
            throw new IllegalArgumentException("no setting " + name);
        }
        return setting.change();
    }

    private static String near(String name) {
        return Nearest.to(name, List.copyOf(Catalogue.SETTINGS.keySet()))
                .map(n -> ", did you mean " + n + "?")
                .orElse("");
    }

    /// The same with another value; nothing if there is no such setting, or if it may not have that
    /// value.
    public Optional<ProxySettings> with(String name, String value) {
        if (fault(name, value).isPresent()) {
            return Optional.empty();
        }
        Map<String, String> changed = new LinkedHashMap<>(values.values());
        changed.put(name, value);
        return Optional.of(new ProxySettings(new ValuesOf(changed), databases, users, peers));
    }

    /// The same, but what is read at the start only is as it was there.
    public ProxySettings whileRunning(ProxySettings started) {
        Map<String, String> taken = new LinkedHashMap<>(values.values());
        fixed().forEach(name -> taken.put(name, started.values.text(name)));
        return new ProxySettings(new ValuesOf(taken), databases, users, peers);
    }

    /// What has another value than at the start, and gets it with the next start only.
    public List<String> waitingForRestart(ProxySettings started) {
        return fixed().filter(name -> !values.text(name).equals(started.values.text(name)))
                .toList();
    }

    private static Stream<String> fixed() {
        return Catalogue.SETTINGS.values().stream()
                .filter(setting ->
                        setting.change() == Change.AT_RESTART
                                && setting.effect() == Setting.Effect.FULL)
                .map(Setting::name);
    }
}
