package io.toomai.settings;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// A custom way to create a data directory (`bootstrap.method`, `create_replica_methods`).
///
/// @param command empty only for the built-in `basebackup`
/// @param options every key with one value but `command`, in the order of the file: what becomes
///   `--key=value`
/// @param recoveryConf recovery parameters of a bootstrap method
public record MethodSettings(
        String name,
        String command,
        Set<Flag> flags,
        Map<String, String> options,
        Map<String, String> recoveryConf) {
    /// The method that needs no section of its own.
    public static final String BASEBACKUP = "basebackup";

    private static final Set<String> REPLICA_SWITCHES =
            Set.of("no_params", "no_leader", "keep_data");
    private static final Set<String> BOOTSTRAP_OWN =
            Set.of("no_params", "keep_existing_recovery_conf", "scope", "datadir");

    public MethodSettings {
        flags = Collections.unmodifiableSet(new TreeSet<>(flags));
        options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
        recoveryConf = Collections.unmodifiableMap(new TreeMap<>(recoveryConf));
    }

    public boolean is(Flag flag) {
        return flags.contains(flag);
    }

    /// The words after the command that makes a replica. Switches go along where the standard
    /// arguments do: existing scripts read `--no_leader`.
    ///
    /// @param connstring of the server to copy from, without a password; empty where there is none
    public List<String> replicaWords(String scope, Path dataDir, String connstring) {
        Map<String, String> all = new LinkedHashMap<>(options);
        if (is(Flag.NO_PARAMS)) {
            all.keySet().removeAll(REPLICA_SWITCHES);
        } else {
            all.put("scope", scope);
            all.put("role", "replica");
            all.put("datadir", dataDir.toString());
            all.put("connstring", connstring);
        }
        return words(all);
    }

    /// The words after the command that makes the first data directory of a cluster.
    public List<String> bootstrapWords(String scope, Path dataDir) {
        Map<String, String> all = new LinkedHashMap<>();
        if (!is(Flag.NO_PARAMS)) {
            all.put("scope", scope);
            all.put("datadir", dataDir.toString());
        }
        options.forEach((key, value) -> {
            if (!BOOTSTRAP_OWN.contains(key)) {
                all.put(key, value);
            }
        });
        return words(all);
    }

    private static List<String> words(Map<String, String> options) {
        return options.entrySet().stream()
                .map(option -> "--" + option.getKey() + "=" + option.getValue())
                .toList();
    }

    /// What a method's section may switch on.
    public enum Flag {
        NO_PARAMS,
        KEEP_DATA,
        NO_LEADER,
        KEEP_EXISTING_RECOVERY_CONF
    }
}
