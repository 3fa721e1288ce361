package io.toomai.agent.server;

import io.toomai.core.ha.Command;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LocalPostgres.Primary;
import io.toomai.core.ha.LocalPostgres.Standby;
import io.toomai.core.ha.ServerFacts;
import io.toomai.core.ha.SlotFacts.Trait;
import io.toomai.core.ha.SlotPlan;
import io.toomai.core.model.MemberName;
import io.toomai.postgres.Endpoint;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.os.DurableFiles;
import io.toomai.postgres.sql.SlotOperations;
import io.toomai.postgres.sql.SqlAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries out plans for this node's slots beside the HA loop: one at a time, on a thread that
/// lives as long as there is one. A plan that has not begun gives way to a later one, and each of
/// its steps is bounded. May be called from any thread.
final class SlotKeeper {
    private static final Logger log = LoggerFactory.getLogger(SlotKeeper.class);

    private final MemberName me;
    private final SlotOperations local;
    private final int major;
    private final SlotRecord record;
    private final SqlAccess remote;

    private final Object lock = new Object();
    private Optional<SlotPlan> next = Optional.empty();
    private Run run = Run.IDLE;

    /// What was logged last of each step that fails: said again only when it changes.
    private final Map<String, String> complaints = new TreeMap<>();

    private volatile SortedSet<String> managed;
    private volatile Set<String> safe = Set.of();

    /// Copied slots, and the oldest transaction from which on the leader keeps what they need;
    /// absent while that is not known.
    private final Map<String, Optional<Long>> unproven = new TreeMap<>();

    /// @param login how this node logs in to the leader; its server is replaced
    SlotKeeper(MemberName me, SqlAccess local, int major, SlotRecord record, SqlAccess login) {
        this.me = me;
        this.local = new SlotOperations(local.as("Toomai slots"), major);
        this.major = major;
        this.record = record;
        this.remote = login;
        this.managed = record.read();
    }

    private enum Run {
        IDLE,
        WORKING,
        /// The rest of the plan under way is void.
        STOPPING
    }

    /// What was seen, and what this node knows of its slots beyond that; does not wait.
    LocalPostgres on(LocalPostgres seen) {
        return switch (seen) {
            case Primary p ->
                    new Primary(
                            known(p.server()),
                            p.flushed(),
                            p.senders(),
                            p.synchronousStandbyNames(),
                            p.control());
            case Standby s ->
                    new Standby(
                            known(s.server()),
                            s.received(),
                            s.replayed(),
                            s.upstream(),
                            s.walReceiver(),
                            s.replay());
            case LocalPostgres _ -> seen;
        };
    }

    private ServerFacts known(ServerFacts server) {
        return server.withSlots(
                server.slots().stream().map(slot -> slot.with(traits(slot.name()))).toList());
    }

    private Set<Trait> traits(String name) {
        Set<Trait> traits = EnumSet.noneOf(Trait.class);
        if (managed.contains(name)) {
            traits.add(Trait.MANAGED);
        }
        if (safe.contains(name)) {
            traits.add(Trait.SAFE);
        }
        return traits;
    }

    /// Takes a plan; does not wait.
    void carryOut(SlotPlan plan) {
        synchronized (lock) {
            next = Optional.of(plan);
            if (run == Run.IDLE) {
                run = Run.WORKING;
                Thread.ofPlatform().daemon().name("slots").start(this::work);
            }
        }
    }

    /// This standby becomes a primary: what was planned for the one is void for the other.
    void promoting() {
        stop();
        SortedSet<String> unsafe;
        synchronized (unproven) {
            unsafe = new TreeSet<>(unproven.keySet());
        }
        if (!unsafe.isEmpty()) {
            log.warn(
                    "{} promote: logical slots {} were copied so lately that catalog rows they need"
                            + " may be gone. Consumers that meet an error or miss tables on this"
                            + " primary must begin with a new slot and a new copy of their data",
                    me,
                    unsafe);
        }
    }

    /// After a start nothing that the leader kept before is known to be kept still.
    void starting() {
        stop();
        forget();
    }

    private void stop() {
        synchronized (lock) {
            next = Optional.empty();
            if (run == Run.WORKING) {
                run = Run.STOPPING;
            }
        }
    }

    private void work() {
        while (true) {
            SlotPlan plan;
            synchronized (lock) {
                if (next.isEmpty()) {
                    run = Run.IDLE;
                    return;
                }
                plan = next.get();
                next = Optional.empty();
                run = Run.WORKING;
            }
            step("record", () -> remember(plan));
            plan.drop().forEach(name -> step("drop " + name, () -> drop(name, plan.side())));
            plan.create().forEach(slot -> step("make " + slot.name(), () -> create(slot, plan)));
            plan.carry().forEach(name -> step("carry " + name, () -> carry(name)));
            plan.advance().forEach(move -> step("move " + move.name(), () -> advance(move, plan)));
            plan.verify().ifPresent(v -> step("verify", () -> verify(v)));
        }
    }

    private void step(String what, Runnable work) {
        synchronized (lock) {
            if (run == Run.STOPPING) {
                return;
            }
        }
        try {
            work.run();
            complaints.remove(what);
        } catch (RuntimeException e) {
            String why = e.getMessage() == null ? e.toString() : e.getMessage();
            if (!why.equals(complaints.put(what, why))) {
                log.warn("slots: could not {}: {}. It is tried again in each cycle", what, why);
            }
        }
    }

    /// Before anything is made: what is made and not recorded would stay for ever.
    private void remember(SlotPlan plan) {
        if (!managed.containsAll(plan.managed())) {
            record.add(plan.managed());
            managed = record.read();
        }
        if (plan.side() == SlotPlan.Side.PRIMARY) {
            synchronized (unproven) {
                unproven.clear();
            }
            safe = Set.of();
        }
    }

    private void drop(String name, SlotPlan.Side side) {
        if (local.drop(name, side) == SlotOperations.Outcome.DONE) {
            log.info("slots: dropped {}", name);
            record.remove(name);
            managed = record.read();
        }
    }

    private void create(SlotPlan.Creation slot, SlotPlan plan) {
        if (plan.drop().contains(slot.name())) {
            remember(plan);
        }
        if (local.create(slot) == SlotOperations.Outcome.DONE) {
            log.info("slots: made {}", slot.name());
        }
    }

    private void carry(String name) {
        local.carry(name);
        log.info("slots: PostgreSQL brings {} to the standbys from now on", name);
    }

    private void advance(SlotPlan.Move move, SlotPlan plan) {
        if (local.advance(move) == SlotOperations.Outcome.USELESS) {
            log.warn(
                    "slots: {} cannot reach {}, the WAL that it needs is gone; it is copied from"
                            + " the leader again",
                    move.name(),
                    move.to());
            drop(move.name(), plan.side());
        }
    }

    // ---- copied slots

    /// A copied slot is safe when the leader keeps all catalog rows that it needs: from the moment
    /// on at which this node's physical slot there kept at least what the leader's own slot of that
    /// name kept, and once the copy needs nothing older than that.
    private void verify(SlotPlan.Verification question) {
        synchronized (unproven) {
            question.slots().forEach(name -> unproven.putIfAbsent(name, Optional.empty()));
        }
        List<String> asked = new ArrayList<>(question.slots());
        asked.add(question.path());
        Map<String, Long> there;
        try (SlotOperations leader = at(question.leader())) {
            there = leader.catalogHorizons(asked, SlotPlan.Side.PRIMARY);
        }
        Map<String, Long> here = local.catalogHorizons(question.slots(), SlotPlan.Side.STANDBY);
        synchronized (lock) {
            // What was asked before a start says nothing of the time after it.
            if (run != Run.STOPPING) {
                conclude(question, there, here);
            }
        }
    }

    private void conclude(
            SlotPlan.Verification question, Map<String, Long> there, Map<String, Long> here) {
        Optional<Long> kept = Optional.ofNullable(there.get(question.path()));
        Set<String> proven = new TreeSet<>(safe);
        synchronized (unproven) {
            for (String name : question.slots()) {
                Optional<Long> from = unproven.getOrDefault(name, Optional.empty());
                if (from.isEmpty()) {
                    from =
                            Optional.ofNullable(there.get(name))
                                    .filter(own -> kept.filter(k -> reaches(own, k)).isPresent());
                    unproven.put(name, from);
                }
                Optional<Long> needed = Optional.ofNullable(here.get(name));
                if (from.isPresent() && needed.isPresent() && reaches(needed.get(), from.get())) {
                    unproven.remove(name);
                    proven.add(name);
                }
            }
        }
        safe = proven;
    }

    /// Whether a transaction is the other or after it, where numbers come round.
    private static boolean reaches(long transaction, long other) {
        return (int) (transaction - other) >= 0;
    }

    private SlotOperations at(Command.Source leader) {
        return new SlotOperations(
                new SqlAccess(
                        new Endpoint(leader.host(), leader.port()),
                        remote.database(),
                        remote.login(),
                        "Toomai slots"),
                major);
    }

    /// The states of these slots on the leader; empty where it has none, or is not the primary of
    /// that system.
    Map<String, byte[]> states(Command.CopySlots copy) {
        try (SlotOperations leader = at(copy.leader())) {
            return leader.states(copy.slots(), copy.leader().system());
        }
    }

    /// Puts them below a data directory whose server is stopped. What was known of slots of these
    /// names is void.
    void install(Map<String, byte[]> states, Path dataDirectory) {
        record.add(new TreeSet<>(states.keySet()));
        managed = record.read();
        forget();
        Path all = dataDirectory.resolve("pg_replslot");
        states.forEach((name, state) -> {
            Path slot = all.resolve(name);
            makeDirectory(slot);
            DurableFiles.write(slot.resolve("state"), state);
            DurableFiles.syncDirectory(all);
        });
    }

    private void forget() {
        synchronized (unproven) {
            unproven.clear();
        }
        safe = Set.of();
    }

    private static void makeDirectory(Path directory) {
        try {
            if (!Files.isDirectory(directory)) {
                Files.createDirectory(
                        directory,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwx------")));
                DurableFiles.takeOwnerOfDirectory(directory);
            }
        } catch (IOException | PostgresException e) {
            throw new ServerException("could not make " + directory + ": " + e.getMessage(), e);
        }
    }
}
