package io.toomai.simulation;

import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.LongTask;
import java.util.Optional;
import java.util.function.Consumer;

/// Makes, copies, rewinds and replaces data directories. What destroys data is done only beside the
/// leader (I4).
final class DataWork {
    private static final long PATIENCE = 4000;
    private static final long FRESH = 3000;

    private final ModelAgent agent;
    private final World world;
    private final ModelPostgres postgres;

    DataWork(ModelAgent agent, World world) {
        this.agent = agent;
        this.world = world;
        this.postgres = agent.postgres;
    }

    void bootstrap(Consumer<Optional<String>> end) {
        postgres.data.holds = ModelDataDirectory.Holds.UNFINISHED_BOOTSTRAP;
        agent.process.after(
                world.chance().delay(2000, 8000, 5),
                () -> {
                    postgres.bootstrapped(world.newSystem());
                    end.accept(Optional.empty());
                });
    }

    void copy(Command.Source source, Consumer<Optional<String>> then) {
        fromLeader(source, then, () -> copying(source, LongTask.Kind.CLONE));
    }

    void rewind(Command.Source source, Consumer<Optional<String>> then) {
        fromLeader(source, then, () -> rewinding(source));
    }

    void replace(Command.Source source, Consumer<Optional<String>> then) {
        fromLeader(
                source,
                then,
                () -> {
                    world.checker().removesData(postgres, source.name());
                    postgres.fence("its data is replaced");
                    postgres.data.remove();
                    copying(source, LongTask.Kind.REINITIALIZE);
                });
    }

    /// The source leads, as primary, this very cluster: it is asked between two readings of the key
    /// at one term, as the agent's `LeaderCheck` does.
    private void fromLeader(Command.Source source, Consumer<Optional<String>> then, Runnable work) {
        Consumer<Optional<String>> end =
                refusal -> {
                    Optional<String> refused = agent.tasks().busy().or(() -> refusal);
                    if (refused.isEmpty()) {
                        work.run();
                    }
                    then.accept(refused);
                };
        if (world.is(Mutant.REINITIALIZE_UNGUARDED)) {
            end.accept(Optional.empty());
            return;
        }
        term(
                source,
                before -> {
                    long asked = world.agenda().now();
                    if (before.isEmpty()) {
                        end.accept(Optional.of("the source does not lead"));
                        return;
                    }
                    identity(
                            source,
                            answers -> {
                                if (!answers) {
                                    end.accept(Optional.of("the source is no primary"));
                                } else if (world.is(Mutant.LEADER_CHECKED_ONCE)) {
                                    end.accept(Optional.empty());
                                } else {
                                    term(source, after -> end.accept(lost(before, after, asked)));
                                }
                            });
                });
    }

    private Optional<String> lost(Optional<Long> before, Optional<Long> after, long asked) {
        if (!after.equals(before)) {
            return Optional.of("the source has lost the key");
        }
        return world.agenda().now() - asked > FRESH
                ? Optional.of("the answer is too old")
                : Optional.empty();
    }

    /// The term in which the source holds the leader key now.
    private void term(Command.Source source, Consumer<Optional<Long>> then) {
        agent.store()
                .call(
                        s -> world.store().read(s, Scenario.Reads.LINEARIZABLE).cluster(),
                        cluster ->
                                then.accept(
                                        cluster.leader() instanceof LeaderKey.HeldBy held
                                                        && held.leader().equals(source.name())
                                                ? Optional.of(held.revision())
                                                : Optional.empty()),
                        _ -> then.accept(Optional.empty()));
    }

    /// Whether the source answers in time as a primary of this cluster.
    private void identity(Command.Source source, Consumer<Boolean> then) {
        boolean[] done = {false};
        Consumer<Boolean> once =
                answer -> {
                    if (!done[0]) {
                        done[0] = true;
                        then.accept(answer);
                    }
                };
        Network network = world.network();
        String me = agent.name.value();
        String other = source.name().value();
        agent.process.after(PATIENCE, () -> once.accept(false));
        agent.process.after(
                network.delay(),
                () -> {
                    ModelPostgres asked = world.node(other).postgres();
                    if (network.reaches(me, other) && isAsExpected(asked, source)) {
                        boolean ours = asked.data.system.equals(source.system());
                        agent.process.after(
                                network.delay(),
                                () -> {
                                    if (network.reaches(other, me)) {
                                        once.accept(ours);
                                    }
                                });
                    }
                });
    }

    private static boolean isAsExpected(ModelPostgres asked, Command.Source source) {
        return switch (source.kind()) {
            case MEMBER -> asked.acceptsWrites();
            case MEMBER_OF_STANDBY_CLUSTER ->
                    asked.run == ModelPostgres.Run.STANDBY && !asked.process.isFrozen();
            case REMOTE_PRIMARY -> false;
        };
    }

    private void copying(Command.Source source, LongTask.Kind kind) {
        ModelPostgres from = world.node(source.name().value()).postgres();
        Consumer<Optional<String>> end = agent.tasks().begin(kind);
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

    private void rewinding(Command.Source source) {
        ModelPostgres from = world.node(source.name().value()).postgres();
        Consumer<Optional<String>> end = agent.tasks().begin(LongTask.Kind.REWIND);
        int life = from.process.life();
        postgres.commits.endOrphans();
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
