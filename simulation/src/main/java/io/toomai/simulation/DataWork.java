package io.toomai.simulation;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.LongTask;
import java.util.Optional;
import java.util.function.Consumer;

/// Makes, copies, rewinds and replaces data directories. What destroys data is done only beside the
/// leader (I4).
final class DataWork {
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
                    world.checker().removesData(postgres);
                    postgres.fence("its data is replaced");
                    postgres.data.remove();
                    copying(source, LongTask.Kind.REINITIALIZE);
                });
    }

    /// The store's present word, and the source's own: it leads, as primary, this very cluster.
    private void fromLeader(Command.Source source, Consumer<Optional<String>> then, Runnable work) {
        if (world.is(Mutant.REINITIALIZE_UNGUARDED)) {
            work.run();
            then.accept(Optional.empty());
            return;
        }
        agent.store()
                .call(
                        s -> world.store().read(s, Scenario.Reads.LINEARIZABLE),
                        seen -> {
                            Optional<String> refused =
                                    agent.tasks().busy().or(() -> unfit(source, seen.cluster()));
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
