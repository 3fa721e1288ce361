package io.toomai.agent.server;

import io.toomai.core.ha.Command;
import io.toomai.core.ha.RemoteReading;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.Timeline;
import io.toomai.postgres.Endpoint;
import io.toomai.postgres.os.Poll;
import io.toomai.postgres.sql.LocalSql;
import io.toomai.postgres.sql.ServerOperations;
import io.toomai.postgres.sql.SqlAccess;
import java.time.Duration;
import java.util.function.Consumer;

/// Makes a server fit to be rewound from. pg_rewind compares the timelines of the latest
/// checkpoints, before PostgreSQL 16 even those of a standby; a source whose checkpoint is on an
/// older timeline than its WAL makes it find nothing to do. A primary of this cluster tells of its
/// checkpoint in its member key; one of another cluster, and a standby, have to be asked. For the
/// task's thread.
final class RewindSource {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration CHECKPOINT = Duration.ofMinutes(30);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration QUICK = Duration.ofSeconds(5);

    private final SqlAccess local;
    private final OtherServer others;

    /// @param local the superuser's, of this node's own server: that of a copy is the same
    RewindSource(SqlAccess local, OtherServer others) {
        this.local = local;
        this.others = others;
    }

    /// Waits, and asks for checkpoints meanwhile: a standby's becomes one only when it has replayed
    /// a primary's.
    ///
    /// @throws ServerException when there is none within two minutes
    void awaitCheckpoint(Command.Source source, Consumer<String> progress) {
        if (source.kind() == Command.Source.Kind.MEMBER) {
            return;
        }
        Timeline timeline = timeline(source);
        SqlAccess access =
                new SqlAccess(
                        new Endpoint(source.host(), source.port()),
                        local.database(),
                        local.login(),
                        "Toomai rewind");
        try (ServerOperations server = new ServerOperations(new LocalSql(access))) {
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (!hasCheckpoint(server, timeline)) {
                if (System.nanoTime() - end > 0) {
                    throw new ServerException(
                            source.name()
                                    + " has made no checkpoint on timeline "
                                    + timeline
                                    + " within "
                                    + PATIENCE.toSeconds()
                                    + " s; nothing is rewound from it before");
                }
                progress.accept("waiting for a checkpoint on " + source.name());
                server.checkpoint(CHECKPOINT);
                Poll.until(PAUSE, () -> hasCheckpoint(server, timeline));
            }
        }
    }

    private Timeline timeline(Command.Source source) {
        return others.read(new Upstream.Server(source.host(), source.port()))
                        instanceof RemoteReading.Answered answer
                ? answer.timeline()
                : Timeline.UNKNOWN;
    }

    private static boolean hasCheckpoint(ServerOperations server, Timeline timeline) {
        return server.rows("SELECT timeline_id FROM pg_control_checkpoint()", QUICK).stream()
                .flatMap(row -> row.stream())
                .map(Integer::parseInt)
                .allMatch(checkpoint -> checkpoint >= timeline.number());
    }
}
