package io.toomai.simulation;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.cluster.Tags;
import io.toomai.core.ha.Decision;
import io.toomai.core.ha.HaMemory;
import io.toomai.core.ha.HaPolicy;
import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.HaView;
import io.toomai.core.ha.Heartbeat;
import io.toomai.core.ha.KeptPledge;
import io.toomai.core.ha.LocalNode;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LongTask;
import io.toomai.core.ha.PeerPolling;
import io.toomai.core.ha.PeerStatus;
import io.toomai.core.ha.Pledge;
import io.toomai.core.ha.Renewal;
import io.toomai.core.ha.StoreReading;
import io.toomai.core.ha.Wish;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/// One agent: gathers views, lets the real policies decide, and has the commands carried out.
final class ModelAgent {
    /// Why a request brought no answer.
    enum NoAnswer {
        SILENCE,
        EXPIRED
    }

    final MemberName name;
    final ModelProcess process;
    final ModelPostgres postgres;
    private final World world;
    private final Agenda agenda;
    private final CommandCarrier carrier;
    private final LocalNode node;

    private boolean runs;
    private ModelStore.Session session;
    private LeaseKeeper lease;
    private Optional<ModelHeartbeats> heartbeats = Optional.empty();
    private Optional<Renewal> renewal = Optional.empty();
    private HaMemory memory = HaMemory.EMPTY;
    private LongTask task = LongTask.NOTHING_YET;
    private Wish wish = new Wish.Nothing();
    private ClusterView lastSeen = ClusterView.EMPTY;
    private Optional<MonoTime> lostSince = Optional.empty();
    private boolean cycling;
    private boolean again;
    private long loopAlive;
    private long plannedWake;
    private int turn;
    private int tasks;
    private long pauseFeltUntil;

    /// Files: they survive the process.
    private long leaseOnDisk;

    private Optional<Pledge> pledge = Optional.empty();
    private Optional<Pledge> proven = Optional.empty();

    ModelAgent(World world, ModelPostgres postgres) {
        this.world = world;
        this.agenda = world.agenda();
        this.postgres = postgres;
        this.name = postgres.name;
        this.process = new ModelProcess(agenda);
        this.carrier = new CommandCarrier(this, world);
        this.session = world.store().open(name);
        this.lease = new LeaseKeeper(this, world, 0);
        this.node =
                new LocalNode(
                        name,
                        Tags.NONE,
                        LocalNode.Bootstrap.CONFIGURED,
                        LocalNode.RewindTool.INSTALLED);
        world.store().watch(this::storeMoved);
        world.store().watchRenewals(this::renewed);
    }

    // ---- life

    void boot() {
        process.kill();
        runs = true;
        session = world.store().open(name);
        lease = new LeaseKeeper(this, world, agenda.now());
        memory = HaMemory.EMPTY;
        task = LongTask.NOTHING_YET;
        wish = new Wish.Nothing();
        postgres.data.rewindEnded();
        pauseFeltUntil = feelsPause() ? agenda.now() + world.scenario().ttl() : 0;
        lastSeen = ClusterView.EMPTY;
        lostSince = Optional.empty();
        cycling = false;
        again = false;
        loopAlive = agenda.now();
        world.tell(name.value(), "the agent starts");
        lease.adopt(leaseOnDisk);
        keepAlive();
        renewal = Optional.empty();
        proven = Optional.empty();
        if (world.is(Mutant.PLEDGE_FORGOTTEN)) {
            pledge = Optional.empty();
        }
        heartbeats = Optional.of(new ModelHeartbeats(this, world));
        heartbeats.get().begin();
        planCycle(world.chance().between(1, 500));
    }

    /// kill -9: the session and PostgreSQL live on for a while.
    void kill() {
        process.kill();
        runs = false;
    }

    /// A clean end closes the session.
    void end(String why) {
        world.tell(name.value(), "the agent ends: " + why);
        kill();
        world.store().end(session);
        leaseOnDisk = 0;
        world.faults().agentEnded(this);
    }

    boolean runs() {
        return runs;
    }

    void thaw() {
        process.thaw();
        lease.tick();
    }

    private void keepAlive() {
        process.after(
                world.scenario().ttl() / 3,
                () -> {
                    call(_ -> true, _ -> {}, _ -> {});
                    keepAlive();
                });
    }

    Optional<Pledge> pledge() {
        return pledge;
    }

    void writeDownPledge(Optional<Pledge> next) {
        pledge = next;
        proven = Optional.empty();
    }

    /// This process has seen that nothing is received any more.
    void provePledge() {
        proven = pledge;
    }

    private KeptPledge kept(Pledge written) {
        return new KeptPledge(
                written,
                proven.equals(pledge) ? KeptPledge.Proof.PROVEN : KeptPledge.Proof.UNPROVEN);
    }

    /// Another agent's heartbeat has arrived at this machine.
    void hear(Heartbeat heartbeat, long number) {
        if (runs) {
            process.inThisLife(() -> heartbeats.ifPresent(h -> h.heard(heartbeat, number))).run();
        }
    }

    private void renewed(long revision) {
        if (runs && world.network().reaches(Network.STORE, name.value())) {
            process.after(world.network().delay(), () -> saw(revision));
        }
    }

    /// A later renewal than was known.
    private void saw(long revision) {
        if (renewal.filter(r -> r.revision() >= revision).isEmpty()) {
            renewal = Optional.of(new Renewal(revision, agenda.mono()));
        }
    }

    void writeDownLease(long until) {
        leaseOnDisk = until;
    }

    long leaseOnDisk() {
        return leaseOnDisk;
    }

    LeaseKeeper lease() {
        return lease;
    }

    long loopAlive() {
        return loopAlive;
    }

    boolean isPaused() {
        return settings().isPaused();
    }

    /// Whether what this node does may still come from maintenance mode: nobody guards a lease
    /// then.
    boolean feelsPause() {
        if (isPaused()) {
            pauseFeltUntil =
                    runs ? agenda.now() + 3 * world.scenario().loopWait() + 5000 : Long.MAX_VALUE;
        }
        return agenda.now() <= pauseFeltUntil;
    }

    void ask(Wish next) {
        wish = next;
        wake();
    }

    // ---- the store

    /// Sends one request over this process's session.
    <T> void call(
            Function<ModelStore.Session, T> request,
            Consumer<T> answer,
            Consumer<NoAnswer> otherwise) {
        call(ModelStore.Order.AS_SENT, request, answer, otherwise);
    }

    <T> void call(
            ModelStore.Order order,
            Function<ModelStore.Session, T> request,
            Consumer<T> answer,
            Consumer<NoAnswer> otherwise) {
        ModelStore.Session mine = session;
        LeaseKeeper guard = lease;
        long sent = agenda.now();
        world.store()
                .<T>call(
                        mine,
                        process,
                        order,
                        () -> request.apply(mine),
                        reply -> {
                            switch (reply) {
                                case ModelStore.Reply.Answer<T>(var value) -> {
                                    if (mine == session) {
                                        guard.answered(sent);
                                    }
                                    answer.accept(value);
                                }
                                case ModelStore.Reply.Expired<T> _ -> {
                                    if (mine == session) {
                                        newSession();
                                    }
                                    otherwise.accept(NoAnswer.EXPIRED);
                                }
                                case ModelStore.Reply.Silence<T> _ ->
                                        otherwise.accept(NoAnswer.SILENCE);
                            }
                        });
    }

    private void newSession() {
        session = world.store().open(name);
        lease.sessionEnded();
        wake();
    }

    private void storeMoved(String key) {
        if (runs
                && !key.equals("status")
                && !key.equals("members")
                && world.network().reaches(Network.STORE, name.value())) {
            process.after(world.network().delay(), this::wake);
        }
    }

    // ---- one cycle

    void wake() {
        if (runs) {
            planCycle(1);
        }
    }

    private void planCycle(long millis) {
        if (cycling) {
            again = true;
            return;
        }
        int mine = ++turn;
        long planned = agenda.now() + millis;
        process.after(
                millis,
                () -> {
                    if (mine == turn && !cycling) {
                        plannedWake = planned;
                        cycle();
                    }
                });
    }

    private void cycle() {
        cycling = true;
        again = false;
        loopAlive = agenda.now();
        // The task is read before PostgreSQL: a task that ends in between then still shows as
        // running, where the other order would show its half-made work as abandoned.
        LongTask earlyTask = task;
        LocalPostgres early = postgres.look();
        boolean stale = world.chance().once(2);
        call(
                s -> world.store().read(s, world.scenario().reads()),
                seen -> {
                    ClusterView cluster = seen.cluster();
                    saw(seen.renewal());
                    feelsPause();
                    lastSeen = cluster;
                    lostSince = Optional.empty();
                    LongTask then = stale ? earlyTask : task;
                    LocalPostgres local = stale ? early : postgres.look();
                    StoreReading store = new StoreReading.Answered(cluster);
                    if (PeerPolling.needed(name, store, local, wish) == PeerPolling.Need.ASK) {
                        askPeers(cluster, peers -> decide(store, then, local, peers));
                    } else {
                        decide(store, then, local, List.of());
                    }
                },
                why -> {
                    MonoTime since = lostSince.orElse(agenda.mono());
                    lostSince = Optional.of(since);
                    decide(
                            new StoreReading.Unreadable(why.name(), since, lastSeen),
                            task,
                            postgres.look(),
                            List.of());
                });
    }

    private void askPeers(ClusterView cluster, Consumer<List<PeerStatus>> then) {
        List<PeerStatus> answers = new ArrayList<>();
        List<MemberName> others =
                cluster.members().stream().map(Member::name).filter(m -> !m.equals(name)).toList();
        boolean[] done = {false};
        Runnable finish =
                () -> {
                    if (!done[0]) {
                        done[0] = true;
                        others.stream()
                                .filter(o -> answers.stream().noneMatch(a -> a.name().equals(o)))
                                .toList()
                                .forEach(o ->
                                        answers.add(new PeerStatus.Unreachable(o, "no answer")));
                        then.accept(answers);
                    }
                };
        for (MemberName other : others) {
            ModelAgent peer = world.node(other.value()).agent();
            process.after(
                    world.network().delay(),
                    () -> {
                        if (peer.runs
                                && !peer.process.isFrozen()
                                && world.network().reaches(name.value(), other.value())) {
                            PeerStatus status = peer.status();
                            process.after(
                                    world.network().delay(),
                                    () -> {
                                        answers.add(status);
                                        if (answers.size() == others.size()) {
                                            finish.run();
                                        }
                                    });
                        }
                    });
        }
        process.after(others.isEmpty() ? 1 : 2000, finish);
    }

    /// What the peers are told.
    private PeerStatus status() {
        PeerStatus.Standing standing =
                switch (postgres.look()) {
                    case LocalPostgres.Primary _ -> PeerStatus.Standing.PRIMARY;
                    case LocalPostgres.Standby _ -> PeerStatus.Standing.STANDBY;
                    case LocalPostgres.NoDataDirectory _,
                            LocalPostgres.UnfinishedBootstrap _,
                            LocalPostgres.UnfinishedClone _,
                            LocalPostgres.Unusable _,
                            LocalPostgres.Stopped _,
                            LocalPostgres.Starting _,
                            LocalPostgres.Unresponsive _ ->
                            PeerStatus.Standing.NOT_RUNNING;
                };
        return new PeerStatus.Reachable(
                name,
                standing,
                postgres.data.head.end(),
                postgres.data.head.timeline(),
                PeerStatus.Eligibility.ELIGIBLE,
                1);
    }

    private void decide(
            StoreReading store, LongTask seen, LocalPostgres local, List<PeerStatus> peers) {
        boolean late = agenda.now() - plannedWake > world.scenario().ttl();
        HaView seenNow =
                new HaView(
                        agenda.mono(),
                        Instant.EPOCH.plusMillis(agenda.now()),
                        late ? HaView.Punctuality.LATE : HaView.Punctuality.ON_TIME,
                        node,
                        settings(),
                        store,
                        lease.lease(),
                        local,
                        world.mutation().peers(peers, local),
                        heartbeats.map(ModelHeartbeats::hearing).orElse(List.of()),
                        renewal,
                        pledge.map(this::kept),
                        seen,
                        wish,
                        HaView.Configuration.CURRENT,
                        memory);
        HaView view = world.director().misled(seenNow);
        heartbeats.ifPresent(h -> h.tell(view));
        Decision decision = world.mutation().decide(view, HaPolicy::decide);
        world.decided(name.value(), decision);
        memory = decision.memory();
        if (wish instanceof Wish.Nothing || !world.wishStays(wish, decision)) {
            wish = new Wish.Nothing();
        }
        carrier.carryOut(
                decision.commands(),
                () -> {
                    publish();
                    loopAlive = agenda.now();
                    cycling = false;
                    long next =
                            again
                                    ? 5
                                    : decision.recheckIn()
                                            .map(d -> Math.max(5, d.toMillis()))
                                            .orElse(world.scenario().loopWait());
                    planCycle(next);
                });
    }

    HaSettings settings() {
        boolean paused = lastSeen.config().filter(c -> c.value().equals("paused")).isPresent();
        return world.scenario()
                .settings(paused ? HaSettings.Maintenance.PAUSED : HaSettings.Maintenance.OFF);
    }

    private void publish() {
        Member me = member();
        call(s -> world.store().publish(s, me), _ -> {}, _ -> {});
    }

    private Member member() {
        MemberState state =
                switch (postgres.look()) {
                    case LocalPostgres.Primary _, LocalPostgres.Standby _ -> MemberState.RUNNING;
                    case LocalPostgres.Starting _ -> MemberState.STARTING;
                    case LocalPostgres.Stopped _ -> MemberState.STOPPED;
                    case LocalPostgres.NoDataDirectory _,
                            LocalPostgres.UnfinishedBootstrap _,
                            LocalPostgres.UnfinishedClone _ ->
                            MemberState.CREATING_REPLICA;
                    case LocalPostgres.Unusable _, LocalPostgres.Unresponsive _ ->
                            MemberState.UNKNOWN;
                };
        return new Member(
                name,
                "postgres://" + name + ":5432/postgres",
                "http://" + name + ":8008/patroni",
                state,
                postgres.run == ModelPostgres.Run.PRIMARY ? MemberRole.PRIMARY : MemberRole.REPLICA,
                "4.1.0",
                new Member.Position(
                        Optional.of(postgres.data.head.end()),
                        Optional.empty(),
                        Optional.empty(),
                        postgres.streaming.isReceiving()
                                ? Optional.of("streaming")
                                : Optional.empty(),
                        postgres.data.head.timeline()),
                Tags.NONE,
                postgres.checkpointPending()
                        ? Set.of(Member.Flag.CHECKPOINT_AFTER_PROMOTE_PENDING)
                        : Set.of(),
                Map.of());
    }

    // ---- work

    /// At once: PostgreSQL and what was to start it.
    void fence(String why) {
        process.after(
                world.chance().between(1, Math.max(1, world.scenario().stopTime() / 2)),
                () -> {
                    postgres.fence(why);
                    wake();
                });
    }

    Optional<String> busy() {
        return task instanceof LongTask.Running running
                ? Optional.of(running.kind().text() + " is running")
                : Optional.empty();
    }

    /// Begins a task; the answer ends it, with the reason of a failure.
    Consumer<Optional<String>> begin(LongTask.Kind kind) {
        int mine = ++tasks;
        int life = process.life();
        task = new LongTask.Running(kind, agenda.mono(), "");
        return failure -> {
            if (mine != tasks || life != process.life()) {
                return;
            }
            process.inThisLife(
                            () -> {
                                tasks++;
                                task =
                                        new LongTask.Idle(
                                                failure.<LongTask.Outcome>map(why ->
                                                                new LongTask.Outcome.Failed(
                                                                        kind, agenda.mono(), why))
                                                        .orElseGet(() ->
                                                                new LongTask.Outcome.Succeeded(
                                                                        kind, agenda.mono())));
                                wake();
                            })
                    .run();
        };
    }

    ModelStore.Session session() {
        return session;
    }

    void postgresEnded() {
        if (runs) {
            process.after(world.chance().delay(10, 500, 20), this::wake);
        }
    }
}
