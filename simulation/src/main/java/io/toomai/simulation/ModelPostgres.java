package io.toomai.simulation;

import io.toomai.core.ha.ControlFacts;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.ServerFacts;
import io.toomai.core.ha.SlotFacts;
import io.toomai.core.ha.SyncNames;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;

/// One node's PostgreSQL: a data directory with WAL, and a server that may run on it.
final class ModelPostgres {
    /// What the data directory holds.
    enum Dir {
        EMPTY,
        UNFINISHED_BOOTSTRAP,
        UNFINISHED_CLONE,
        DATA
    }

    /// What the server does.
    enum Run {
        DOWN,
        STARTING,
        STANDBY,
        PRIMARY,
        STOPPING
    }

    private record Commit(WalRecord record) {}

    private static final SystemIdentifier NO_SYSTEM = new SystemIdentifier("0000000000");

    final MemberName name;
    final ModelProcess process;
    private final World world;
    private final Agenda agenda;
    private final Chance chance;

    Dir dir = Dir.EMPTY;
    Run run = Run.DOWN;
    SystemIdentifier system = NO_SYSTEM;
    LocalPostgres.StartsAs startsAs = LocalPostgres.StartsAs.PRIMARY;
    WalRecord head = WalRecord.first();
    private WalRecord written = head;
    private ControlFacts.State control = ControlFacts.State.SHUT_DOWN;
    private WalRecord checkpoint = head;
    private WalRecord minRecovery = head;

    /// The marker file of a rewind whose process is gone.
    private boolean abandonedRewind;

    private boolean halfRewound;
    private String syncNames = "";
    private Upstream upstream = new Upstream.None();
    private MonoTime startingSince = new MonoTime(0);
    private final List<WalStream> senders = new ArrayList<>();
    private Optional<WalStream> receiver = Optional.empty();
    private final List<Commit> waiting = new ArrayList<>();
    private final TreeSet<String> slots = new TreeSet<>();
    private int starts;
    private long orphansUntil;
    private Optional<Consumer<Optional<String>>> promised = Optional.empty();

    ModelPostgres(World world, MemberName name) {
        this.world = world;
        this.name = name;
        this.agenda = world.agenda();
        this.chance = world.chance();
        this.process = new ModelProcess(agenda);
    }

    // ---- clients

    boolean acceptsWrites() {
        return run == Run.PRIMARY && !process.isFrozen();
    }

    void commit() {
        if (run == Run.DOWN
                && agenda.now() < orphansUntil
                && !process.isFrozen()
                && syncNames.isEmpty()) {
            // A backend that has outlived its postmaster goes on until it looks up.
            head = head.then(chance.between(100, 8000), head.branch());
            written = head;
            world.checker().acknowledged(this, head);
        }
        if (!acceptsWrites()) {
            return;
        }
        written = written.then(chance.between(100, 8000), written.branch());
        WalRecord mine = written;
        process.after(
                chance.delay(4, 800, 200),
                () -> {
                    if (run != Run.PRIMARY && run != Run.STOPPING) {
                        return;
                    }
                    if (head.index() < mine.index()) {
                        head = mine;
                    }
                    pump();
                    waiting.add(new Commit(mine));
                    release();
                });
    }

    /// Confirms what may be confirmed under the parameter that is in force now.
    private void release() {
        if (run != Run.PRIMARY || process.isFrozen()) {
            return;
        }
        long limit = confirmed();
        waiting.removeIf(c -> {
            if (c.record().index() > limit) {
                return false;
            }
            world.checker().acknowledged(this, c.record());
            return true;
        });
    }

    /// The index up to which all synchronous standbys have flushed.
    private long confirmed() {
        if (syncNames.isEmpty()) {
            return head.index();
        }
        List<String> names = SyncNames.parse(syncNames);
        if (names.isEmpty()) {
            return senders.stream().mapToLong(WalStream::confirmedIndex).max().orElse(-1);
        }
        return names.stream()
                .mapToLong(n ->
                        senders.stream()
                                .filter(s -> s.standbyName().equals(n))
                                .mapToLong(WalStream::confirmedIndex)
                                .max()
                                .orElse(-1))
                .min()
                .orElse(-1);
    }

    /// Whether a commit begun now could be confirmed without anything else happening first.
    boolean couldConfirm() {
        return acceptsWrites()
                && (syncNames.isEmpty()
                        || (SyncNames.parse(syncNames).isEmpty() && !senders.isEmpty())
                        || (!SyncNames.parse(syncNames).isEmpty()
                                && SyncNames.parse(syncNames).stream()
                                        .allMatch(n ->
                                                senders.stream()
                                                        .anyMatch(
                                                                s -> s.standbyName().equals(n)))));
    }

    void setSyncNames(String names) {
        syncNames = names;
        release();
    }

    // ---- streaming

    private void pump() {
        senders.forEach(WalStream::pump);
    }

    void detach(WalStream stream) {
        senders.remove(stream);
        if (receiver.filter(r -> r == stream).isPresent()) {
            receiver = Optional.empty();
        }
    }

    /// The standby of this stream has flushed more.
    void confirmedMore() {
        release();
    }

    /// What the receiver brought is durable here.
    void received(WalRecord record) {
        head = record;
        written = record;
        if (chance.once(5)) {
            minRecovery = head.back(chance.between(0, 20));
        }
        pump();
    }

    private void connect() {
        int mine = starts;
        process.after(
                chance.between(200, 1500),
                () -> {
                    if (mine == starts && run == Run.STANDBY) {
                        tryConnect();
                        connect();
                    }
                });
    }

    private void tryConnect() {
        if (receiver.isPresent() || !(upstream instanceof Upstream.Server(var host, _))) {
            return;
        }
        ModelPostgres source = world.node(host).postgres();
        boolean up = source.run == Run.PRIMARY || source.run == Run.STANDBY;
        if (source != this
                && up
                && !source.process.isFrozen()
                && world.network().reaches(name.value(), host)
                && head.isIn(source.head)) {
            WalStream stream = new WalStream(world, source, this);
            receiver = Optional.of(stream);
            source.senders.add(stream);
            stream.pump();
        }
    }

    void follow(Upstream next) {
        if (!next.equals(upstream)) {
            upstream = next;
            receiver.ifPresent(WalStream::close);
            if (run == Run.STANDBY) {
                process.after(chance.between(5, 200), this::tryConnect);
            }
        }
    }

    boolean isStreaming() {
        return receiver.isPresent();
    }

    // ---- starting and stopping

    /// @param then empty on success, else why it failed
    void start(LocalPostgres.StartsAs as, Upstream from, Consumer<Optional<String>> then) {
        if (dir != Dir.DATA || run != Run.DOWN) {
            then.accept(Optional.of("there is nothing to start"));
            return;
        }
        orphansUntil = 0;
        startsAs = as;
        upstream = from;
        run = Run.STARTING;
        startingSince = agenda.mono();
        promised = Optional.of(then);
        boolean crashed = control == ControlFacts.State.IN_PRODUCTION;
        boolean fails = halfRewound || chance.once(60);
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

    private void up() {
        starts++;
        written = head;
        waiting.clear();
        if (startsAs == LocalPostgres.StartsAs.PRIMARY) {
            run = Run.PRIMARY;
            control = ControlFacts.State.IN_PRODUCTION;
            checkpoint = head;
            world.checker().becamePrimary(this);
        } else {
            run = Run.STANDBY;
            control = ControlFacts.State.IN_ARCHIVE_RECOVERY;
            connect();
        }
        promised(Optional.empty());
    }

    private void promised(Optional<String> failure) {
        Optional<Consumer<Optional<String>>> then = promised;
        promised = Optional.empty();
        then.ifPresent(t -> t.accept(failure));
    }

    void promote(Consumer<Optional<String>> then) {
        if (run != Run.STANDBY) {
            then.accept(Optional.of("not a running standby"));
            return;
        }
        promised = Optional.of(then);
        int mine = starts;
        receiver.ifPresent(WalStream::close);
        upstream = new Upstream.None();
        process.after(
                chance.delay(150, 3000, 10),
                () -> {
                    if (run != Run.STANDBY || mine != starts) {
                        return;
                    }
                    head = head.then(50, head.branch().next(head.end(), name.value()));
                    written = head;
                    run = Run.PRIMARY;
                    startsAs = LocalPostgres.StartsAs.PRIMARY;
                    control = ControlFacts.State.IN_PRODUCTION;
                    world.checker().becamePrimary(this);
                    pump();
                    promised(Optional.empty());
                });
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
        waiting.clear();
        process.after(chance.delay(100, 2000, 8), () -> drain(primary, agenda.now() + 20_000));
    }

    private void drain(boolean primary, long patience) {
        if (run != Run.STOPPING) {
            return;
        }
        if (primary && control != ControlFacts.State.SHUT_DOWN) {
            written = written.then(114, written.branch());
            head = written;
            checkpoint = head;
            control = ControlFacts.State.SHUT_DOWN;
            pump();
        }
        boolean drained = senders.stream().allMatch(s -> s.hasSent(head));
        if (!drained && agenda.now() < patience) {
            process.after(50, () -> drain(primary, patience));
            return;
        }
        if (!primary) {
            control = ControlFacts.State.SHUT_DOWN_IN_RECOVERY;
            minRecovery = head;
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
        if (run == Run.PRIMARY && written.index() > head.index() && chance.once(2)) {
            head = written.back(chance.between(0, written.index() - head.index()));
        }
        exit();
        promised(Optional.of(why));
    }

    /// The postmaster is killed; backends may live on for a while.
    void postmasterKilled() {
        boolean primary = acceptsWrites();
        crash("its postmaster was killed");
        if (primary && chance.once(2)) {
            orphansUntil = agenda.now() + chance.between(100, 60_000);
        }
    }

    /// Nobody writes here any more: neither server nor orphans.
    void fence(String why) {
        orphansUntil = 0;
        crash(why);
    }

    private void exit() {
        process.kill();
        starts++;
        run = Run.DOWN;
        written = head;
        waiting.clear();
        receiver.ifPresent(WalStream::close);
        List.copyOf(senders).forEach(WalStream::close);
        world.postgresEnded(name);
    }

    void checkpointDone() {
        if (run == Run.PRIMARY) {
            checkpoint = head;
        }
    }

    // ---- data

    void bootstrapped(SystemIdentifier id) {
        dir = Dir.DATA;
        system = id;
        head = WalRecord.first();
        written = head;
        checkpoint = head;
        startsAs = LocalPostgres.StartsAs.PRIMARY;
        run = Run.STARTING;
        up();
    }

    void copyOf(ModelPostgres source) {
        dir = Dir.DATA;
        system = source.system;
        asIn(source);
        slots.clear();
    }

    /// The data is the source's, as of now.
    void asIn(ModelPostgres source) {
        head = source.head;
        written = head;
        checkpoint = head.isIn(source.checkpoint) ? head : source.checkpoint;
        minRecovery = head;
        control = ControlFacts.State.IN_ARCHIVE_RECOVERY;
        startsAs = LocalPostgres.StartsAs.STANDBY;
        halfRewound = false;
        abandonedRewind = false;
    }

    void rewindBegins() {
        halfRewound = true;
    }

    /// Failed before anything was written.
    void rewindDeclined() {
        halfRewound = false;
    }

    /// Its process is gone; only a new copy helps if it had not finished.
    void rewindEnded() {
        abandonedRewind = halfRewound;
    }

    /// Data that cannot be used any more, or never could.
    boolean isUnfinished() {
        return dir != Dir.DATA || abandonedRewind;
    }

    /// Whether its data can be started from.
    boolean isWhole() {
        return dir == Dir.DATA && !halfRewound && !abandonedRewind;
    }

    void remove() {
        dir = Dir.EMPTY;
        abandonedRewind = false;
        halfRewound = false;
    }

    void ensureSlots(List<MemberName> wanted, List<String> unwanted) {
        wanted.forEach(m -> slots.add(m.slotName()));
        unwanted.forEach(slots::remove);
    }

    // ---- looking

    ControlFacts controlFacts() {
        return new ControlFacts(
                system,
                control,
                checkpoint.timeline(),
                checkpoint.start(),
                control == ControlFacts.State.IN_PRODUCTION ? Lsn.ZERO : minRecovery.end(),
                control == ControlFacts.State.IN_PRODUCTION
                        ? Timeline.UNKNOWN
                        : minRecovery.timeline());
    }

    boolean checkpointPending() {
        return run == Run.PRIMARY && checkpoint.timeline().isBefore(head.timeline());
    }

    LocalPostgres look() {
        return switch (dir) {
            case EMPTY -> new LocalPostgres.NoDataDirectory();
            case UNFINISHED_BOOTSTRAP -> new LocalPostgres.UnfinishedBootstrap();
            case UNFINISHED_CLONE -> new LocalPostgres.UnfinishedClone();
            case DATA -> abandonedRewind ? new LocalPostgres.UnfinishedClone() : server();
        };
    }

    private LocalPostgres server() {
        if (process.isFrozen() && run != Run.DOWN && run != Run.STARTING) {
            return new LocalPostgres.Unresponsive(
                    controlFacts(),
                    run == Run.STANDBY
                            ? LocalPostgres.LastRole.STANDBY
                            : LocalPostgres.LastRole.PRIMARY,
                    agenda.mono(),
                    "no answer");
        }
        return switch (run) {
            case DOWN -> new LocalPostgres.Stopped(controlFacts(), startsAs);
            case STARTING -> new LocalPostgres.Starting(controlFacts(), startsAs, startingSince);
            case STOPPING ->
                    new LocalPostgres.Unresponsive(
                            controlFacts(),
                            startsAs == LocalPostgres.StartsAs.PRIMARY
                                    ? LocalPostgres.LastRole.PRIMARY
                                    : LocalPostgres.LastRole.STANDBY,
                            agenda.mono(),
                            "shutting down");
            case STANDBY ->
                    new LocalPostgres.Standby(
                            facts(),
                            head.end(),
                            head.end(),
                            upstream,
                            receiver.isPresent()
                                    ? LocalPostgres.WalReceiver.STREAMING
                                    : LocalPostgres.WalReceiver.NOT_STREAMING,
                            LocalPostgres.Replay.RUNNING);
            case PRIMARY ->
                    new LocalPostgres.Primary(
                            facts(),
                            head.end(),
                            senders.stream().map(s -> s.row(syncNames)).toList(),
                            syncNames,
                            controlFacts());
        };
    }

    /// Whether this server and the other have each made a timeline of the same number: positions
    /// and numbers cannot tell them apart then.
    boolean collidesWith(ModelPostgres other) {
        boolean looksLikePrefix =
                head.timeline().equals(other.head.timeline())
                        || other.head.branch().history().stream()
                                .anyMatch(line ->
                                        line.timeline().equals(head.timeline())
                                                && !line.switchpoint().isBehind(head.end()));
        return looksLikePrefix && head.common(other.head) != head;
    }

    /// For the story.
    String describe() {
        return run
                + " timeline "
                + head.timeline()
                + " of "
                + head.branch().history().size()
                + " at "
                + head.end()
                + (halfRewound ? " half rewound" : "")
                + " "
                + controlFacts()
                + world.servers().stream()
                        .filter(s -> s != this)
                        .map(s -> ", common with " + s.name + " until " + head.common(s.head).end())
                        .collect(java.util.stream.Collectors.joining());
    }

    private ServerFacts facts() {
        List<SlotFacts> rows =
                slots.stream()
                        .map(s ->
                                new SlotFacts(
                                        s,
                                        SlotFacts.Kind.PHYSICAL,
                                        senders.stream().anyMatch(w -> w.standbyName().equals(s))
                                                ? SlotFacts.Activity.ACTIVE
                                                : SlotFacts.Activity.INACTIVE,
                                        Optional.empty()))
                        .toList();
        return new ServerFacts(system, head.timeline(), 150000, "", rows, Map.of());
    }
}
