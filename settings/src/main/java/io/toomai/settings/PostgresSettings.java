package io.toomai.settings;

import io.toomai.core.model.Secret;
import io.toomai.settings.text.Tree;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// What only the file may say of PostgreSQL: where it is and how to log in. Everything that the
/// dynamic configuration may say too is in `EffectivePostgres`.
///
/// @param configBaseName name of the configuration file without `.conf`
/// @param binDir absent = look in PATH
/// @param binNames program → name of the executable, such as `pg_ctl` → `pg_ctl`
/// @param overlay the section as written, for `EffectivePostgres`
public record PostgresSettings(
        ListenAddresses listen,
        HostPort connectAddress,
        Optional<HostPort> proxyAddress,
        String database,
        Path dataDir,
        Path configDir,
        String configBaseName,
        Optional<Path> binDir,
        Map<String, String> binNames,
        Path pgpass,
        Optional<String> krbsrvname,
        Authentication authentication,
        Tree.Mapping overlay) {
    public PostgresSettings {
        binNames = Collections.unmodifiableMap(new TreeMap<>(binNames));
    }

    /// The file of a program of PostgreSQL: under `bin_dir`, or its bare name when that is not set.
    public Path binary(String program) {
        Path name = Path.of(binNames.getOrDefault(program, program));
        return binDir.map(dir -> dir.resolve(name)).orElse(name);
    }

    /// The three users. `rewind` is the superuser unless the file names another.
    public record Authentication(Login superuser, Login replication, Login rewind) {}

    /// How one user logs in.
    ///
    /// @param username absent for a superuser that the operating system names
    /// @param sslpassword secret of `sslkey`
    /// @param options `sslmode`, `sslcert`, `sslrootcert`, `gssencmode`, `channel_binding` … by
    ///   libpq name
    public record Login(
            Optional<String> username,
            Optional<Secret> password,
            Optional<Secret> sslpassword,
            SortedMap<String, String> options) {
        public Login {
            options = Collections.unmodifiableSortedMap(new TreeMap<>(options));
        }
    }
}
