package io.toomai.postgres.create;

import io.toomai.postgres.Endpoint;
import io.toomai.postgres.Login;
import io.toomai.postgres.ServerLayout;
import io.toomai.postgres.data.DataDirectory;
import io.toomai.postgres.data.DataDirectory.Making;
import io.toomai.postgres.install.PostgresInstall;
import io.toomai.postgres.install.Tool;
import io.toomai.postgres.os.ChildProcess;
import io.toomai.postgres.os.DurableFiles;
import io.toomai.postgres.os.Program;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Turns a stopped data directory back to where it parted from a primary, by pg_rewind. While
/// pg_rewind writes, a marker beside the directory says so; a crash then is seen as an unfinished
/// clone. On success the directory is a standby; the caller writes its configuration again, because
/// pg_rewind brings the source's files.
public final class Rewinding {
    private final ServerLayout layout;
    private final PostgresInstall install;
    private final DataDirectory data;

    public Rewinding(ServerLayout layout, PostgresInstall install, DataDirectory data) {
        this.layout = layout;
        this.install = install;
        this.data = data;
    }

    /// How it went.
    public sealed interface Result {
        record Done() implements Result {}

        /// Source and target have not parted.
        record NotNeeded() implements Result {}

        record Failed(String why, Target target) implements Result {}
    }

    /// What a failed rewind left.
    public enum Target {
        /// As it was.
        UNTOUCHED,
        /// Only a clone helps; the directory shows as an unfinished clone from now on.
        DAMAGED
    }

    /// Whether pg_rewind may fetch WAL that this server lacks by its own `restore_command`.
    public enum MissingWal {
        RESTORE,
        FAIL
    }

    /// What to rewind from.
    ///
    /// @param database that pg_rewind connects to
    public record Source(Endpoint server, Login rewind, String database) {}

    /// Runs pg_rewind; the server must be stopped.
    public Result run(Source source, MissingWal missing, Duration timeout) {
        List<String> arguments = new ArrayList<>();
        arguments.add("--target-pgdata=" + install.launch().inside(data.path()));
        arguments.add("--progress");
        if (missing == MissingWal.RESTORE) {
            arguments.add("--restore-target-wal");
        }
        // pg_rewind starts the server for crash recovery and must find the same configuration.
        boolean elsewhere = !layout.configDirectory().equals(layout.dataDirectory());
        if (elsewhere && install.major() >= 15) {
            arguments.add("--config-file=" + install.launch().inside(layout.mainConfiguration()));
        }
        data.beginMakingInPlace(Making.REWIND);
        // The single-user server by which pg_rewind ends a crash recovery refuses to be a standby.
        Path signal = data.path().resolve("standby.signal");
        boolean wasStandby = DurableFiles.delete(signal) == DurableFiles.Change.CHANGED;
        DurableFiles.delete(data.path().resolve("recovery.signal"));
        Result result;
        try (ToolLogin login =
                ToolLogin.write(
                        new ToolLogin.Tool(layout, install.launch()),
                        source.server(),
                        source.rewind(),
                        source.database())) {
            arguments.add("--source-server=" + login.conninfo().text());
            Program program =
                    Program.of(install.command(Tool.PG_REWIND, arguments), timeout)
                            .with(login.environment())
                            .with("LC_ALL", "C");
            result = judge(ChildProcess.run(program));
        }
        if (wasStandby) {
            DurableFiles.write(signal, "");
        }
        settle(result);
        return result;
    }

    private static Result judge(Program.Result ended) {
        String said = ended.errors() + ended.output();
        if (ended.succeeded()) {
            return said.contains("no rewind required") ? new Result.NotNeeded() : new Result.Done();
        }
        // With --progress it says how much it will copy right before it touches the target.
        Target target = said.contains("need to copy") ? Target.DAMAGED : Target.UNTOUCHED;
        return new Result.Failed("pg_rewind failed: " + ended.explanation(), target);
    }

    private void settle(Result result) {
        switch (result) {
            case Result.Done _ -> {
                DurableFiles.write(data.path().resolve("standby.signal"), "");
                data.finishMaking(Making.REWIND);
            }
            case Result.NotNeeded _ -> data.finishMaking(Making.REWIND);
            case Result.Failed(_, var target) -> {
                if (target == Target.UNTOUCHED) {
                    data.finishMaking(Making.REWIND);
                }
            }
        }
    }
}
