package io.toomai.simulation;

import io.toomai.core.ha.Command;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Carries out commands as the agent's runner must: in order, ending at the first that is refused
/// or fails, one long task at a time.
final class CommandCarrier {
    private final ModelAgent agent;
    private final World world;
    private final CommandsInStore inStore;
    private final CommandsAtOnce atOnce;
    private final CommandsAside aside;
    private boolean hindered;

    CommandCarrier(ModelAgent agent, World world) {
        this.agent = agent;
        this.world = world;
        this.inStore = new CommandsInStore(agent, world);
        this.atOnce = new CommandsAtOnce(agent, world);
        this.aside = new CommandsAside(agent, world);
    }

    /// Whether one of the latest commands was refused or failed.
    boolean wasHindered() {
        return hindered;
    }

    void carryOut(List<Command> commands, Runnable done) {
        hindered = false;
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
                    world.story().carriedOut(agent.name.value(), command, failure);
                    hindered |= failure.isPresent();
                    if (failure.isPresent() && !world.is(Mutant.REFUSAL_IGNORED)) {
                        done.run();
                    } else {
                        next(all, carriedOut + 1, done);
                    }
                });
    }

    private void carryOut(Command command, Consumer<Optional<String>> then) {
        switch (command) {
            case Command.InStore change -> inStore.carryOut(change, then);
            case Command.AtOnce change -> atOnce.carryOut(change, then);
            case Command.Aside work -> {
                Optional<String> busy = agent.tasks().busy();
                if (busy.isPresent()) {
                    then.accept(busy);
                } else {
                    aside.carryOut(work, then);
                }
            }
        }
    }
}
