package io.toomai.simulation;

import io.toomai.core.ha.Command;
import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LongTask;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.MonoTime;
import java.util.Optional;
import java.util.function.Consumer;

/// Begins long work, asking again before what cannot be undone.
final class CommandsAside {
    private final ModelAgent agent;
    private final World world;
    private final ModelPostgres postgres;
    private final DataWork data;

    /// The hold of the key under which the pre-promote script said yes.
    private int passed = -1;

    CommandsAside(ModelAgent agent, World world) {
        this.agent = agent;
        this.world = world;
        this.postgres = agent.postgres;
        this.data = new DataWork(agent, world);
    }

    void carryOut(Command.Aside command, Consumer<Optional<String>> then) {
        switch (command) {
            case Command.Checkpoint _ -> {
                Consumer<Optional<String>> end = agent.tasks().begin(LongTask.Kind.CHECKPOINT);
                agent.process.after(
                        world.chance().delay(200, 5000, 5),
                        () -> {
                            postgres.checkpointDone();
                            end.accept(Optional.empty());
                        });
                then.accept(Optional.empty());
            }
            case Command.AskPrePromote(var notAfter, var patience) ->
                    guarded(notAfter, then, () -> askPrePromote(patience.toMillis()));
            case Command.Promote(var notAfter) -> guarded(notAfter, then, () -> promote(notAfter));
            case Command.StartAsStandby(var upstream)
                    when agent.files.pledge().isPresent() && upstream instanceof Upstream.Server ->
                    then.accept(Optional.of("pledged to take no WAL"));
            case Command.StartAsStandby(var upstream) -> {
                Consumer<Optional<String>> end = agent.tasks().begin(LongTask.Kind.START);
                postgres.start(LocalPostgres.StartsAs.STANDBY, upstream, end);
                then.accept(Optional.empty());
            }
            case Command.StartAsPrimary(var notAfter) ->
                    guarded(
                            notAfter,
                            then,
                            () -> {
                                Consumer<Optional<String>> end =
                                        agent.tasks().begin(LongTask.Kind.START);
                                postgres.start(
                                        LocalPostgres.StartsAs.PRIMARY, new Upstream.None(), end);
                            });
            case Command.Stop(var mode, var before, _) -> {
                stop(mode, before, agent.tasks().begin(LongTask.Kind.STOP));
                then.accept(Optional.empty());
            }
            case Command.Restart _ -> {
                restart(agent.tasks().begin(LongTask.Kind.RESTART));
                then.accept(Optional.empty());
            }
            case Command.CopySlots _ -> {
                restart(agent.tasks().begin(LongTask.Kind.COPY_SLOTS));
                then.accept(Optional.empty());
            }
            case Command.BootstrapCluster _ -> {
                data.bootstrap(agent.tasks().begin(LongTask.Kind.BOOTSTRAP));
                then.accept(Optional.empty());
            }
            case Command.BootstrapStandbyCluster _ ->
                    throw new IllegalStateException("no other cluster is modelled");
            case Command.Clone(var source) -> data.copy(source, then);
            case Command.Restore _ -> then.accept(Optional.of("no backup in this world"));
            case Command.Rewind(var source) -> data.rewind(source, then);
            case Command.Reinitialize(var source, _) -> data.replace(source, then);
        }
    }

    private void guarded(MonoTime notAfter, Consumer<Optional<String>> then, Runnable work) {
        boolean expired = !agent.lease().isHeld() || !agent.clock.mono().isBefore(notAfter);
        if (expired && !world.is(Mutant.PROMOTE_UNGUARDED)) {
            then.accept(Optional.of("the lease is over"));
            return;
        }
        work.run();
        then.accept(Optional.empty());
    }

    private void askPrePromote(long patience) {
        Consumer<Optional<String>> end = agent.tasks().begin(LongTask.Kind.PRE_PROMOTE);
        int hold = agent.lease().hold();
        boolean fails = !world.faults().isOver() && world.chance().once(3);
        boolean hangs = fails && world.chance().once(3);
        agent.process.after(
                hangs ? patience : world.chance().delay(50, 5000, 5),
                () -> {
                    if (fails) {
                        world.fault(
                                Fault.PRE_PROMOTE_FAILED,
                                agent.name
                                        + ": the pre-promote script "
                                        + (hangs ? "hangs" : "fails"));
                    } else {
                        passed = hold;
                    }
                    boolean told = fails && !world.is(Mutant.SCRIPT_FAILURE_IGNORED);
                    end.accept(told ? Optional.of("it said no") : Optional.empty());
                });
    }

    private void promote(MonoTime notAfter) {
        boolean asks = world.scenario().settings().prePromote() == HaSettings.Script.CONFIGURED;
        boolean asked = passed == agent.lease().hold() || postgres.isPromoting();
        world.checker().promotes(postgres, notAfter);
        if (asks && !asked) {
            world.violated("I5", agent.name + " promotes, its script has not said yes to that");
        }
        agent.files.writePledge(Optional.empty());
        postgres.promote(agent.tasks().begin(LongTask.Kind.PROMOTE));
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

    /// As what it was; a primary only while the lease is held, or in maintenance mode.
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
                            } else if (primary && !agent.lease().isHeld() && !agent.isPaused()) {
                                end.accept(Optional.of("the lease is over"));
                            } else {
                                postgres.start(as, upstream, end);
                            }
                        })
                        .run());
    }
}
