package io.toomai.postgres;

import java.nio.file.Path;

/// Where the files of the local server are.
///
/// @param configDirectory where postgresql.conf, pg_hba.conf, pg_ident.conf are; usually the data
///   directory
/// @param configBaseName name of the main file without `.conf`, usually `postgresql`
/// @param pgpass password file that PostgreSQL's WAL receiver and tools read
/// @param log takes what the postmaster prints before (or without) the logging collector
public record ServerLayout(
        Path dataDirectory, Path configDirectory, String configBaseName, Path pgpass, Path log) {
    public ServerLayout {
        dataDirectory = dataDirectory.toAbsolutePath().normalize();
        configDirectory = configDirectory.toAbsolutePath().normalize();
        pgpass = pgpass.toAbsolutePath().normalize();
        log = log.toAbsolutePath().normalize();
    }

    /// The usual one: configuration in the data directory.
    public static ServerLayout of(Path dataDirectory, Path pgpass, Path log) {
        return new ServerLayout(dataDirectory, dataDirectory, "postgresql", pgpass, log);
    }

    public Path mainConfiguration() {
        return configDirectory.resolve(configBaseName + ".conf");
    }
}
