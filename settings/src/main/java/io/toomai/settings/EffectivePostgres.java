package io.toomai.settings;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/// What PostgreSQL and its programs get after built-in defaults, dynamic and local configuration
/// are merged (contract §4.1, §4.4). Immutable.
///
/// @param parameters everything for postgresql.conf, owned ones included, as text
/// @param owned the part of `parameters` that goes on the postmaster's command line as well
/// @param pgHba empty = the file is not managed
/// @param pgIdent empty = the file is not managed
/// @param callbacks action (`on_start` …) → command
/// @param createReplicaMethods in the order to try
/// @param standbyMethods the same for the first copy of a standby cluster; never empty
/// @param basebackup options for pg_basebackup
/// @param rewind options for pg_rewind
/// @param customConf the file to include instead of postgresql.base.conf
public record EffectivePostgres(
        SortedMap<String, String> parameters,
        SortedMap<String, String> owned,
        List<String> pgHba,
        List<String> pgIdent,
        SortedMap<String, String> recoveryConf,
        Set<Feature> features,
        Duration pgCtlTimeout,
        List<MethodSettings> createReplicaMethods,
        List<MethodSettings> standbyMethods,
        List<CommandOption> basebackup,
        List<CommandOption> rewind,
        SortedMap<String, String> callbacks,
        Optional<String> customConf,
        Optional<String> prePromote,
        Optional<String> beforeStop,
        List<Warning> warnings) {
    public EffectivePostgres {
        parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
        owned = Collections.unmodifiableSortedMap(new TreeMap<>(owned));
        pgHba = List.copyOf(pgHba);
        pgIdent = List.copyOf(pgIdent);
        recoveryConf = Collections.unmodifiableSortedMap(new TreeMap<>(recoveryConf));
        features = Collections.unmodifiableSet(new TreeSet<>(features));
        createReplicaMethods = List.copyOf(createReplicaMethods);
        standbyMethods = List.copyOf(standbyMethods);
        basebackup = List.copyOf(basebackup);
        rewind = List.copyOf(rewind);
        callbacks = Collections.unmodifiableSortedMap(new TreeMap<>(callbacks));
        warnings = List.copyOf(warnings);
    }

    /// Switches of the `postgresql` section; the key is the name in lower case.
    public enum Feature {
        USE_PG_REWIND,
        USE_SLOTS,
        USE_UNIX_SOCKET,
        USE_UNIX_SOCKET_REPL,
        REMOVE_DATA_DIRECTORY_ON_REWIND_FAILURE,
        REMOVE_DATA_DIRECTORY_ON_DIVERGED_TIMELINES
    }

    /// @param majorVersion of the local PostgreSQL, such as 17
    public static EffectivePostgres of(Settings local, DynamicSettings dynamic, int majorVersion) {
        return PostgresMerge.merge(local, dynamic, majorVersion);
    }

    /// The same with other parameters; owned ones keep their place on the command line.
    public EffectivePostgres withParameters(
            SortedMap<String, String> checked, SortedMap<String, String> checkedRecovery) {
        SortedMap<String, String> onCommandLine = new TreeMap<>(checked);
        onCommandLine.keySet().retainAll(owned.keySet());
        return new EffectivePostgres(
                checked,
                onCommandLine,
                pgHba,
                pgIdent,
                checkedRecovery,
                features,
                pgCtlTimeout,
                createReplicaMethods,
                standbyMethods,
                basebackup,
                rewind,
                callbacks,
                customConf,
                prePromote,
                beforeStop,
                warnings);
    }

    public boolean has(Feature feature) {
        return features.contains(feature);
    }
}
