package io.toomai.proxy.net;

import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.Database;
import io.toomai.proxy.console.Command;
import io.toomai.proxy.console.Command.Shutdown.Manner;
import io.toomai.proxy.console.Orders;
import io.toomai.proxy.console.Right;
import io.toomai.proxy.net.Steward.Reread;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries out what the console and signals order. Belongs to the first wing's event loop.
final class Steering implements Orders {
    private static final Logger log = LoggerFactory.getLogger(Steering.class);

    private final Premises premises;
    private final Means means;
    private final Halting halting;
    private final Altering altering;
    private final Set<String> disabled = new HashSet<>();
    private Ending ending = Ending.NONE;
    private Rereading rereading = Rereading.IDLE;

    /// What it cannot do by the pools.
    ///
    /// @param stopListening closes all listeners
    /// @param loop to come back to
    record Means(Steward steward, Runnable stopListening, Executor loop) {}

    /// What the end of the process waits for.
    private enum Ending {
        NONE,
        WHEN_SERVERS_ARE_FREE,
        WHEN_CLIENTS_ARE_GONE,
        TOLD
    }

    private enum Rereading {
        IDLE,
        RUNNING
    }

    Steering(Premises premises, Means means) {
        this.premises = premises;
        this.means = means;
        this.halting = new Halting(premises);
        this.altering = new Altering(premises, means);
    }

    Halting halting() {
        return halting;
    }

    boolean isDisabled(String database) {
        return disabled.contains(database);
    }

    boolean isEnding() {
        return ending != Ending.NONE;
    }

    @Override
    public void carryOut(Command.Order order, Owner by, Consumer<Outcome> then) {
        switch (order) {
            case Command.Pause pause -> {
                log.info("PAUSE{} command issued by {}", named(pause.database()), by.name());
                unfit("pause", pause.database())
                        .ifPresentOrElse(then, () -> halting.pause(pause, by, then));
            }
            case Command.Resume(var database) -> {
                log.info("RESUME{} command issued by {}", named(database), by.name());
                resume(database, then);
            }
            case Command.Kill(var database) -> {
                log.info("KILL{} command issued by {}", named(database), by.name());
                unfit("kill", database)
                        .ifPresentOrElse(then, () -> halting.kill(database, by, then));
            }
            case Command.Reconnect(var database) -> {
                log.info("RECONNECT{} command issued by {}", named(database), by.name());
                unfit("reconnect", database).ifPresentOrElse(then, () -> reconnect(database, then));
            }
            case Command.WaitClose(var database) -> {
                log.info("WAIT_CLOSE{} command issued by {}", named(database), by.name());
                unfit("wait in", database)
                        .ifPresentOrElse(then, () -> halting.waitClose(database, by, then));
            }
            case Command.Suspend _ -> {
                log.info("SUSPEND command issued by {}", by.name());
                halting.suspend(by, then);
            }
            case Command.Disable(var database) -> {
                log.info("DISABLE '{}' command issued by {}", database, by.name());
                then.accept(
                        unfit("disable", Optional.of(database))
                                .orElseGet(() -> {
                                    disabled.add(database);
                                    return new Outcome.Done();
                                }));
            }
            case Command.Enable(var database) -> {
                log.info("ENABLE '{}' command issued by {}", database, by.name());
                then.accept(
                        unfit("enable", Optional.of(database))
                                .orElseGet(() -> {
                                    disabled.remove(database);
                                    return new Outcome.Done();
                                }));
            }
            case Command.Assign(var member, var duty) -> {
                log.info("{} '{}' command issued by {}", duty, member, by.name());
                then.accept(
                        premises.directions().assign(member, duty)
                                ? new Outcome.Done()
                                : new Outcome.Refused("no such member: " + member));
            }
            case Command.KillClient(long id) -> killClient(id, then);
            case Command.Set(var key, var value) -> altering.set(key, value, then);
            case Command.Reload _ -> {
                log.info("RELOAD command issued by {}", by.name());
                reload(then);
            }
            case Command.Shutdown(var manner) -> {
                log.info("SHUTDOWN {} command issued by {}", manner, by.name());
                shutdown(manner, by);
                if (manner != Manner.NOW) {
                    then.accept(new Outcome.Done());
                }
            }
        }
    }

    private static String named(Optional<String> database) {
        return database.map(name -> " '" + name + "'").orElse("");
    }

    /// Why an order cannot be about a database.
    private Optional<Outcome> unfit(String verb, Optional<String> database) {
        if (database.isEmpty()) {
            return Optional.empty();
        }
        String name = database.get();
        if (name.equals(Right.DATABASE)) {
            return Optional.of(new Outcome.Refused("cannot " + verb + " admin db: " + name));
        }
        var databases = premises.configuration().settings().databases();
        return databases.containsKey(name) || databases.containsKey(Database.ANY)
                ? Optional.empty()
                : Optional.of(new Outcome.Refused("no such database: " + name));
    }

    private void resume(Optional<String> database, Consumer<Outcome> then) {
        if (database.isEmpty() && isEnding()) {
            then.accept(new Outcome.Refused("pooler is shutting down"));
        } else {
            unfit("resume", database).ifPresentOrElse(then, () -> halting.resume(database, then));
        }
    }

    private void reconnect(Optional<String> database, Consumer<Outcome> then) {
        premises.askAnew();
        premises.wings()
                .tell(
                        wing -> wing.pools().of(database).forEach(ServerPool::stale),
                        () -> then.accept(new Outcome.Done()));
    }

    private void killClient(long id, Consumer<Outcome> then) {
        premises.wings()
                .ask(
                        wing -> isKilled(wing, id),
                        killed ->
                                then.accept(
                                        killed.contains(true)
                                                ? new Outcome.Done()
                                                : new Outcome.Refused("client not found")));
    }

    private static boolean isKilled(Wing wing, long id) {
        Optional<ClientConnection> client = wing.clients().find(id);
        client.ifPresent(found -> found.end("08P01", "admin forced disconnect"));
        Optional<Passage> passage = wing.replication().find(id);
        passage.ifPresent(Passage::end);
        return client.isPresent() || passage.isPresent();
    }

    // ---- settings

    private void reload(Consumer<Outcome> then) {
        if (rereading == Rereading.RUNNING) {
            then.accept(new Outcome.Refused("a RELOAD is under way"));
            return;
        }
        rereading = Rereading.RUNNING;
        Thread.ofVirtual()
                .name("reload")
                .start(() -> {
                    Reread read = reread();
                    means.loop().execute(() -> reread(read, then));
                });
    }

    /// Whatever happens to the steward, the next RELOAD may be better.
    private Reread reread() {
        try {
            return means.steward().reread();
        } catch (RuntimeException e) {
            log.error("RELOAD failed: the settings that were in force stay", e);
            return new Reread.Failed(List.of(e.toString()));
        }
    }

    private void reread(Reread read, Consumer<Outcome> then) {
        rereading = Rereading.IDLE;
        switch (read) {
            case Reread.Read(Configuration next) ->
                    premises.configure(next, () -> then.accept(new Outcome.Done()));
            case Reread.Failed _ ->
                    then.accept(
                            new Outcome.Refused(
                                    "F0000", "RELOAD failed, see logs for additional details"));
        }
    }

    // ---- the end

    /// Whoever says so a second time does not want to wait any more.
    private void shutdown(Manner manner, Owner by) {
        means.stopListening().run();
        switch (isEnding() ? Manner.NOW : manner) {
            case NOW -> end();
            case WAIT_FOR_SERVERS -> {
                ending = Ending.WHEN_SERVERS_ARE_FREE;
                halting.pauseUntilTheEnd(by);
            }
            case WAIT_FOR_CLIENTS -> ending = Ending.WHEN_CLIENTS_ARE_GONE;
        }
        tick();
    }

    private void end() {
        if (ending != Ending.TOLD) {
            ending = Ending.TOLD;
            try {
                premises.wings().tell(Steering::dismiss);
            } finally {
                means.steward().end();
            }
        }
    }

    /// Drivers know by the code that it is no fault of theirs.
    private static void dismiss(Wing wing) {
        List.copyOf(wing.clients().all())
                .forEach(client -> client.end("57P01", "the proxy is shutting down"));
    }

    /// To be called a few times each second.
    void tick() {
        halting.tick();
        switch (ending) {
            case NONE, TOLD -> {}
            case WHEN_SERVERS_ARE_FREE ->
                    premises.wings()
                            .ask(
                                    wing ->
                                            wing.pools().all().stream()
                                                    .allMatch(pool -> pool.servers() == 0),
                                    free -> endIf(!free.contains(false)));
            case WHEN_CLIENTS_ARE_GONE -> endIf(premises.crowd().all() == 0);
        }
    }

    private void endIf(boolean nothingIsLeft) {
        if (nothingIsLeft && ending != Ending.TOLD) {
            log.info("nothing is left to wait for: shutting down");
            end();
        }
    }

    @Override
    public void cancel(Owner owner) {
        halting.cancel(owner);
    }

    @Override
    public void left(Owner owner) {
        halting.left(owner);
    }
}
