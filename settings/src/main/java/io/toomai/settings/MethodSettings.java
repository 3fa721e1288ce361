package io.toomai.settings;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// A custom way to create a data directory (`bootstrap.method`, `create_replica_methods`).
///
/// @param command empty only for the built-in `basebackup`
/// @param options what becomes `--key=value`, in the order of the file
/// @param recoveryConf recovery parameters of a bootstrap method
public record MethodSettings(
        String name,
        String command,
        Set<Flag> flags,
        Map<String, String> options,
        Map<String, String> recoveryConf) {
    /// The method that needs no section of its own.
    public static final String BASEBACKUP = "basebackup";

    public MethodSettings {
        flags = Collections.unmodifiableSet(new TreeSet<>(flags));
        options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
        recoveryConf = Collections.unmodifiableMap(new TreeMap<>(recoveryConf));
    }

    public boolean is(Flag flag) {
        return flags.contains(flag);
    }

    /// What a method's section may switch on.
    public enum Flag {
        NO_PARAMS,
        KEEP_DATA,
        NO_LEADER,
        KEEP_EXISTING_RECOVERY_CONF
    }
}
