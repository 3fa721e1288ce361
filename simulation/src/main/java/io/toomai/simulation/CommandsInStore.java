package io.toomai.simulation;

import io.toomai.core.cluster.History;
import io.toomai.core.cluster.Initialize;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.SystemIdentifier;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/// Carries out what changes the store.
final class CommandsInStore {
    private static final SystemIdentifier NONE = new SystemIdentifier("0000000000");

    private final ModelAgent agent;
    private final World world;
    private final ModelPostgres postgres;

    CommandsInStore(ModelAgent agent, World world) {
        this.agent = agent;
        this.world = world;
        this.postgres = agent.postgres;
    }

    void carryOut(Command.InStore command, Consumer<Optional<String>> then) {
        ModelStore store = world.store();
        switch (command) {
            case Command.AcquireLeaderKey _ ->
                    acquire(
                            StoreLine.Order.AS_SENT,
                            s -> store.acquire(s),
                            agent.failsafe().beginTaking(),
                            then);
            case Command.TakeOver asked -> {
                boolean bound =
                        agent.files
                                .pledge()
                                .filter(p ->
                                        p.term() == asked.term()
                                                && p.syncRevision() == asked.syncRevision())
                                .isPresent();
                if (bound && (isSilent() || world.is(Mutant.PLEDGE_NOT_AWAITED))) {
                    acquire(
                            StoreLine.Order.ALONE,
                            s -> store.takeOver(s, asked),
                            agent.failsafe().beginTakingOver(),
                            then);
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
            case Command.WriteSync sync -> writeSync(sync, then);
            case Command.WriteFailsafe(var members, var revision) -> {
                Optional<String> refusal = agent.failsafe().beforeWriting(members);
                if (refusal.isPresent()) {
                    then.accept(refusal);
                } else {
                    write(s -> store.writeFailsafe(s, members, revision), then);
                }
            }
            case Command.ClearFailover(var revision) ->
                    write(_ -> store.clearFailover(revision), then);
            case Command.WriteHistory _ -> {
                History history =
                        new History(
                                History.Presence.PRESENT, postgres.data.head.branch().history());
                write(s -> store.writeHistory(s, history), then);
            }
        }
    }

    private void writeSync(Command.WriteSync command, Consumer<Optional<String>> then) {
        Optional<Long> expected =
                world.is(Mutant.SYNC_WRITTEN_BLINDLY)
                        ? Optional.empty()
                        : Optional.of(command.revision());
        agent.store()
                .call(
                        world.scenario().syncWrites(),
                        s -> world.store().writeSync(s, command.state(), expected),
                        written ->
                                then.accept(written ? Optional.empty() : Optional.of("conflict")),
                        why -> then.accept(Optional.of(why.name())));
    }

    /// The pledge is kept at this moment: nothing is received.
    private boolean isSilent() {
        return !postgres.streaming.isReceiving()
                && postgres.streaming.upstream() instanceof Upstream.None;
    }

    private void acquire(
            StoreLine.Order order,
            Function<StoreSession, Boolean> request,
            Optional<String> promised,
            Consumer<Optional<String>> then) {
        if (promised.isPresent()) {
            then.accept(promised);
            return;
        }
        long from = agent.lease().counted();
        agent.store()
                .call(
                        order,
                        request,
                        won -> {
                            if (won) {
                                agent.lease().granted(from);
                            }
                            agent.failsafe().taken();
                            then.accept(
                                    won ? Optional.empty() : Optional.of("somebody else holds it"));
                        },
                        why -> {
                            agent.failsafe().takenOrNot();
                            then.accept(Optional.of(why.name()));
                        });
    }

    private void write(Function<StoreSession, Boolean> request, Consumer<Optional<String>> then) {
        agent.store()
                .call(
                        request,
                        done -> then.accept(done ? Optional.empty() : Optional.of("conflict")),
                        why -> then.accept(Optional.of(why.name())));
    }
}
