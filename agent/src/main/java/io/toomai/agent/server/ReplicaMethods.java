package io.toomai.agent.server;

import io.toomai.core.ha.Command;
import io.toomai.core.model.ByteSize;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.postgres.Endpoint;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import io.toomai.postgres.create.CloneMethod;
import io.toomai.postgres.create.Cloning;
import io.toomai.postgres.create.CustomMethod;
import io.toomai.postgres.create.ToolLogin;
import io.toomai.postgres.data.DataDirectory;
import io.toomai.postgres.install.Launch;
import io.toomai.postgres.install.PostgresInstall;
import io.toomai.settings.MethodSettings;
import io.toomai.settings.MethodSettings.Flag;
import io.toomai.settings.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes this node's data a copy of the cluster's by the ways that the operator has named, in their
/// order, until one succeeds (contract §4.6). What a way leaves counts as data only when it belongs
/// to this cluster.
final class ReplicaMethods {
    private static final Logger log = LoggerFactory.getLogger(ReplicaMethods.class);
    private static final int BASEBACKUP_ATTEMPTS = 2;

    private final Settings settings;
    private final PostgresInstall install;
    private final ServerParts parts;
    private final DataDirectory data;
    private final ServerFiles files;

    ReplicaMethods(
            Settings settings,
            PostgresInstall install,
            ServerParts parts,
            DataDirectory data,
            ServerFiles files) {
        this.settings = settings;
        this.install = install;
        this.parts = parts;
        this.data = data;
        this.files = files;
    }

    private List<MethodSettings> methods(Optional<Command.Source> source) {
        return source.filter(s -> s.kind() == Command.Source.Kind.REMOTE_PRIMARY).isPresent()
                ? files.postgres().standbyMethods()
                : files.postgres().createReplicaMethods();
    }

    /// Whether the first way wants the old data (`keep_data`).
    boolean buildsOnOldData(Command.Source source) {
        return methods(Optional.of(source)).stream()
                .findFirst()
                .filter(m -> m.is(Flag.KEEP_DATA))
                .isPresent();
    }

    /// Into an empty directory, which is empty again where all ways fail.
    ///
    /// @param source empty = only by ways that need none
    void make(Optional<Command.Source> source, SystemIdentifier system, Consumer<String> progress) {
        Attempt attempt = new Attempt(source, Optional.of(system), progress);
        tryAll(methods(source), attempt, data::delete);
    }

    /// The first data of a standby cluster that follows an archive: whatever is in the backup is
    /// its cluster.
    void makeOfArchive(Consumer<String> progress) {
        Attempt attempt = new Attempt(Optional.empty(), Optional.empty(), progress);
        tryAll(files.postgres().standbyMethods(), attempt, data::delete);
    }

    /// Over old data. As soon as a way fails that built on it, it is half of something: put aside
    /// like every unfinished data, never removed for room, since the leader that was there at the
    /// beginning may be gone by then (I4).
    ///
    /// @param putAside moves the unfinished data directory out of the way
    void remake(Command.Source source, Runnable putAside, Consumer<String> progress) {
        Optional<Command.Source> from = Optional.of(source);
        tryAll(methods(from), new Attempt(from, Optional.of(source.system()), progress), putAside);
    }

    /// What all ways have to do.
    ///
    /// @param system that the data must be of; empty where nobody knows yet
    private record Attempt(
            Optional<Command.Source> source,
            Optional<SystemIdentifier> system,
            Consumer<String> progress) {}

    private void tryAll(List<MethodSettings> methods, Attempt attempt, Runnable clear) {
        List<MethodSettings> usable =
                methods.stream()
                        .filter(m -> attempt.source().isPresent() || m.is(Flag.NO_LEADER))
                        .toList();
        List<String> failures = new ArrayList<>();
        Runnable clearNext = clear;
        boolean used = false;
        for (MethodSettings method : usable) {
            if (used && !method.is(Flag.KEEP_DATA)) {
                clearNext.run();
                clearNext = data::delete; // from here on nothing in it is old
            }
            try {
                run(method, attempt);
                files.restoreMissing();
                log.info("{} replica: made by {}", settings.name(), method.name());
                return;
            } catch (PostgresException e) {
                if (e.code() == Code.INTERRUPTED) {
                    throw e;
                }
                used = true;
                failures.add(method.name() + ": " + e.getMessage());
                log.warn(
                        "{} replica: {} failed: {}",
                        settings.name(),
                        method.name(),
                        e.getMessage());
            }
        }
        if (used) {
            clearNext.run();
        }
        throw new ServerException(
                failures.isEmpty()
                        ? "no way to make a replica is left: set postgresql.create_replica_methods,"
                                + " for a standby cluster standby_cluster.create_replica_methods"
                                + " (without a server to copy from: with no_leader)"
                        : String.join("; ", failures));
    }

    private void run(MethodSettings method, Attempt attempt) {
        if (method.name().equals(MethodSettings.BASEBACKUP)) {
            basebackup(attempt.source().orElseThrow(), attempt.progress());
        } else {
            byCommand(method, attempt);
        }
    }

    private void basebackup(Command.Source source, Consumer<String> progress) {
        for (int left = BASEBACKUP_ATTEMPTS - 1; ; left--) {
            try {
                basebackupOnce(source, progress);
                return;
            } catch (PostgresException e) {
                if (left == 0 || !mayPass(e.code())) {
                    throw e;
                }
                log.warn("{} clone: tried once more after: {}", settings.name(), e.getMessage());
            }
        }
    }

    /// Whether the same may succeed a moment later.
    private static boolean mayPass(Code code) {
        return switch (code) {
            case PROGRAM_FAILED, REFUSED, NOT_READY, CONNECTION_LOST, SQL -> true;
            case BINARIES_MISSING,
                    BINARIES_WRONG_VERSION,
                    FILE,
                    DISK_FULL,
                    TIMEOUT,
                    AUTHENTICATION,
                    WRONG_SYSTEM,
                    FORBIDDEN_OPTION,
                    INTERRUPTED ->
                    false;
        };
    }

    private void basebackupOnce(Command.Source source, Consumer<String> progress) {
        CloneMethod.Source from =
                new CloneMethod.Source(
                        endpoint(source),
                        parts.users().replication(),
                        Optional.empty(),
                        DataWork.options(files.postgres().basebackup()),
                        DataWork.COPY);
        CloneMethod method = CloneMethod.of(parts.layout(), install);
        log.info(
                "{} clone: copying from {} by {}",
                settings.name(),
                source.name(),
                method.getClass().getSimpleName());
        new Cloning(data, method)
                .run(from, source.system(), (done, total) -> tell(progress, done, total));
    }

    private static void tell(Consumer<String> progress, long done, long total) {
        String percent = total > 0 ? " (" + Math.min(100, done * 100 / total) + "%)" : "";
        progress.accept("copied " + new ByteSize(done) + " of " + new ByteSize(total) + percent);
    }

    private void byCommand(MethodSettings method, Attempt attempt) {
        attempt.progress().accept("running " + method.name());
        log.info(
                "{} replica: running {}{}",
                settings.name(),
                method.name(),
                attempt.source().map(s -> " beside " + s.name()).orElse(" without any server"));
        if (attempt.source().isEmpty()) {
            byCommand(method, attempt, "", Map.of());
            return;
        }
        try (ToolLogin login =
                ToolLogin.write(
                        new ToolLogin.Tool(parts.layout(), Launch.DIRECT),
                        endpoint(attempt.source().get()),
                        parts.users().replication(),
                        settings.postgresql().database())) {
            byCommand(method, attempt, login.conninfo().text(), login.environment());
        }
    }

    private void byCommand(
            MethodSettings method,
            Attempt attempt,
            String connstring,
            Map<String, String> environment) {
        CustomMethod command =
                new CustomMethod(
                        "postgresql." + method.name(),
                        method.command(),
                        method.replicaWords(settings.scope(), data.path(), connstring),
                        environment,
                        DataWork.COPY);
        Cloning.byCommand(command, data, attempt.system());
    }

    private static Endpoint endpoint(Command.Source source) {
        return new Endpoint(source.host(), source.port());
    }
}
