package io.toomai.agent.server;

import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LocalPostgres.LastRole;
import io.toomai.core.ha.LocalPostgres.Replay;
import io.toomai.core.ha.LocalPostgres.Standby;
import io.toomai.core.ha.LocalPostgres.Unresponsive;
import io.toomai.postgres.os.DurableFiles;
import io.toomai.postgres.server.PostmasterFile;
import java.nio.file.Path;
import java.util.Optional;

/// Which postmaster was told to promote, in a file before it is told: a promotion goes on when the
/// agent dies, and nothing that PostgreSQL tells of itself shows it. It ends with that postmaster,
/// so nobody needs to remove the file, and it need not survive a crash of the machine.
final class PromotionMark {
    private final Path path;
    private final Path dataDirectory;

    PromotionMark(Path directory, Path dataDirectory) {
        this.path = directory.resolve("promotion");
        this.dataDirectory = dataDirectory;
    }

    /// The postmaster that runs now is about to be told. Survives this process when it returns.
    void write() {
        postmaster().ifPresent(running -> DurableFiles.writeForThisRun(path, running));
    }

    /// What was seen, and whether it may be a primary at any moment.
    LocalPostgres on(LocalPostgres seen) {
        return switch (seen) {
            case Standby standby when isOfRunning() -> promoting(standby);
            case Unresponsive silent when isOfRunning() ->
                    new Unresponsive(
                            silent.control(), LastRole.PRIMARY, silent.since(), silent.why());
            case LocalPostgres _ -> seen;
        };
    }

    private boolean isOfRunning() {
        return DurableFiles.read(path).filter(postmaster().orElse("")::equals).isPresent();
    }

    private Optional<String> postmaster() {
        return PostmasterFile.read(dataDirectory)
                .map(file -> file.pid() + " " + file.started() + "\n");
    }

    private static Standby promoting(Standby standby) {
        return new Standby(
                standby.server(),
                standby.received(),
                standby.replayed(),
                standby.upstream(),
                standby.walReceiver(),
                Replay.PROMOTING);
    }
}
