package io.toomai.postgres.create;

import io.toomai.postgres.Endpoint;
import io.toomai.postgres.Login;
import io.toomai.postgres.ServerLayout;
import io.toomai.postgres.install.PostgresInstall;
import io.toomai.postgres.install.Tool;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// A way to copy a running server's data directory, WAL included. Port for `pg_basebackup` and for
/// a native base backup.
public interface CloneMethod {
    /// Copies into `target`, which does not exist yet; all files are durable when it returns.
    ///
    /// @throws io.toomai.postgres.PostgresException when it fails; `target` may hold a part then
    void copy(Path target, Source source, Progress progress);

    /// pg_basebackup where it is installed, else the native one.
    static CloneMethod of(ServerLayout layout, PostgresInstall install) {
        return install.has(Tool.PG_BASEBACKUP)
                ? new PgBasebackup(layout, install)
                : new NativeClone();
    }

    /// What to copy.
    ///
    /// @param slot that keeps the WAL meanwhile; absent = a temporary one
    /// @param options of the operator, `--name` or `--name=value`
    /// @param timeout for the whole copy
    record Source(
            Endpoint server,
            Login replication,
            Optional<String> slot,
            List<String> options,
            Duration timeout) {
        public Source {
            options = List.copyOf(options);
        }
    }

    /// Told as the copy goes on.
    @FunctionalInterface
    interface Progress {
        /// The total is the source's estimate, zero when unknown.
        void copied(long doneBytes, long totalBytes);
    }
}
