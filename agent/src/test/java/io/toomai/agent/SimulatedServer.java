package io.toomai.agent;

import io.toomai.agent.hooks.Standing;
import io.toomai.agent.server.LocalServer;
import io.toomai.agent.server.ServerConfiguration;
import io.toomai.agent.server.ServerDetails;
import io.toomai.agent.server.ServerException;
import io.toomai.agent.server.ServerIdentity;
import io.toomai.core.cluster.History;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.ControlFacts;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.PeerStatus;
import io.toomai.core.ha.Pledge;
import io.toomai.core.ha.RemoteReading;
import io.toomai.core.ha.ServerFacts;
import io.toomai.core.ha.Serving;
import io.toomai.core.ha.SlotFacts;
import io.toomai.core.ha.SlotPlan;
import io.toomai.core.ha.SyncNames;
import io.toomai.core.ha.Upstream;
import io.toomai.core.ha.WalEnd;
import io.toomai.core.ha.WalSender;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;
import io.toomai.settings.PostgresSettings;
import io.toomai.settings.Settings;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// A PostgreSQL in memory under a real agent: it can be made, copied, started, stopped, promoted
/// and followed, it writes a little WAL whenever it is looked at as a primary, as the probe of a
/// real one does, and its standbys have all of it at once. Every call returns at once. Nothing goes
/// wrong with it by itself. Thread safe.
final class SimulatedServer implements LocalServer {
    private static final int MAJOR = 18;
    private static final int VERSION = 180_000;
    private static final Lsn FIRST = new Lsn(0x2000028);

    /// Bytes of a record of the probe, and of a shutdown checkpoint.
    private static final int RECORD = 120;

    private final SimulatedWal wal;
    private final MemberName name;
    private final int port;
    private final String configured;
    private final TreeSet<String> slots = new TreeSet<>();

    private Run run = Run.NO_DATA;
    private LocalPostgres.StartsAs startsAs = LocalPostgres.StartsAs.PRIMARY;
    private ControlFacts.State control = ControlFacts.State.SHUT_DOWN;
    private Timeline timeline = new Timeline(1);
    private Lsn end = FIRST;
    private Lsn checkpoint = FIRST;
    private Timeline checkpointed = timeline;
    private Upstream upstream = new Upstream.None();
    private String synchronousStandbyNames = "";
    private Optional<Pledge> pledge = Optional.empty();

    private enum Run {
        NO_DATA,
        DOWN,
        STANDBY,
        PRIMARY
    }

    /// Not made yet: its data directory is empty.
    SimulatedServer(SimulatedWal wal, Settings settings) {
        this.wal = wal;
        this.name = settings.name();
        this.port = settings.postgresql().listen().port();
        this.configured = settings.bootstrap().dcsJson();
        wal.join(port, this);
    }

    boolean isPrimary() {
        synchronized (wal) {
            return run == Run.PRIMARY;
        }
    }

    /// Under the lock of the WAL.
    boolean streamsFrom(int server) {
        return run == Run.STANDBY
                && upstream instanceof Upstream.Server(_, var from)
                && from == server;
    }

    // ---- hooks: this server has none

    @Override
    public void settled(Standing standing) {}

    @Override
    public void awaitCallbacks() {}

    @Override
    public void askPrePromote(Duration patience) {}

    // ---- looking

    @Override
    public int major() {
        return MAJOR;
    }

    @Override
    public boolean canRewind() {
        return true;
    }

    @Override
    public String cachedConfig() {
        return configured;
    }

    @Override
    public LocalPostgres observe(Duration timeout) {
        synchronized (wal) {
            return switch (run) {
                case NO_DATA -> new LocalPostgres.NoDataDirectory();
                case DOWN -> new LocalPostgres.Stopped(controlFacts(), startsAs);
                case STANDBY -> standby();
                case PRIMARY -> {
                    end = end.plus(RECORD);
                    yield primary();
                }
            };
        }
    }

    private LocalPostgres.Standby standby() {
        boolean streams = source().isPresent();
        source().ifPresent(this::has);
        return new LocalPostgres.Standby(
                facts(),
                end,
                end,
                upstream,
                streams
                        ? LocalPostgres.WalReceiver.STREAMING
                        : LocalPostgres.WalReceiver.NOT_STREAMING,
                LocalPostgres.Replay.RUNNING);
    }

    private LocalPostgres.Primary primary() {
        return new LocalPostgres.Primary(
                facts(),
                end,
                wal.streamingFrom(port).stream().map(this::sender).toList(),
                synchronousStandbyNames,
                controlFacts());
    }

    /// The primary that this standby receives from at this moment.
    private Optional<SimulatedServer> source() {
        return upstream instanceof Upstream.Server(_, var from)
                ? wal.at(from).filter(server -> server.run == Run.PRIMARY)
                : Optional.empty();
    }

    private void has(SimulatedServer other) {
        timeline = other.timeline;
        end = other.end;
    }

    private WalSender sender(SimulatedServer standby) {
        boolean named = SyncNames.parse(synchronousStandbyNames).contains(standby.name.value());
        return new WalSender(
                "replicator",
                standby.name.value(),
                "127.0.0.1",
                "streaming",
                named ? "sync" : "async",
                named ? 1 : 0,
                Optional.of(end),
                Optional.of(end),
                Optional.of(end));
    }

    private ServerFacts facts() {
        Set<String> active =
                wal.streamingFrom(port).stream()
                        .map(standby -> standby.name.slotName())
                        .collect(Collectors.toSet());
        return new ServerFacts(
                SimulatedWal.SYSTEM,
                timeline,
                VERSION,
                "2026-11-20 22:50:23.290276+00:00",
                slots.stream().map(slot -> slot(slot, active)).toList(),
                Map.of());
    }

    private SlotFacts slot(String slot, Set<String> active) {
        return new SlotFacts(
                        slot,
                        SlotFacts.Kind.PHYSICAL,
                        active.contains(slot)
                                ? SlotFacts.Activity.ACTIVE
                                : SlotFacts.Activity.INACTIVE,
                        Optional.of(end))
                .with(Set.of(SlotFacts.Trait.MANAGED));
    }

    private ControlFacts controlFacts() {
        boolean primary = startsAs == LocalPostgres.StartsAs.PRIMARY;
        return new ControlFacts(
                SimulatedWal.SYSTEM,
                control,
                checkpointed,
                checkpoint,
                primary ? Lsn.ZERO : end,
                primary ? Timeline.UNKNOWN : timeline);
    }

    @Override
    public ServerDetails details() {
        return ServerDetails.NONE;
    }

    @Override
    public Optional<WalEnd> walEnd(Duration patience) {
        synchronized (wal) {
            return switch (run) {
                case NO_DATA, DOWN -> Optional.empty();
                case STANDBY -> Optional.of(WalEnd.of(standby()));
                case PRIMARY -> Optional.of(new WalEnd.OfPrimary(end));
            };
        }
    }

    @Override
    public Serving serving(Duration probeTimeout, Duration loopWait) {
        return isPrimary() ? new Serving.Serves() : new Serving.NotProbed();
    }

    @Override
    public List<History.Line> history(Timeline of) {
        synchronized (wal) {
            return wal.historyOf(of);
        }
    }

    @Override
    public Optional<ServerIdentity> identity(Command.Source source) {
        return wal.at(source.port())
                .filter(SimulatedServer::isPrimary)
                .map(_ -> new ServerIdentity(SimulatedWal.SYSTEM, PeerStatus.Standing.PRIMARY));
    }

    @Override
    public void bootstrapFrom(Upstream remote, Consumer<String> progress) {
        throw new ServerException("no other cluster is simulated");
    }

    @Override
    public RemoteReading readRemote(Upstream remote) {
        return RemoteReading.NOT_ASKED;
    }

    // ---- a running server

    @Override
    public void follow(Upstream next) {
        synchronized (wal) {
            upstream = next;
        }
    }

    @Override
    public void setSynchronousStandbyNames(String names) {
        synchronized (wal) {
            synchronousStandbyNames = names;
        }
    }

    @Override
    public void ensureSlots(SlotPlan plan) {
        synchronized (wal) {
            plan.drop().forEach(slots::remove);
            plan.create().forEach(slot -> slots.add(slot.name()));
        }
    }

    @Override
    public void copySlots(Command.CopySlots copy, Consumer<String> progress) {
        throw new UnsupportedOperationException("no logical slots here");
    }

    @Override
    public void checkpoint() {
        synchronized (wal) {
            checkpoint = end;
            checkpointed = timeline;
            end = end.plus(RECORD);
        }
    }

    @Override
    public void promote(Permission permission) {
        synchronized (wal) {
            must(run == Run.STANDBY, "promoted");
            timeline = wal.promoted(timeline, end, name, Instant.now().toString());
            end = end.plus(RECORD);
            runAsPrimary();
        }
    }

    private void runAsPrimary() {
        run = Run.PRIMARY;
        startsAs = LocalPostgres.StartsAs.PRIMARY;
        control = ControlFacts.State.IN_PRODUCTION;
        upstream = new Upstream.None();
        pledge = Optional.empty();
    }

    private void must(boolean holds, String what) {
        if (!holds) {
            throw new ServerException(name + " cannot be " + what + " while it is " + run);
        }
    }

    // ---- starting and stopping

    @Override
    public void startAsStandby(Upstream from) {
        synchronized (wal) {
            must(run == Run.DOWN, "started");
            run = Run.STANDBY;
            startsAs = LocalPostgres.StartsAs.STANDBY;
            control = ControlFacts.State.IN_ARCHIVE_RECOVERY;
            upstream = from;
        }
    }

    @Override
    public void startAsPrimary(Permission permission) {
        synchronized (wal) {
            must(run == Run.DOWN && permission.holds(), "started as primary");
            runAsPrimary();
        }
    }

    /// A clean stop; what streams from here gets everything before.
    @Override
    public void stop(Command.Stop how) {
        synchronized (wal) {
            if (run == Run.PRIMARY) {
                checkpoint();
                control = ControlFacts.State.SHUT_DOWN;
                wal.streamingFrom(port).forEach(standby -> standby.has(this));
                run = Run.DOWN;
            } else if (run == Run.STANDBY) {
                control = ControlFacts.State.SHUT_DOWN_IN_RECOVERY;
                run = Run.DOWN;
            }
        }
    }

    @Override
    public void restart(Duration timeout, Permission permission) {
        synchronized (wal) {
            must(run != Run.PRIMARY || permission.holds(), "restarted");
        }
    }

    /// At once: the control file goes on saying what it said.
    @Override
    public void fence() {
        synchronized (wal) {
            run = run == Run.NO_DATA ? Run.NO_DATA : Run.DOWN;
        }
    }

    @Override
    public void endWriting() {
        fence();
    }

    // ---- data

    @Override
    public void bootstrap(Consumer<String> progress) {
        synchronized (wal) {
            must(run == Run.NO_DATA, "made");
            runAsPrimary();
        }
    }

    @Override
    public void cloneFrom(Command.Source source, Consumer<String> progress) {
        synchronized (wal) {
            SimulatedServer primary =
                    wal.at(source.port())
                            .filter(server -> server.run == Run.PRIMARY)
                            .orElseThrow(
                                    () -> new ServerException(source.name() + " is no primary"));
            has(primary);
            checkpoint = end;
            checkpointed = timeline;
            startsAs = LocalPostgres.StartsAs.STANDBY;
            control = ControlFacts.State.IN_ARCHIVE_RECOVERY;
            run = Run.DOWN;
            slots.clear();
        }
    }

    @Override
    public void restore(SystemIdentifier system, Consumer<String> progress) {
        throw new ServerException("no backup");
    }

    @Override
    public void rewind(Command.Source source, Consumer<String> progress) {
        cloneFrom(source, progress);
    }

    @Override
    public void replaceWithClone(Command.Source source, Consumer<String> progress) {
        cloneFrom(source, progress);
    }

    // ---- pledges

    @Override
    public Optional<Pledge> pledge() {
        synchronized (wal) {
            return pledge;
        }
    }

    @Override
    public Optional<Pledge> provenPledge() {
        return pledge();
    }

    @Override
    public void makePledge(Pledge made) {
        synchronized (wal) {
            pledge = Optional.of(made);
            upstream = new Upstream.None();
        }
    }

    @Override
    public void withdrawPledge() {
        synchronized (wal) {
            pledge = Optional.empty();
        }
    }

    // ---- what memory does not need: files, orphans, news of a death

    @Override
    public void rememberConfig(String json) {}

    @Override
    public void logIn(PostgresSettings reread) {}

    @Override
    public void forceConfiguration() {}

    @Override
    public void configure(ServerConfiguration configuration) {}

    @Override
    public boolean isConfigurationCurrent() {
        return true;
    }

    @Override
    public void applyConfiguration() {}

    @Override
    public void resumeReplay() {}

    @Override
    public void endOrphans() {}

    @Override
    public void discardUnfinished() {}

    @Override
    public void onExit(Runnable listener) {}
}
