package io.toomai.agent.server;

import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.Pledge;
import io.toomai.core.ha.Upstream;
import io.toomai.postgres.data.DataDirectory;
import io.toomai.postgres.os.DurableFiles;
import io.toomai.postgres.server.Postmaster;
import io.toomai.postgres.sql.ServerOperations;
import io.toomai.postgres.sql.WalReception;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps this node's pledge (design §5): from the moment it is on disk, PostgreSQL gets no upstream
/// from us until it is withdrawn; it counts as kept once the end of reception was seen.
///
/// The order is file, configuration, reload, look. Whatever dies in between, the next process finds
/// the file and renders nothing else; PostgreSQL started without us reads the configuration.
final class PledgeKeeper {
    private static final Logger log = LoggerFactory.getLogger(PledgeKeeper.class);
    private static final Duration PROOF = Duration.ofSeconds(2);

    private final PledgeFile file;
    private final ServerFiles files;
    private final Postmaster postmaster;
    private final DataDirectory data;
    private final ServerOperations operations;
    private final WalReception reception;

    /// The pledge whose keeping this process has seen.
    private volatile Optional<Pledge> proven = Optional.empty();

    PledgeKeeper(
            ServerFiles files,
            Postmaster postmaster,
            DataDirectory data,
            ServerOperations operations,
            WalReception reception) {
        this.file = files.pledgeFile();
        this.files = files;
        this.postmaster = postmaster;
        this.data = data;
        this.operations = operations;
        this.reception = reception;
        if (file.read() instanceof PledgeFile.Content.Unreadable(var why)) {
            log.error("{}", unreadable(why));
        }
    }

    Optional<Pledge> durable() {
        return file.read() instanceof PledgeFile.Content.Promised(var pledge)
                ? Optional.of(pledge)
                : Optional.empty();
    }

    Optional<Pledge> proven() {
        return proven;
    }

    void make(Pledge pledge) {
        switch (file.read()) {
            case PledgeFile.Content.Nothing _ -> {}
            case PledgeFile.Content.Promised(var earlier) -> {
                if (!earlier.equals(pledge)) {
                    throw new ServerException(
                            text(earlier) + " is in force: it is withdrawn before another is made");
                }
            }
            case PledgeFile.Content.Unreadable(var why) ->
                    throw new ServerException(unreadable(why));
        }
        if (data.startsAs() != LocalPostgres.StartsAs.STANDBY || postmaster.find().isEmpty()) {
            throw new ServerException("no standby runs here: there is nothing to pledge");
        }
        proven = Optional.empty();
        if (file.read() instanceof PledgeFile.Content.Nothing) {
            boolean archive =
                    operations.parameter("restore_command").filter(c -> !c.isEmpty()).isPresent();
            files.archive(archive ? ServerFiles.Archive.READ : ServerFiles.Archive.NONE);
        }
        file.write(pledge);
        DurableFiles.Change change =
                files.render(new ServerFiles.Shape.StandbyOf(new Upstream.None()));
        boolean inForce =
                operations.parameter("primary_conninfo").filter(String::isEmpty).isPresent();
        if (change == DurableFiles.Change.CHANGED || !inForce) {
            postmaster.reload();
        }
        if (!operations.awaitParameter("primary_conninfo", "", PROOF)
                || !reception.awaitEnd(PROOF, postmaster::endChild)) {
            throw new ServerException(
                    "PostgreSQL may still receive WAL from "
                            + pledge.leader()
                            + " after "
                            + PROOF.toSeconds()
                            + " s: the pledge is not told to anybody and is tried again in the"
                            + " next cycle");
        }
        proven = Optional.of(pledge);
    }

    void withdraw() {
        proven = Optional.empty();
        file.clear();
    }

    /// Receiving from that server; from none is always free.
    ///
    /// @throws ServerException while a pledge forbids it
    void mustNotForbid(Upstream upstream) {
        switch (upstream) {
            case Upstream.None _ -> {}
            case Upstream.Server _, Upstream.FirstPrimaryOf _ ->
                    mustNotForbid("following " + upstream.text());
        }
    }

    /// @throws ServerException while a pledge forbids it
    void mustNotForbid(String what) {
        switch (file.read()) {
            case PledgeFile.Content.Nothing _ -> {}
            case PledgeFile.Content.Promised(var pledge) ->
                    throw new ServerException(what + " is refused: " + text(pledge) + " is kept");
            case PledgeFile.Content.Unreadable(var why) ->
                    throw new ServerException(what + " is refused: " + unreadable(why));
        }
    }

    private static String text(Pledge pledge) {
        return "the pledge to receive no WAL from "
                + pledge.leader()
                + " (term "
                + pledge.term()
                + ", /sync "
                + pledge.syncRevision()
                + ")";
    }

    private String unreadable(String why) {
        return "the pledge in "
                + file.path()
                + " cannot be read: "
                + why
                + ". PostgreSQL receives no WAL while that file is there. Remove it when the leader"
                + " has changed since it was written, or when no failover goes on";
    }
}
