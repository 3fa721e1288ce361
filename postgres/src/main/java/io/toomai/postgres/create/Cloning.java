package io.toomai.postgres.create;

import io.toomai.core.model.SystemIdentifier;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import io.toomai.postgres.data.ControlFile;
import io.toomai.postgres.data.ControlRead;
import io.toomai.postgres.data.DataDirectory;
import io.toomai.postgres.data.DataDirectory.Making;
import io.toomai.postgres.os.DurableFiles;
import io.toomai.postgres.sql.LocalSql;
import io.toomai.postgres.sql.ServerQuery;
import io.toomai.postgres.sql.SqlAccess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// Fills an empty (or unfinished) data directory with a copy of a running server. The copy is a
/// standby from the first moment that it counts as a data directory; the caller writes its
/// configuration afterwards. After a failure the directory is empty again.
public final class Cloning {
    private static final Duration ASK = Duration.ofSeconds(5);

    private final DataDirectory data;
    private final CloneMethod method;

    public Cloning(DataDirectory data, CloneMethod method) {
        this.data = data;
        this.method = method;
    }

    /// Copies once.
    ///
    /// @param expected the cluster that the source must belong to
    /// @throws PostgresException `WRONG_SYSTEM`, `DISK_FULL`, `AUTHENTICATION`, `TIMEOUT`,
    ///   `PROGRAM_FAILED` and those of connecting
    public void run(
            CloneMethod.Source source, SystemIdentifier expected, CloneMethod.Progress progress) {
        // Only so that a wrong source is known before it is copied; the copy is judged below.
        // PostgreSQL's JDBC driver reads no encrypted key in PEM form, and libpq no other.
        if (!source.replication().options().containsKey("sslpassword")) {
            ask(source, expected);
        }
        Path target = data.beginMaking(Making.CLONE);
        try {
            method.copy(target, source, progress);
            mustBe(systemOf(target), expected, source);
        } catch (PostgresException e) {
            String free = data.freeSpace().toString();
            data.delete();
            if (e.code() == Code.DISK_FULL) {
                throw new PostgresException(
                        Code.DISK_FULL,
                        "the disk of "
                                + data.path()
                                + " is too small for a copy of "
                                + source.server()
                                + " ("
                                + free
                                + " were left when it failed); the partial copy was removed. Free"
                                + " space there or give it a larger disk; Toomai tries again. ("
                                + e.getMessage()
                                + ")",
                        e);
            }
            throw e;
        }
        data.moveBuiltIntoPlace();
        complete(data);
    }

    private static void ask(CloneMethod.Source source, SystemIdentifier expected) {
        SqlAccess access =
                new SqlAccess(source.server(), "postgres", source.replication(), "Toomai clone");
        try (LocalSql sql = new LocalSql(access)) {
            mustBe(new ServerQuery(sql).systemOfReplicationSource(ASK), expected, source);
        }
    }

    /// Lets a command of the operator's fill the data directory itself. Old data may be in it for
    /// the command to use. After a failure the directory stays, marked as unfinished.
    ///
    /// @throws PostgresException `PROGRAM_FAILED`, `WRONG_SYSTEM`, `INTERRUPTED`
    public static void byCommand(
            CustomMethod custom, DataDirectory data, Optional<SystemIdentifier> expected) {
        data.beginMakingInPlace(Making.CLONE);
        custom.with(data.marks()).run();
        switch (data.control()) {
            case ControlRead.Intact(var control)
                    when expected.filter(s -> !s.equals(control.facts().system())).isEmpty() -> {}
            case ControlRead.Intact(var control) ->
                    throw wrong(
                            "what " + custom.setting() + " made",
                            control.facts().system(),
                            expected.orElseThrow());
            case ControlRead.Corrupt(var why) ->
                    throw new PostgresException(
                            Code.PROGRAM_FAILED,
                            "the command of "
                                    + custom.setting()
                                    + " ended well but left no usable data directory: "
                                    + why);
        }
        data.forgetServer();
        complete(data);
    }

    /// A copy must never start as a primary: standby.signal is durable before the marker goes.
    private static void complete(DataDirectory data) {
        DurableFiles.write(data.path().resolve("standby.signal"), "");
        data.finishMaking(Making.CLONE);
    }

    private static SystemIdentifier systemOf(Path target) {
        if (!Files.isDirectory(target)) {
            throw new PostgresException(
                    Code.PROGRAM_FAILED, "the copy in " + target + " is missing");
        }
        return switch (ControlFile.read(target)) {
            case ControlRead.Intact(var control) -> control.facts().system();
            case ControlRead.Corrupt(var why) ->
                    throw new PostgresException(Code.PROGRAM_FAILED, "the copy is damaged: " + why);
        };
    }

    private static void mustBe(
            SystemIdentifier found, SystemIdentifier expected, CloneMethod.Source source) {
        if (!found.equals(expected)) {
            throw wrong(source.server().toString(), found, expected);
        }
    }

    private static PostgresException wrong(
            String source, SystemIdentifier found, SystemIdentifier expected) {
        return new PostgresException(
                Code.WRONG_SYSTEM,
                source
                        + " belongs to another cluster (system identifier "
                        + found
                        + ", expected "
                        + expected
                        + "); check where it comes from and the scope");
    }
}
