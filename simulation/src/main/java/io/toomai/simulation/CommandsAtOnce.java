package io.toomai.simulation;

import io.toomai.core.ha.Command;
import io.toomai.core.ha.Upstream;
import java.util.Optional;
import java.util.function.Consumer;

/// Carries out what changes the node within the cycle.
final class CommandsAtOnce {
    private interface Work {
        /// @return why it was refused
        Optional<String> done();
    }

    private final ModelAgent agent;
    private final World world;
    private final ModelPostgres postgres;

    CommandsAtOnce(ModelAgent agent, World world) {
        this.agent = agent;
        this.world = world;
        this.postgres = agent.postgres;
    }

    void carryOut(Command.AtOnce command, Consumer<Optional<String>> then) {
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
                    when agent.files.pledge().filter(p -> !p.equals(pledge)).isPresent() ->
                    then.accept(Optional.of("another pledge is in force"));
            case Command.MakePledge(var pledge) -> {
                agent.files.writePledge(Optional.of(pledge));
                later(
                        world.chance().delay(20, 2000, 20),
                        () -> {
                            if (!world.is(Mutant.PLEDGE_NOT_AWAITED)) {
                                postgres.streaming.follow(new Upstream.None());
                            }
                            agent.files.provePledge();
                            return Optional.empty();
                        },
                        then);
            }
            case Command.WithdrawPledge _ when world.is(Mutant.PLEDGE_FOR_EVER) ->
                    then.accept(Optional.empty());
            case Command.WithdrawPledge(var pledge) ->
                    agent.store()
                            .call(
                                    s ->
                                            world.store()
                                                    .read(s, Scenario.Reads.LINEARIZABLE)
                                                    .cluster(),
                                    cluster -> {
                                        boolean binds = pledge.binds(cluster);
                                        if (!binds) {
                                            agent.files.writePledge(Optional.empty());
                                        }
                                        then.accept(
                                                binds
                                                        ? Optional.of("the pledge still binds")
                                                        : Optional.empty());
                                    },
                                    why -> then.accept(Optional.of(why.name())));
            case Command.EnsureSlots(var plan) -> {
                postgres.data.ensureSlots(plan);
                then.accept(Optional.empty());
            }
            case Command.Fence(var why) -> fence(why, then);
            case Command.EndOrphans _ -> {
                postgres.endOrphans();
                then.accept(Optional.empty());
            }
            case Command.DiscardUnfinished _ -> {
                if (postgres.data.isUnfinished()) {
                    postgres.fence("its data is discarded");
                    postgres.data.remove();
                }
                then.accept(Optional.empty());
            }
            case Command.EndAgent(var why, _) -> agent.end(why);
            case Command.AskFailsafe _ when world.is(Mutant.NOBODY_ASKED) ->
                    then.accept(Optional.empty());
            case Command.AskFailsafe(var others, var ttl) -> {
                agent.failsafe().ask(others, ttl);
                then.accept(Optional.empty());
            }
            case Command.CancelPrePromote _ -> later(1, this::cancelPrePromote, then);
            case Command.ApplyConfiguration _, Command.ResumeReplay _, Command.MentionSlots _ ->
                    then.accept(Optional.empty());
        }
    }

    private Optional<String> cancelPrePromote() {
        agent.tasks().fail("told to stop");
        return Optional.empty();
    }

    private Optional<String> follow(Upstream upstream) {
        if (agent.files.pledge().isPresent() && upstream instanceof Upstream.Server) {
            return Optional.of("pledged to take no WAL");
        }
        postgres.streaming.follow(upstream);
        return Optional.empty();
    }

    private void later(long millis, Work work, Consumer<Optional<String>> then) {
        agent.process.after(millis, () -> then.accept(work.done()));
    }

    private void fence(String why, Consumer<Optional<String>> then) {
        boolean left =
                (world.is(Mutant.HAND_OVER_WITH_ORPHANS) && why.equals("handing over"))
                        || (world.is(Mutant.HANG_NOT_FENCED) && why.equals("it serves nobody"));
        if (left) {
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
}
