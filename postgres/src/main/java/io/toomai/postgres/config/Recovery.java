package io.toomai.postgres.config;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Whether and how the server shall be in recovery.
public sealed interface Recovery {
    /// It shall be a primary: no signal file.
    record None() implements Recovery {}

    /// `standby.signal`.
    ///
    /// @param primaryConninfo absent = stream from nobody
    /// @param slot `primary_slot_name`
    /// @param parameters more, such as `restore_command`
    record Standby(
            Optional<Conninfo> primaryConninfo,
            Optional<String> slot,
            SortedMap<String, String> parameters)
            implements Recovery {
        public Standby {
            parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
        }
    }

    /// `recovery.signal`: recover to a target and promote; for a custom bootstrap.
    record Targeted(SortedMap<String, String> parameters) implements Recovery {
        public Targeted {
            parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
        }
    }

    /// Signal files and recovery parameters in `postgresql.auto.conf` stay as a restore has left
    /// them; for a custom bootstrap with `keep_existing_recovery_conf`.
    record AsFound() implements Recovery {}
}
