package io.toomai.postgres.create;

import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import io.toomai.postgres.ServerLayout;
import io.toomai.postgres.install.PostgresInstall;
import io.toomai.postgres.install.Tool;
import io.toomai.postgres.os.ChildProcess;
import io.toomai.postgres.os.Program;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Copies by PostgreSQL's own pg_basebackup.
public final class PgBasebackup implements CloneMethod {
    private static final Pattern PROGRESS = Pattern.compile("^\\s*(\\d+)/(\\d+) kB \\(");

    private final ServerLayout layout;
    private final PostgresInstall install;

    public PgBasebackup(ServerLayout layout, PostgresInstall install) {
        this.layout = layout;
        this.install = install;
    }

    @Override
    public void copy(Path target, Source source, Progress progress) {
        List<String> arguments =
                new ArrayList<>(
                        UserOptions.checked(
                                "pg_basebackup", source.options(), UserOptions.BASEBACKUP_OWN));
        arguments.add("--pgdata=" + install.launch().inside(target));
        arguments.add("--wal-method=stream");
        arguments.add("--progress");
        arguments.add("--no-password");
        if (arguments.stream().noneMatch(option -> option.startsWith("--checkpoint"))) {
            arguments.add("--checkpoint=fast");
        }
        source.slot().ifPresent(slot -> arguments.add("--slot=" + slot));
        try (ToolLogin login =
                ToolLogin.write(
                        new ToolLogin.Tool(layout, install.launch()),
                        source.server(),
                        source.replication(),
                        "replication")) {
            arguments.add("--dbname=" + login.conninfo().text());
            Program program =
                    Program.of(install.command(Tool.PG_BASEBACKUP, arguments), source.timeout())
                            .with(login.environment())
                            .with("LC_ALL", "C")
                            .onLine(line -> report(line, progress));
            Program.Result result = ChildProcess.run(program);
            if (!result.succeeded()) {
                throw failure(result, source);
            }
        }
    }

    static void report(String line, Progress progress) {
        Matcher matcher = PROGRESS.matcher(line);
        if (matcher.find()) {
            progress.copied(
                    Long.parseLong(matcher.group(1)) * 1024,
                    Long.parseLong(matcher.group(2)) * 1024);
        }
    }

    private static PostgresException failure(Program.Result result, Source source) {
        Code code =
                result.errors().contains("No space left on device")
                        ? Code.DISK_FULL
                        : result.errors().contains("authentication failed")
                                ? Code.AUTHENTICATION
                                : result.end() == Program.End.TIMED_OUT
                                        ? Code.TIMEOUT
                                        : Code.PROGRAM_FAILED;
        return new PostgresException(
                code, "pg_basebackup from " + source.server() + " failed: " + result.explanation());
    }
}
