package io.toomai.agent.server;

import io.toomai.postgres.os.Poll;
import io.toomai.postgres.server.Postmaster;
import java.time.Duration;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sees to it that nothing of a server that was here confirms commits or writes data any more, be
/// it a child of a dead postmaster or a process that hangs in the kernel (decision 0010). Any
/// thread.
final class FormerServer {
    private static final Logger log = LoggerFactory.getLogger(FormerServer.class);
    private static final Duration QUICK = Duration.ofSeconds(2);
    private static final Duration LONG = Duration.ofMinutes(30);

    private final Postmaster postmaster;

    FormerServer(Postmaster postmaster) {
        this.postmaster = postmaster;
    }

    /// Ends all of it; nothing confirms a commit when this returns.
    ///
    /// @throws ServerException when something lives on
    void end(Duration patience) {
        switch (postmaster.kill(patience)) {
            case Postmaster.Orphans.Gone _ -> {}
            case Postmaster.Orphans.Doomed(var pids) ->
                    log.warn(
                            "processes of PostgreSQL hang in the kernel and end with that: {}. They"
                                    + " do nothing any more, but this node cannot run PostgreSQL"
                                    + " before they are gone. Look at its disk; restart the machine"
                                    + " if it does not come back",
                            pids);
            case Postmaster.Orphans.Left(var pids) ->
                    throw new ServerException("processes of PostgreSQL cannot be ended: " + pids);
            case Postmaster.Orphans.PostmasterLives(var pid) ->
                    throw new ServerException("the postmaster cannot be ended: " + pid);
        }
    }

    /// Backends whose postmaster has died could confirm commits. A postmaster that lives is left
    /// alone.
    ///
    /// @throws ServerException when something lives on
    void endOrphans() {
        if (postmaster.killOrphans(QUICK) instanceof Postmaster.Orphans.Left(var pids)) {
            throw new ServerException("processes of the dead postmaster cannot be ended: " + pids);
        }
    }

    /// Nobody else works on the data, not even from within the kernel.
    ///
    /// @throws ServerException when somebody does, or a postmaster lives
    void mustBeGone() {
        switch (postmaster.killOrphans(QUICK)) {
            case Postmaster.Orphans.Gone _ -> {}
            case Postmaster.Orphans.PostmasterLives(var pid) ->
                    throw new ServerException("a postmaster runs already, process " + pid);
            case Postmaster.Orphans.Doomed(var pids) ->
                    throw new ServerException(
                            "processes of the former server still hang in the kernel: " + pids);
            case Postmaster.Orphans.Left(var pids) ->
                    throw new ServerException(
                            "processes of the dead postmaster cannot be ended: " + pids);
        }
    }

    /// The same, but what hangs in the kernel is waited for, half an hour at most: a rewind that
    /// fails counts as one that has left half of its work.
    void await(Consumer<String> progress) {
        if (postmaster.killOrphans(QUICK) instanceof Postmaster.Orphans.Doomed(var pids)) {
            progress.accept("waiting for processes that hang in the kernel: " + pids);
            Poll.until(
                    LONG, () -> postmaster.killOrphans(QUICK) instanceof Postmaster.Orphans.Gone);
        }
        mustBeGone();
    }
}
