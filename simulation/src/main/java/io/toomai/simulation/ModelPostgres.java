package io.toomai.simulation;

import io.toomai.core.ha.ControlFacts;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.ServerFacts;
import io.toomai.core.ha.Serving;
import io.toomai.core.ha.Upstream;
import io.toomai.core.ha.WalEnd;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.SystemIdentifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// One node's PostgreSQL: a data directory, and the life of the server that may run on it.
final class ModelPostgres {
    /// What the server does.
    enum Run {
        DOWN,
        STARTING,
        STANDBY,
        PRIMARY,
        STOPPING
    }

    final MemberName name;
    final ModelClock clock;
    final ModelProcess process;
    final ModelDataDirectory data = new ModelDataDirectory();
    final ModelStreaming streaming;
    final ModelCommits commits;
    private final World world;
    private final Agenda agenda;
    private final Chance chance;

    Run run = Run.DOWN;
    private int life;

    /// When it was last a primary that held the leader key, for the checker. Milliseconds.
    long led = Long.MIN_VALUE / 2;

    private MonoTime startingSince = new MonoTime(0);
    private int starts;

    /// Which start of the server was told to promote; the agent has that on disk.
    private int toldToPromote = -1;

    private long diskSlowUntil;
    private long diskDelay;
    private long durable;
    private Optional<Consumer<Optional<String>>> promised = Optional.empty();
    private boolean diskStalls;
    private final List<Runnable> untilDiskReturns = new ArrayList<>();

    ModelPostgres(World world, MemberName name, ModelClock clock) {
        this.clock = clock;
        this.world = world;
        this.name = name;
        this.agenda = world.agenda();
        this.chance = world.chance();
        this.process = new ModelProcess(agenda);
        this.streaming = new ModelStreaming(world, this);
        this.commits = new ModelCommits(world, this);
    }

    /// Which of its starts it is: clients of an earlier one are gone.
    int life() {
        return life;
    }

    boolean acceptsWrites() {
        return run == Run.PRIMARY && !process.isFrozen();
    }

    /// What its clients suffer from.
    Optional<Serving.Trouble> trouble() {
        if (process.isFrozen()) {
            return Optional.of(Serving.Trouble.FROZEN);
        }
        return diskStalls ? Optional.of(Serving.Trouble.STALLED_DISK) : Optional.empty();
    }

    /// From now on nothing becomes durable; nobody notices but who waits for it.
    void stallDisk() {
        diskStalls = true;
    }

    void diskReturns() {
        diskStalls = false;
        List<Runnable> waiting = List.copyOf(untilDiskReturns);
        untilDiskReturns.clear();
        waiting.forEach(action -> agenda.in(0, action));
    }

    /// What the server can do only when the disk writes; it dies with the server, for a process on
    /// which SIGKILL is pending does not come back from the kernel.
    void onDisk(Runnable action) {
        if (diskStalls) {
            untilDiskReturns.add(process.inThisLife(action));
        } else {
            action.run();
        }
    }

    /// Differs between any two runs of the server.
    int starts() {
        return starts;
    }

    // ---- its disk

    /// For `millis` each fsync takes `delay`.
    void slowDisk(long millis, long delay) {
        diskSlowUntil = agenda.now() + millis;
        diskDelay = delay;
    }

    /// How long it takes until what is written now is durable, when a healthy disk needs `usual`.
    /// What was written before is durable before.
    long fsync(long usual) {
        long delay = agenda.now() < diskSlowUntil ? diskDelay : usual;
        durable = Math.max(durable, agenda.now() + delay);
        return durable - agenda.now();
    }

    // ---- starting and stopping

    /// @param then empty on success, else why it failed
    void start(LocalPostgres.StartsAs as, Upstream from, Consumer<Optional<String>> then) {
        if (data.holds != ModelDataDirectory.Holds.DATA || run != Run.DOWN) {
            then.accept(Optional.of("there is nothing to start"));
            return;
        }
        commits.endOrphans(); // also those that the kernel holds: they do not come back from it
        if (diskStalls) {
            then.accept(Optional.of("processes of the former server hang in the kernel"));
            return;
        }
        data.startsAs = as;
        streaming.startsFrom(from);
        run = Run.STARTING;
        life++;
        startingSince = clock.mono();
        promised = Optional.of(then);
        boolean crashed = data.control == ControlFacts.State.IN_PRODUCTION;
        boolean fails = data.isHalfRewound() || chance.once(60);
        process.after(
                crashed ? chance.delay(3000, 20_000, 5) : chance.delay(300, 3000, 10),
                () -> {
                    if (fails) {
                        exit();
                        promised(Optional.of("the server did not start"));
                    } else {
                        up();
                    }
                });
    }

    void bootstrapped(SystemIdentifier id) {
        data.bootstrapped(id);
        run = Run.STARTING;
        life++;
        up();
    }

    private void up() {
        starts++;
        data.reached(data.head);
        commits.forget();
        if (data.startsAs == LocalPostgres.StartsAs.PRIMARY) {
            run = Run.PRIMARY;
            data.control = ControlFacts.State.IN_PRODUCTION;
            data.checkpoint = data.head;
            world.checker().becamePrimary(this);
        } else {
            run = Run.STANDBY;
            data.control = ControlFacts.State.IN_ARCHIVE_RECOVERY;
            streaming.connect();
        }
        promised(Optional.empty());
    }

    private void promised(Optional<String> failure) {
        Optional<Consumer<Optional<String>>> then = promised;
        promised = Optional.empty();
        then.ifPresent(t -> t.accept(failure));
    }

    /// Whether the running server was told to promote.
    boolean isPromoting() {
        return toldToPromote == starts;
    }

    void promote(Consumer<Optional<String>> then) {
        if (run != Run.STANDBY) {
            then.accept(Optional.of("not a running standby"));
            return;
        }
        promised = Optional.of(then);
        int mine = starts;
        toldToPromote = mine;
        streaming.promote();
        process.after(
                chance.delay(150, 3000, 10),
                () -> {
                    if (run != Run.STANDBY || mine != starts) {
                        return;
                    }
                    onDisk(() -> promoted(mine));
                });
    }

    private void promoted(int mine) {
        if (run != Run.STANDBY || mine != starts) {
            return;
        }
        WalRecord end = data.head;
        data.reached(end.then(50, end.branch().next(end.end(), name.value())));
        run = Run.PRIMARY;
        data.startsAs = LocalPostgres.StartsAs.PRIMARY;
        data.control = ControlFacts.State.IN_PRODUCTION;
        world.checker().becamePrimary(this);
        streaming.pump();
        promised(Optional.empty());
    }

    /// A clean stop: no more commits, connected standbys get everything, then the process ends.
    void stop(Consumer<Optional<String>> then) {
        if (run == Run.DOWN) {
            then.accept(Optional.empty());
            return;
        }
        if (run == Run.STARTING) {
            crash("stopped while starting");
            then.accept(Optional.empty());
            return;
        }
        boolean primary = run == Run.PRIMARY;
        run = Run.STOPPING;
        promised = Optional.of(then);
        commits.forget();
        process.after(
                chance.delay(100, 2000, 8),
                () -> onDisk(() -> drain(primary, agenda.now() + 20_000)));
    }

    private void drain(boolean primary, long patience) {
        if (run != Run.STOPPING) {
            return;
        }
        if (primary && data.control != ControlFacts.State.SHUT_DOWN) {
            data.reached(data.written.then(114, data.written.branch()));
            data.checkpoint = data.head;
            data.control = ControlFacts.State.SHUT_DOWN;
            streaming.pump();
        }
        boolean drained = streaming.senders().stream().allMatch(s -> s.hasSent(data.head));
        if (!drained && agenda.now() < patience) {
            process.after(50, () -> drain(primary, patience));
            return;
        }
        if (!primary) {
            data.control = ControlFacts.State.SHUT_DOWN_IN_RECOVERY;
            data.minRecovery = data.head;
        }
        exit();
        promised(Optional.empty());
    }

    /// Immediate end. What was written and not flushed may be lost or not.
    void crash(String why) {
        if (run == Run.DOWN) {
            return;
        }
        world.tell(name.value(), "PostgreSQL ends at once: " + why);
        long unflushed = data.written.index() - data.head.index();
        if (run == Run.PRIMARY && unflushed > 0 && chance.once(2)) {
            data.head = data.written.back(chance.between(0, unflushed));
        }
        exit();
        promised(Optional.of(why));
    }

    /// The postmaster is killed; backends may live on for a while.
    void postmasterKilled() {
        boolean primary = acceptsWrites();
        crash("its postmaster was killed");
        if (primary && chance.once(2)) {
            commits.orphansWriteUntil(agenda.now() + chance.between(100, 60_000));
        }
    }

    /// Nobody writes here any more: neither server nor orphans.
    void fence(String why) {
        commits.endOrphans();
        crash(why);
    }

    /// What a dead postmaster left behind; a living one is left alone.
    void endOrphans() {
        commits.endOrphans();
    }

    private void exit() {
        process.kill();
        starts++;
        run = Run.DOWN;
        data.reached(data.head);
        commits.forget();
        streaming.close();
        world.postgresEnded(name);
    }

    void checkpointDone() {
        if (run == Run.PRIMARY) {
            data.checkpoint = data.head;
        }
    }

    // ---- looking

    boolean checkpointPending() {
        return run == Run.PRIMARY && data.checkpoint.timeline().isBefore(data.head.timeline());
    }

    LocalPostgres look() {
        return switch (data.holds) {
            case NOTHING -> new LocalPostgres.NoDataDirectory();
            case UNFINISHED_BOOTSTRAP -> new LocalPostgres.UnfinishedBootstrap();
            case UNFINISHED_CLONE -> new LocalPostgres.UnfinishedClone();
            case DATA -> data.isUnfinished() ? new LocalPostgres.UnfinishedClone() : server();
        };
    }

    /// Nobody knows any more that it was told to promote.
    void forgetPromotion() {
        toldToPromote = -1;
    }

    /// What it answers to who asks for its position.
    Optional<WalEnd> walEnd() {
        return look() instanceof LocalPostgres.Answering answering
                ? Optional.of(WalEnd.of(answering))
                : Optional.empty();
    }

    private LocalPostgres server() {
        if (process.isFrozen() && run != Run.DOWN && run != Run.STARTING) {
            return unresponsive(
                    run == Run.STANDBY && toldToPromote != starts
                            ? LocalPostgres.LastRole.STANDBY
                            : LocalPostgres.LastRole.PRIMARY,
                    "no answer");
        }
        return switch (run) {
            case DOWN -> new LocalPostgres.Stopped(data.controlFacts(), data.startsAs);
            case STARTING ->
                    new LocalPostgres.Starting(data.controlFacts(), data.startsAs, startingSince);
            case STOPPING ->
                    unresponsive(
                            data.startsAs == LocalPostgres.StartsAs.PRIMARY
                                    ? LocalPostgres.LastRole.PRIMARY
                                    : LocalPostgres.LastRole.STANDBY,
                            "shutting down");
            case STANDBY ->
                    new LocalPostgres.Standby(
                            facts(),
                            data.head.end(),
                            data.head.end(),
                            streaming.upstream(),
                            streaming.isReceiving()
                                    ? LocalPostgres.WalReceiver.STREAMING
                                    : LocalPostgres.WalReceiver.NOT_STREAMING,
                            isPromoting()
                                    ? LocalPostgres.Replay.PROMOTING
                                    : LocalPostgres.Replay.RUNNING);
            case PRIMARY ->
                    new LocalPostgres.Primary(
                            facts(),
                            data.head.end(),
                            streaming.senders().stream()
                                    .map(s -> s.row(commits.syncNames()))
                                    .toList(),
                            commits.syncNames(),
                            data.controlFacts());
        };
    }

    private LocalPostgres unresponsive(LocalPostgres.LastRole role, String why) {
        return new LocalPostgres.Unresponsive(data.controlFacts(), role, clock.mono(), why);
    }

    private ServerFacts facts() {
        return new ServerFacts(
                data.system,
                data.head.timeline(),
                150000,
                "",
                data.slotFacts(streaming::sendsTo),
                Map.of());
    }

    /// For the story.
    String describe() {
        return run
                + " timeline "
                + data.head.timeline()
                + " of "
                + data.head.branch().history().size()
                + " at "
                + data.head.end()
                + (data.isHalfRewound() ? " half rewound" : "")
                + " "
                + data.controlFacts()
                + world.servers().stream()
                        .filter(s -> s != this && s.data.system.equals(data.system))
                        .map(s ->
                                ", common with "
                                        + s.name
                                        + " until "
                                        + data.head.common(s.data.head).end())
                        .collect(java.util.stream.Collectors.joining());
    }
}
