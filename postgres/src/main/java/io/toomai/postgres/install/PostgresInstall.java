package io.toomai.postgres.install;

import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// One installation of PostgreSQL's programs.
///
/// @param major e.g. 17
/// @param version as the server prints it, e.g. `17.6`
/// @param tools the programs that exist
public record PostgresInstall(
        int major, String version, Path binDir, Map<Tool, Path> tools, Launch launch) {
    /// Without these no cluster can be run; the others have substitutes or are only missed when
    /// used.
    static final Set<Tool> NEEDED = Set.of(Tool.POSTGRES);

    public PostgresInstall {
        tools = Collections.unmodifiableMap(new EnumMap<>(tools));
    }

    public boolean has(Tool tool) {
        Path file = tools.get(tool);
        return file != null && Files.isExecutable(file);
    }

    /// Everything that bootstrap, clone and rewind want.
    public boolean isComplete() {
        return has(Tool.POSTGRES)
                && has(Tool.INITDB)
                && has(Tool.PG_BASEBACKUP)
                && has(Tool.PG_REWIND);
    }

    /// The words that start a program.
    ///
    /// @throws PostgresException `BINARIES_MISSING`
    public List<String> command(Tool tool, List<String> arguments) {
        Path file = tools.get(tool);
        if (file == null || !has(tool)) {
            throw new PostgresException(
                    Code.BINARIES_MISSING,
                    "program "
                            + tool.fileName()
                            + " is missing in "
                            + binDir
                            + "; install the PostgreSQL "
                            + major
                            + " server and client packages or set postgresql.bin_dir");
        }
        return launch.command(file, arguments);
    }

    /// @throws PostgresException `BINARIES_WRONG_VERSION` when a data directory of another major
    ///   version is to be run
    public void mustBe(int dataMajor, Path dataDirectory) {
        if (dataMajor != major) {
            throw new PostgresException(
                    Code.BINARIES_WRONG_VERSION,
                    "data directory "
                            + dataDirectory
                            + " was made by PostgreSQL "
                            + dataMajor
                            + " but the programs in "
                            + binDir
                            + " are PostgreSQL "
                            + major
                            + "; set postgresql.bin_dir to PostgreSQL "
                            + dataMajor
                            + " or run pg_upgrade");
        }
    }
}
