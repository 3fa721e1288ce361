package io.toomai.agent.server;

import io.toomai.core.ha.Command;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.ByteSize;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.postgres.Endpoint;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.config.Recovery;
import io.toomai.postgres.create.CitusSetup;
import io.toomai.postgres.create.ClusterBootstrap;
import io.toomai.postgres.create.CustomMethod;
import io.toomai.postgres.create.Rewinding;
import io.toomai.postgres.data.DataDirectory;
import io.toomai.postgres.install.PostgresInstall;
import io.toomai.postgres.os.DiskRoom;
import io.toomai.postgres.os.Poll;
import io.toomai.settings.CommandOption;
import io.toomai.settings.MethodSettings;
import io.toomai.settings.MethodSettings.Flag;
import io.toomai.settings.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Making, copying and mending the data directory.
final class DataWork {
    private static final Logger log = LoggerFactory.getLogger(DataWork.class);
    private static final Duration INITDB = Duration.ofMinutes(10);

    /// For a whole copy of the data, a restore and the recovery after it among them.
    static final Duration COPY = Duration.ofHours(24);

    private static final Duration REWIND = Duration.ofHours(2);
    private static final Duration ROOM = Duration.ofMinutes(30);
    private static final int KEPT_ASIDE = 1;

    private final Settings settings;
    private final PostgresInstall install;
    private final ServerParts parts;
    private final DataDirectory data;
    private final ServerFiles files;
    private final ReplicaMethods replica;
    private final RewindSource rewindSource;
    private final OtherServer others;
    private final DiskRoom room;

    DataWork(
            Settings settings,
            ServerParts parts,
            DataDirectory data,
            ServerFiles files,
            OtherServer others) {
        this.settings = settings;
        this.install = parts.install();
        this.parts = parts;
        this.data = data;
        this.files = files;
        this.rewindSource = new RewindSource(parts.access(), others);
        this.others = others;
        this.replica = new ReplicaMethods(settings, install, parts, data, files);
        this.room = new DiskRoom(data.path());
    }

    /// Leaves the new cluster stopped; after a failure its remains are beside the data directory as
    /// `<dir>.failed-N` for whoever wants to know why.
    void bootstrap(Consumer<String> progress) {
        ClusterBootstrap.Plan plan =
                new ClusterBootstrap.Plan(
                        source(),
                        parts.users(),
                        files.forBootstrap(),
                        files.postgres().owned(),
                        settings.bootstrap().postBootstrap(),
                        settings.citus().map(citus -> new CitusSetup(citus.database())),
                        settings.bootstrap().custom().isPresent() ? COPY : INITDB);
        try {
            new ClusterBootstrap(parts.layout(), install, data, parts.postmaster())
                    .run(plan, progress);
        } catch (PostgresException e) {
            DataDirectory.MovedAside aside = data.moveAside("failed", KEPT_ASIDE);
            throw new ServerException(
                    e.getMessage() + ". What it had made is in " + aside.directory(), e);
        }
    }

    private ClusterBootstrap.Source source() {
        return settings.bootstrap()
                .custom()
                .<ClusterBootstrap.Source>map(this::restored)
                .orElseGet(() ->
                        new ClusterBootstrap.Source.Initdb(options(settings.bootstrap().initdb())));
    }

    private ClusterBootstrap.Source restored(MethodSettings method) {
        CustomMethod command =
                new CustomMethod(
                        "bootstrap." + method.name(),
                        method.command(),
                        method.bootstrapWords(settings.scope(), data.path()),
                        Map.of(),
                        COPY);
        Recovery recovery =
                !method.recoveryConf().isEmpty()
                        ? new Recovery.Targeted(new TreeMap<>(method.recoveryConf()))
                        : method.is(Flag.KEEP_EXISTING_RECOVERY_CONF)
                                ? new Recovery.AsFound()
                                : new Recovery.None();
        return new ClusterBootstrap.Source.Command(command, recovery);
    }

    void cloneFrom(Command.Source source, Consumer<String> progress) {
        replica.make(Optional.of(source), source.system(), progress);
    }

    /// The first data of a standby cluster.
    void bootstrapFrom(Upstream remote, Consumer<String> progress) {
        if (remote instanceof Upstream.None) {
            replica.makeOfArchive(progress);
        } else {
            cloneFrom(others.source(remote), progress);
        }
    }

    void restore(SystemIdentifier system, Consumer<String> progress) {
        replica.make(Optional.empty(), system, progress);
    }

    void rewind(Command.Source source, Consumer<String> progress) {
        if (hadToWaitForRoom(progress)) {
            return; // another may lead by now: decided anew
        }
        progress.accept("from " + source.name());
        rewindSource.awaitCheckpoint(source, progress);
        Rewinding.Result result =
                new Rewinding(parts.layout(), install, data)
                        .run(
                                new Rewinding.Source(
                                        new Endpoint(source.host(), source.port()),
                                        parts.users().rewind(),
                                        settings.postgresql().database()),
                                files.postgres().recoveryConf().containsKey("restore_command")
                                        ? Rewinding.MissingWal.RESTORE
                                        : Rewinding.MissingWal.FAIL,
                                REWIND);
        switch (result) {
            case Rewinding.Result.Done _ -> log.info("{} rewind: done", settings.name());
            case Rewinding.Result.NotNeeded _ -> {
                log.info("{} rewind: not needed, nothing had diverged", settings.name());
            }
            case Rewinding.Result.Failed(var why, _) -> throw new ServerException(why);
        }
    }

    /// A rewind that runs out of space leaves data that nothing can be made of.
    private boolean hadToWaitForRoom(Consumer<String> progress) {
        if (!room.isScarce()) {
            return false;
        }
        progress.accept("waiting for room on the file system of " + data.path());
        Poll.until(ROOM, () -> !room.isScarce());
        return true;
    }

    /// Keeps the old data beside the new where there is room for both, unless the first method
    /// builds upon it (I4; decision 0022).
    void replaceWithClone(Command.Source source, Consumer<String> progress) {
        boolean hasData = !(data.inspect() instanceof LocalPostgres.NoDataDirectory);
        if (hasData && replica.buildsOnOldData(source)) {
            log.warn(
                    "{} reinitialize: the old data is left to the first method, which builds on it",
                    settings.name());
            replica.remake(source, this::discardUnfinished, progress);
            return;
        }
        if (hasData) {
            setAside();
        }
        cloneFrom(source, progress);
    }

    private void setAside() {
        long used = DirectorySize.of(data.path()).bytes();
        long free = data.freeSpace().bytes();
        if (free > used + used / 5) {
            DataDirectory.MovedAside aside = data.moveAside("replaced", KEPT_ASIDE);
            log.warn(
                    "{} reinitialize: the old data is kept in {}; remove it when the member is"
                            + " well again",
                    settings.name(),
                    aside.directory());
        } else {
            log.warn(
                    "{} reinitialize: no room to keep the old data ({} free, {} used), removed",
                    settings.name(),
                    new ByteSize(free),
                    new ByteSize(used));
            data.delete();
        }
    }

    /// What was interrupted is kept once, out of the way: a rewind that was cut off may have been
    /// this cluster's last other copy (I4). A mount point cannot be renamed; then it is emptied.
    void discardUnfinished() {
        try {
            DataDirectory.MovedAside aside = data.moveAside("unfinished", KEPT_ASIDE);
            log.warn("{} data: unfinished work is kept in {}", settings.name(), aside.directory());
        } catch (PostgresException e) {
            log.warn(
                    "{} data: unfinished work cannot be moved aside ({}), removed",
                    settings.name(),
                    e.getMessage());
            data.delete();
        }
    }

    static List<String> options(List<CommandOption> options) {
        return options.stream().map(CommandOption::argument).toList();
    }
}
