package io.toomai.simulation;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.History;
import io.toomai.core.cluster.Initialize;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LongTask;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.SystemIdentifier;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/// Carries out commands as the agent's runner must: in order, ending at the first that is refused
/// or fails, asking again before what cannot be undone, one long task at a time.
final class CommandCarrier {
    private final ModelAgent agent;
    private final World world;
    private final ModelPostgres postgres;

    CommandCarrier(ModelAgent agent, World world) {
        this.agent = agent;
        this.world = world;
        this.postgres = agent.postgres;
    }

    void carryOut(List<Command> commands, Runnable done) {
        next(world.mutation().order(commands), 0, done);
    }

    /// Before each command the process may die or stand still.
    private void next(List<Command> all, int carriedOut, Runnable done) {
        if (carriedOut == all.size()) {
            done.run();
            return;
        }
        Runnable work = agent.process.inThisLife(() -> now(all, carriedOut, done));
        world.director()
                .between(agent, all.subList(0, carriedOut), all.subList(carriedOut, all.size()));
        work.run();
    }

    private void now(List<Command> all, int carriedOut, Runnable done) {
        Command command = all.get(carriedOut);
        carryOut(
                command,
                failure -> {
                    world.carriedOut(agent.name.value(), command, failure);
                    if (failure.isPresent() && !world.is(Mutant.REFUSAL_IGNORED)) {
                        done.run();
                    } else {
                        next(all, carriedOut + 1, done);
                    }
                });
    }

    private void carryOut(Command command, Consumer<Optional<String>> then) {
        switch (command) {
            case Command.AcquireLeaderKey _,
                    Command.TakeOver _,
                    Command.ReleaseLeaderKey _,
                    Command.ClaimInitialize _,
                    Command.WriteInitialize _,
                    Command.DeleteInitialize _,
                    Command.WriteInitialConfig _,
                    Command.WriteStatus _,
                    Command.WriteSync _,
                    Command.ClearFailover _,
                    Command.WriteHistory _ ->
                    store(command, then);
            case Command.SetSynchronousStandbyNames _,
                    Command.ApplyConfiguration _,
                    Command.Follow _,
                    Command.EnsureSlots _,
                    Command.MakePledge _,
                    Command.WithdrawPledge _,
                    Command.ResumeReplay _,
                    Command.Fence _,
                    Command.DiscardUnfinished _,
                    Command.EndAgent _ ->
                    here(command, then);
            case Command.Checkpoint _,
                    Command.Promote _,
                    Command.StartAsStandby _,
                    Command.StartAsPrimary _,
                    Command.Stop _,
                    Command.Restart _,
                    Command.BootstrapCluster _,
                    Command.Clone _,
                    Command.Rewind _,
                    Command.Reinitialize _ -> {
                Optional<String> busy = agent.busy();
                if (busy.isPresent()) {
                    then.accept(busy);
                } else {
                    aside(command, then);
                }
            }
        }
    }

    // ---- the store

    private void store(Command command, Consumer<Optional<String>> then) {
        ModelStore store = world.store();
        switch (command) {
            case Command.AcquireLeaderKey _ ->
                    acquire(ModelStore.Order.AS_SENT, s -> store.acquire(s), then);
            case Command.TakeOver asked -> {
                boolean bound =
                        agent.pledge()
                                .filter(p ->
                                        p.term() == asked.term()
                                                && p.syncRevision() == asked.syncRevision())
                                .isPresent();
                if (bound && (isSilent() || world.is(Mutant.PLEDGE_NOT_AWAITED))) {
                    acquire(ModelStore.Order.ALONE, s -> store.takeOver(s, asked), then);
                } else {
                    then.accept(Optional.of("the pledge is not kept"));
                }
            }
            case Command.ReleaseLeaderKey(var handOver, var optime) -> {
                agent.lease().dropped();
                write(s -> store.release(s, handOver, optime), then);
            }
            case Command.ClaimInitialize _ ->
                    write(
                            _ ->
                                    store.truth().initialize() instanceof Initialize.Never
                                            && store.writeInitialize(
                                                    Optional.of(new Initialize.InProgress()),
                                                    new Initialize.InProgress()),
                            then);
            case Command.WriteInitialize(var system) ->
                    write(
                            _ ->
                                    store.writeInitialize(
                                            Optional.of(new Initialize.Done(system)),
                                            new Initialize.Garbage("")),
                            then);
            case Command.DeleteInitialize _ ->
                    write(
                            _ -> store.writeInitialize(Optional.empty(), new Initialize.Done(NONE)),
                            then);
            case Command.WriteInitialConfig _ ->
                    write(
                            _ -> store.truth().config().isPresent() || store.writeConfig("running"),
                            then);
            case Command.WriteStatus(var status) -> write(s -> store.writeStatus(s, status), then);
            case Command.WriteSync(var state, var revision) -> {
                Optional<Long> expected =
                        world.is(Mutant.SYNC_WRITTEN_BLINDLY)
                                ? Optional.empty()
                                : Optional.of(revision);
                agent.call(
                        world.scenario().syncWrites(),
                        s -> store.writeSync(s, state, expected),
                        written ->
                                then.accept(written ? Optional.empty() : Optional.of("conflict")),
                        why -> then.accept(Optional.of(why.name())));
            }
            case Command.ClearFailover(var revision) ->
                    write(_ -> store.clearFailover(revision), then);
            case Command.WriteHistory _ -> {
                History history =
                        new History(
                                History.Presence.PRESENT, postgres.data.head.branch().history());
                write(s -> store.writeHistory(s, history), then);
            }
            default -> throw new IllegalStateException("not for the store: " + command);
        }
    }

    private static final SystemIdentifier NONE = new SystemIdentifier("0000000000");

    /// The pledge is kept at this moment: nothing is received.
    private boolean isSilent() {
        return !postgres.streaming.isReceiving()
                && postgres.streaming.upstream() instanceof Upstream.None;
    }

    private void acquire(
            ModelStore.Order order,
            Function<ModelStore.Session, Boolean> request,
            Consumer<Optional<String>> then) {
        long from = agent.lease().counted();
        agent.call(
                order,
                request,
                won -> {
                    if (won) {
                        agent.lease().granted(from);
                    }
                    then.accept(won ? Optional.empty() : Optional.of("somebody else holds it"));
                },
                why -> then.accept(Optional.of(why.name())));
    }

    private void write(
            Function<ModelStore.Session, Boolean> request, Consumer<Optional<String>> then) {
        agent.call(
                request,
                done -> then.accept(done ? Optional.empty() : Optional.of("conflict")),
                why -> then.accept(Optional.of(why.name())));
    }

    // ---- at once

    private void here(Command command, Consumer<Optional<String>> then) {
        switch (command) {
            case Command.SetSynchronousStandbyNames(var names) ->
                    later(
                            world.chance().delay(60, 2000, 30),
                            () -> {
                                if (!agent.lease().isHeld()) {
                                    return Optional.of("the lease is not held");
                                }
                                postgres.commits.setSyncNames(names);
                                return Optional.empty();
                            },
                            then);
            case Command.Follow(var upstream) ->
                    later(world.chance().delay(20, 300, 10), () -> follow(upstream), then);
            case Command.MakePledge(var pledge)
                    when agent.pledge().filter(p -> !p.equals(pledge)).isPresent() ->
                    then.accept(Optional.of("another pledge is in force"));
            case Command.MakePledge(var pledge) -> {
                agent.writeDownPledge(Optional.of(pledge));
                later(
                        world.chance().delay(20, 2000, 20),
                        () -> {
                            if (!world.is(Mutant.PLEDGE_NOT_AWAITED)) {
                                postgres.streaming.follow(new Upstream.None());
                            }
                            agent.provePledge();
                            return Optional.empty();
                        },
                        then);
            }
            case Command.WithdrawPledge(var pledge) ->
                    agent.call(
                            s -> world.store().read(s, Scenario.Reads.LINEARIZABLE).cluster(),
                            cluster -> {
                                boolean binds = pledge.binds(cluster);
                                if (!binds) {
                                    agent.writeDownPledge(Optional.empty());
                                }
                                then.accept(
                                        binds
                                                ? Optional.of("the pledge still binds")
                                                : Optional.empty());
                            },
                            why -> then.accept(Optional.of(why.name())));
            case Command.EnsureSlots(var wanted, var unwanted) -> {
                postgres.data.ensureSlots(wanted, unwanted);
                then.accept(Optional.empty());
            }
            case Command.Fence(var why) -> fence(why, then);
            case Command.DiscardUnfinished _ -> {
                if (postgres.data.isUnfinished()) {
                    postgres.data.remove();
                }
                then.accept(Optional.empty());
            }
            case Command.EndAgent(var why, _) -> agent.end(why);
            case Command.ApplyConfiguration _, Command.ResumeReplay _ ->
                    then.accept(Optional.empty());
            default -> throw new IllegalStateException("not done at once: " + command);
        }
    }

    private Optional<String> follow(Upstream upstream) {
        if (agent.pledge().isPresent() && upstream instanceof Upstream.Server) {
            return Optional.of("pledged to take no WAL");
        }
        postgres.streaming.follow(upstream);
        return Optional.empty();
    }

    private interface Work {
        Optional<String> done();
    }

    private void later(long millis, Work work, Consumer<Optional<String>> then) {
        agent.process.after(millis, () -> then.accept(work.done()));
    }

    private void fence(String why, Consumer<Optional<String>> then) {
        if (world.is(Mutant.HAND_OVER_WITH_ORPHANS) && why.equals("handing over")) {
            then.accept(Optional.empty());
            return;
        }
        later(
                world.chance().between(1, Math.max(1, world.scenario().stopTime() / 2)),
                () -> {
                    postgres.fence(why);
                    return Optional.empty();
                },
                then);
    }

    // ---- aside

    private void aside(Command command, Consumer<Optional<String>> then) {
        switch (command) {
            case Command.Checkpoint _ -> {
                Consumer<Optional<String>> end = agent.begin(LongTask.Kind.CHECKPOINT);
                agent.process.after(
                        world.chance().delay(200, 5000, 5),
                        () -> {
                            postgres.checkpointDone();
                            end.accept(Optional.empty());
                        });
                then.accept(Optional.empty());
            }
            case Command.Promote(var notAfter) -> guarded(notAfter, then, () -> promote(notAfter));
            case Command.StartAsStandby(var upstream)
                    when agent.pledge().isPresent() && upstream instanceof Upstream.Server ->
                    then.accept(Optional.of("pledged to take no WAL"));
            case Command.StartAsStandby(var upstream) -> {
                Consumer<Optional<String>> end = agent.begin(LongTask.Kind.START);
                postgres.start(LocalPostgres.StartsAs.STANDBY, upstream, end);
                then.accept(Optional.empty());
            }
            case Command.StartAsPrimary(var notAfter) ->
                    guarded(
                            notAfter,
                            then,
                            () -> {
                                Consumer<Optional<String>> end = agent.begin(LongTask.Kind.START);
                                postgres.start(
                                        LocalPostgres.StartsAs.PRIMARY, new Upstream.None(), end);
                            });
            case Command.Stop(var mode, var before, _) -> {
                stop(mode, before, agent.begin(LongTask.Kind.STOP));
                then.accept(Optional.empty());
            }
            case Command.Restart _ -> {
                restart(agent.begin(LongTask.Kind.RESTART));
                then.accept(Optional.empty());
            }
            case Command.BootstrapCluster _ -> {
                bootstrap(agent.begin(LongTask.Kind.BOOTSTRAP));
                then.accept(Optional.empty());
            }
            case Command.Clone(var source) ->
                    fromLeader(source, then, () -> clone(source, LongTask.Kind.CLONE));
            case Command.Rewind(var source) -> fromLeader(source, then, () -> rewind(source));
            case Command.Reinitialize(var source, _) ->
                    fromLeader(
                            source,
                            then,
                            () -> {
                                world.checker().removesData(postgres);
                                postgres.fence("its data is replaced");
                                postgres.data.remove();
                                clone(source, LongTask.Kind.REINITIALIZE);
                            });
            default -> throw new IllegalStateException("not done aside: " + command);
        }
    }

    private void guarded(MonoTime notAfter, Consumer<Optional<String>> then, Runnable work) {
        boolean expired = !agent.lease().isHeld() || !world.agenda().mono().isBefore(notAfter);
        if (expired && !world.is(Mutant.PROMOTE_UNGUARDED)) {
            then.accept(Optional.of("the lease is over"));
            return;
        }
        work.run();
        then.accept(Optional.empty());
    }

    private void promote(MonoTime notAfter) {
        world.checker().promotes(postgres, notAfter);
        agent.writeDownPledge(Optional.empty());
        postgres.promote(agent.begin(LongTask.Kind.PROMOTE));
    }

    private void stop(
            Command.StopMode mode, Command.Before before, Consumer<Optional<String>> end) {
        switch (mode) {
            case FAST ->
                    agent.process.after(
                            before == Command.Before.CHECKPOINT
                                    ? world.chance().delay(300, 4000, 5)
                                    : 1,
                            () -> postgres.stop(end));
            case IMMEDIATE -> {
                postgres.crash("told to stop at once");
                end.accept(Optional.empty());
            }
        }
    }

    /// As what it was; a primary only while the lease is held.
    private void restart(Consumer<Optional<String>> end) {
        LocalPostgres.StartsAs as = postgres.data.startsAs;
        Upstream upstream =
                postgres.look() instanceof LocalPostgres.Standby standby
                        ? standby.upstream()
                        : new Upstream.None();
        postgres.stop(failure ->
                agent.process
                        .inThisLife(() -> {
                            boolean primary = as == LocalPostgres.StartsAs.PRIMARY;
                            if (failure.isPresent()) {
                                end.accept(failure);
                            } else if (primary && !agent.lease().isHeld()) {
                                end.accept(Optional.of("the lease is over"));
                            } else {
                                postgres.start(as, upstream, end);
                            }
                        })
                        .run());
    }

    // ---- data

    private void bootstrap(Consumer<Optional<String>> end) {
        postgres.data.holds = ModelDataDirectory.Holds.UNFINISHED_BOOTSTRAP;
        agent.process.after(
                world.chance().delay(2000, 8000, 5),
                () -> {
                    postgres.bootstrapped(world.newSystem());
                    end.accept(Optional.empty());
                });
    }

    /// The store's present word, and the source's own: it leads, as primary, this very cluster.
    private void fromLeader(Command.Source source, Consumer<Optional<String>> then, Runnable work) {
        if (world.is(Mutant.REINITIALIZE_UNGUARDED)) {
            work.run();
            then.accept(Optional.empty());
            return;
        }
        agent.call(
                s -> world.store().read(s, Scenario.Reads.LINEARIZABLE),
                seen -> {
                    Optional<String> refused = agent.busy().or(() -> unfit(source, seen.cluster()));
                    if (refused.isEmpty()) {
                        work.run();
                    }
                    then.accept(refused);
                },
                why -> then.accept(Optional.of(why.name())));
    }

    private Optional<String> unfit(Command.Source source, ClusterView cluster) {
        ModelPostgres other = world.node(source.name().value()).postgres();
        boolean leads =
                cluster.leader() instanceof LeaderKey.HeldBy held
                        && held.leader().equals(source.name());
        boolean answers =
                other.acceptsWrites()
                        && world.network().reaches(agent.name.value(), source.name().value());
        return leads && answers && other.data.system.equals(source.system())
                ? Optional.empty()
                : Optional.of("the source does not lead this cluster");
    }

    private void clone(Command.Source source, LongTask.Kind kind) {
        ModelPostgres from = world.node(source.name().value()).postgres();
        Consumer<Optional<String>> end = agent.begin(kind);
        int life = from.process.life();
        postgres.data.holds = ModelDataDirectory.Holds.UNFINISHED_CLONE;
        agent.process.after(
                world.chance().delay(8000, 60_000, 8),
                () -> {
                    if (from.process.life() != life
                            || from.process.isFrozen()
                            || !world.network()
                                    .reaches(agent.name.value(), source.name().value())) {
                        end.accept(Optional.of("the source went away"));
                    } else {
                        postgres.data.copyOf(from.data);
                        end.accept(Optional.empty());
                    }
                });
    }

    private void rewind(Command.Source source) {
        ModelPostgres from = world.node(source.name().value()).postgres();
        Consumer<Optional<String>> end = agent.begin(LongTask.Kind.REWIND);
        int life = from.process.life();
        postgres.data.rewindBegins();
        agent.process.after(
                world.chance().delay(3000, 20_000, 8),
                () -> {
                    boolean gone =
                            from.process.life() != life
                                    || from.process.isFrozen()
                                    || !world.network()
                                            .reaches(agent.name.value(), source.name().value());
                    if (gone || world.chance().once(6)) {
                        if (world.chance().once(2)) {
                            postgres.data.rewindDeclined();
                        } else {
                            postgres.data.rewindEnded();
                        }
                        end.accept(Optional.of("pg_rewind failed"));
                    } else {
                        postgres.data.asIn(from.data);
                        end.accept(Optional.empty());
                    }
                });
    }
}
