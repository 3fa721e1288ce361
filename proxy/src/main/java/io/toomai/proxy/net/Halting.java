package io.toomai.proxy.net;

import io.toomai.proxy.console.Command;
import io.toomai.proxy.console.Halts;
import io.toomai.proxy.console.Halts.Halt;
import io.toomai.proxy.console.Halts.Manner;
import io.toomai.proxy.console.Halts.Progress;
import io.toomai.proxy.console.Halts.Tie;
import io.toomai.proxy.console.Orders.Outcome;
import io.toomai.proxy.console.Orders.Owner;
import io.toomai.proxy.console.Overview.Condition;
import io.toomai.proxy.net.Brake.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stops pools and lets them go on, and answers when what was ordered is so. What takes time is
/// looked at by the tick. Belongs to the event loop.
final class Halting {
    private static final Logger log = LoggerFactory.getLogger(Halting.class);

    private final Premises premises;
    private final Halts halts = new Halts();
    private final List<Waiting> waiting = new ArrayList<>();

    /// An order that is not done yet.
    ///
    /// @param about what a RESUME ends; nothing where it does not
    private record Waiting(
            Owner owner, Optional<Halted> about, BooleanSupplier isDone, Consumer<Outcome> then) {}

    /// @param order for messages
    /// @param database absent for all
    private record Halted(String order, Optional<String> database) {}

    Halting(Premises premises) {
        this.premises = premises;
        premises.pools()
                .onBirth(pool -> {
                    if (halts.holds(pool.name().database())) {
                        pool.pause();
                    }
                });
        premises.pools()
                .onEntry(brake -> {
                    if (condition() == Condition.SUSPENDED) {
                        brake.hold(Reason.SUSPENDED);
                    }
                });
    }

    List<Halts.Named> all() {
        return halts.all();
    }

    boolean holds(String database) {
        return halts.holds(database);
    }

    Tie tie() {
        return Tie.of(premises.configuration().settings().values().text("pause_owner"));
    }

    Condition condition() {
        return halts.ofAll()
                .map(halt ->
                        halt.manner() == Manner.SUSPEND ? Condition.SUSPENDED : Condition.PAUSED)
                .orElse(Condition.ACTIVE);
    }

    /// @param database absent for all
    Stream<ServerPool> pools(Optional<String> database) {
        return premises.pools().all().stream()
                .filter(pool ->
                        database.isEmpty() || pool.name().database().equals(database.get()));
    }

    void pause(Command.Pause order, Owner by, Consumer<Outcome> then) {
        if (halts.ofAll().isPresent()) {
            then.accept(new Outcome.Refused("already suspended/paused"));
            return;
        }
        Optional<String> database = order.database();
        halts.add(database, new Halt(Manner.PAUSE, by, System.nanoTime(), Progress.WAITING));
        pools(database).forEach(ServerPool::pause);
        await(
                new Waiting(
                        by,
                        Optional.of(new Halted("PAUSE", database)),
                        () -> pools(database).allMatch(pool -> pool.servers() == 0),
                        outcome -> {
                            if (outcome instanceof Outcome.Done) {
                                halts.complete(database);
                            }
                            then.accept(outcome);
                        }));
    }

    /// Done when no server is left that is to be closed when it is free.
    void waitClose(Optional<String> database, Owner by, Consumer<Outcome> then) {
        await(
                new Waiting(
                        by,
                        Optional.empty(),
                        () -> pools(database).noneMatch(ServerPool::hasStale),
                        then));
    }

    private void await(Waiting one) {
        if (one.isDone().getAsBoolean()) {
            one.then().accept(new Outcome.Done());
        } else {
            waiting.add(one);
        }
    }

    /// To be called a few times each second.
    void tick() {
        for (Waiting one : List.copyOf(waiting)) {
            if (one.isDone().getAsBoolean() && waiting.remove(one)) {
                one.then().accept(new Outcome.Done());
            }
        }
    }

    Outcome resume(Optional<String> database) {
        if (end(database, "it was ended by a RESUME")) {
            return new Outcome.Done();
        }
        return new Outcome.Refused(
                database.map(name -> "database " + name + " is not paused")
                        .orElse("pooler is not paused/suspended"));
    }

    /// Whoever still waits for it to be complete hears that it is over.
    private boolean end(Optional<String> database, String why) {
        boolean wasSuspended = condition() == Condition.SUSPENDED;
        if (!halts.end(database)) {
            return false;
        }
        if (wasSuspended && database.isEmpty()) {
            brakes(brake -> brake.release(Reason.SUSPENDED));
        }
        long now = System.nanoTime();
        pools(database)
                .filter(pool -> !halts.holds(pool.name().database()))
                .forEach(pool -> pool.resume(now));
        for (Waiting one : List.copyOf(waiting)) {
            Optional<Halted> halt = one.about().filter(its -> its.database().equals(database));
            if (halt.isPresent() && waiting.remove(one)) {
                one.then()
                        .accept(
                                new Outcome.Refused(
                                        halt.get().order() + " is not complete: " + why));
            }
        }
        return true;
    }

    Outcome kill(Optional<String> database, Owner by) {
        if (halts.ofAll().isPresent()) {
            return new Outcome.Refused("already suspended/paused");
        }
        Halt halt = new Halt(Manner.KILL, by, System.nanoTime(), Progress.COMPLETE);
        database.ifPresent(_ -> halts.add(database, halt));
        for (ServerPool pool : pools(database).toList()) {
            halts.add(Optional.of(pool.name().database()), halt);
            pool.pause();
        }
        pools(database).forEach(pool -> pool.kill("admin forced disconnect"));
        return new Outcome.Done();
    }

    /// Nothing is read any more. Done when what was read before has left, or when those that do not
    /// take it have been closed: `suspend_timeout`.
    void suspend(Owner by, Consumer<Outcome> then) {
        if (halts.ofAll().isPresent()) {
            then.accept(new Outcome.Refused("already suspended/paused"));
            return;
        }
        if (!halts.all().isEmpty()) {
            then.accept(new Outcome.Refused("cannot suspend with paused databases"));
            return;
        }
        long since = System.nanoTime();
        halts.add(Optional.empty(), new Halt(Manner.SUSPEND, by, since, Progress.WAITING));
        brakes(brake -> brake.hold(Reason.SUSPENDED));
        await(
                new Waiting(
                        by,
                        Optional.of(new Halted("SUSPEND", Optional.empty())),
                        () -> hasLeft(System.nanoTime() - since),
                        outcome -> {
                            if (outcome instanceof Outcome.Done) {
                                halts.complete(Optional.empty());
                            }
                            then.accept(outcome);
                        }));
    }

    /// Whether all that was read has left. Whoever does not take it in time is closed.
    private boolean hasLeft(long waited) {
        long patience =
                premises.configuration().settings().values().time("suspend_timeout").toNanos();
        boolean isOver = patience > 0 && waited >= patience;
        boolean all = true;
        for (ServerPool pool : premises.pools().all()) {
            for (ServerConnection server : List.copyOf(pool.connections())) {
                if (!server.brake().isSent()) {
                    all = false;
                    if (isOver) {
                        pool.closes(server, "suspend_timeout");
                        server.fail("suspend_timeout");
                    }
                }
            }
            for (ClientConnection client : List.copyOf(pool.clients())) {
                if (!client.brake().isSent()) {
                    all = false;
                    if (isOver) {
                        client.end("08P01", "suspend_timeout");
                    }
                }
            }
        }
        return all || isOver;
    }

    private void brakes(Consumer<Brake> what) {
        for (ServerPool pool : premises.pools().all()) {
            pool.clients().forEach(client -> what.accept(client.brake()));
            pool.connections().forEach(server -> what.accept(server.brake()));
        }
    }

    /// Its owner does not want to wait for it: what it has stopped goes on.
    void cancel(Owner owner) {
        for (Waiting one : List.copyOf(waiting)) {
            if (one.owner().number() != owner.number()) {
                continue;
            }
            if (one.about().isPresent()) {
                end(one.about().get().database(), "it was canceled");
            } else if (waiting.remove(one)) {
                one.then()
                        .accept(
                                new Outcome.Refused(
                                        "57014", "canceling statement due to user request"));
            }
        }
    }

    /// Its owner is gone: nobody is to be answered.
    void left(Owner owner) {
        waiting.removeIf(one -> one.owner().number() == owner.number());
        for (Optional<String> database : halts.endingWith(owner, tie())) {
            log.info(
                    "{}: RESUME, because {} left, who had paused it",
                    database.orElse("all databases"),
                    owner.name());
            end(database, "whoever ordered it is gone");
        }
    }
}
