package io.toomai.agent.loop;

import io.toomai.agent.failsafe.Failsafe;
import io.toomai.agent.failsafe.Promises;
import io.toomai.agent.lease.LeaseGuard;
import io.toomai.agent.server.LocalServer;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.History;
import io.toomai.core.cluster.Status;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.HaView;
import io.toomai.core.ha.Lease;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LongTask;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.WriteResult;
import io.toomai.dcs.document.FailoverDocument;
import io.toomai.dcs.document.FailsafeDocument;
import io.toomai.dcs.document.HistoryDocument;
import io.toomai.dcs.document.StatusDocument;
import io.toomai.dcs.document.SyncDocument;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries out decisions. Knows how, never whether; but the decision is older than the moment of
/// doing, so whatever cannot be undone is checked once more right before it (I4, I5).
public final class CommandRunner {
    private static final Logger log = LoggerFactory.getLogger(CommandRunner.class);
    private static final Duration STORE_PATIENCE = Duration.ofMillis(1500);

    private final Dcs dcs;
    private final LocalServer server;
    private final LeaseGuard guard;
    private final TaskRunner tasks;
    private final PledgeCheck pledges;
    private final LeaderCheck leaders;
    private final Supplier<MonoTime> clock;
    private final Supplier<String> initialConfig;
    private final IntSupplier keptTimelines;
    private final Wakeup wakeup;
    private final Failsafe failsafe;
    private final Runnable beforeCleanStop;

    public CommandRunner(
            Dcs dcs, LocalServer server, LeaseGuard guard, TaskRunner tasks, Loop loop) {
        this.dcs = dcs;
        this.server = server;
        this.guard = guard;
        this.tasks = tasks;
        this.pledges = new PledgeCheck(dcs, server);
        this.clock = loop.clock();
        this.leaders = new LeaderCheck(dcs, server::identity, clock);
        this.initialConfig = loop.initialConfig();
        this.keptTimelines = loop.keptTimelines();
        this.wakeup = loop.wakeup();
        this.failsafe = loop.failsafe();
        this.beforeCleanStop = loop.beforeCleanStop();
    }

    /// What the runner takes from the loop that it serves.
    ///
    /// @param initialConfig JSON that becomes the dynamic configuration where the store has none
    /// @param keptTimelines `max_timelines_history` in force
    /// @param beforeCleanStop run on the thread that stops or restarts PostgreSQL; may wait within
    ///   bounds, never throws
    public record Loop(
            Supplier<MonoTime> clock,
            Supplier<String> initialConfig,
            IntSupplier keptTimelines,
            Wakeup wakeup,
            Failsafe failsafe,
            Runnable beforeCleanStop) {}

    /// Carries out in order, until one is refused or fails.
    List<Outcome> carryOut(List<Command> commands, HaView view) {
        List<Outcome> outcomes = new ArrayList<>();
        for (Command command : commands) {
            Outcome outcome = carryOut(command, view);
            outcomes.add(outcome);
            if (!(outcome instanceof Outcome.Done)) {
                break;
            }
        }
        return outcomes;
    }

    private Outcome carryOut(Command command, HaView view) {
        try {
            return switch (command) {
                case Command.InStore store -> store(store, view);
                case Command.AtOnce now -> now(now);
                case Command.Aside aside -> aside(aside);
            };
        } catch (DcsException e) {
            return new Outcome.Failed(command, e.getMessage() + " code=" + e.code());
        } catch (RuntimeException e) {
            String why = e.getMessage() == null ? e.toString() : e.getMessage();
            return new Outcome.Failed(command, why);
        }
    }

    // ---- the store

    private Outcome store(Command.InStore command, HaView view) {
        return switch (command) {
            case Command.AcquireLeaderKey c -> acquire(c, view);
            case Command.TakeOver c -> takeOver(c, view);
            case Command.ReleaseLeaderKey c -> release(c, view.cluster().status());
            case Command.ClaimInitialize c ->
                    written(c, dcs.write(DcsKey.INITIALIZE, "", Expect.ABSENT, STORE_PATIENCE));
            case Command.WriteInitialize c ->
                    written(
                            c,
                            dcs.write(
                                    DcsKey.INITIALIZE,
                                    c.system().digits(),
                                    Expect.ANYTHING,
                                    STORE_PATIENCE));
            case Command.DeleteInitialize c ->
                    written(c, dcs.delete(DcsKey.INITIALIZE, Expect.ANYTHING, STORE_PATIENCE));
            case Command.WriteInitialConfig c -> writeInitialConfig(c, view);
            case Command.WriteStatus c ->
                    written(
                            c,
                            dcs.writeAsLeader(
                                    DcsKey.STATUS,
                                    StatusDocument.write(c.status()),
                                    Expect.ANYTHING,
                                    STORE_PATIENCE));
            case Command.WriteSync c -> writeSync(c);
            case Command.ClearFailover c ->
                    written(
                            c,
                            dcs.write(
                                    DcsKey.FAILOVER,
                                    FailoverDocument.CLEARED,
                                    new Expect.Revision(c.revision()),
                                    STORE_PATIENCE));
            case Command.WriteHistory c -> writeHistory(c, view);
            case Command.WriteFailsafe c -> writeFailsafe(c);
        };
    }

    private static Outcome written(Command command, WriteResult result) {
        return switch (result) {
            case WriteResult.Written _ -> new Outcome.Done(command);
            case WriteResult.Conflict _ ->
                    new Outcome.Refused(command, "the key has changed in the meantime");
        };
    }

    private Outcome acquire(Command.AcquireLeaderKey command, HaView view) {
        return take(command, failsafe.beginTaking(), () -> dcs.acquireLeader(STORE_PATIENCE), view);
    }

    /// Not while another member may lead without the store because this node has let it.
    private Outcome take(
            Command command,
            Optional<String> promised,
            Supplier<LeaderResult> attempt,
            HaView view) {
        if (promised.isPresent()) {
            return new Outcome.Refused(command, promised.get());
        }
        Promises.Attempt became = Promises.Attempt.UNANSWERED;
        try {
            LeaderResult result = attempt.get();
            Outcome outcome = held(command, result, view);
            if (result instanceof LeaderResult.Refused) {
                became = Promises.Attempt.REFUSED;
            } else if (outcome instanceof Outcome.Done) {
                became = Promises.Attempt.LEADS;
            }
            return outcome;
        } finally {
            failsafe.taken(became);
        }
    }

    private Outcome takeOver(Command.TakeOver command, HaView view) {
        Optional<String> refusal = pledges.againstTakeOver(command);
        if (refusal.isPresent()) {
            return new Outcome.Refused(command, refusal.get());
        }
        Dcs.Takeover takeover =
                new Dcs.Takeover(
                        command.term(),
                        command.syncRevision(),
                        Optional.of(SyncDocument.write(command.sync())));
        return take(
                command,
                failsafe.beginTakingOver(dcs.grantedTtl()),
                () -> dcs.takeOver(takeover, STORE_PATIENCE),
                view);
    }

    private Outcome held(Command command, LeaderResult result, HaView view) {
        return switch (result) {
            case LeaderResult.Held(var countsFrom) -> {
                Optional<String> hindrance = guard.begin(countsFrom);
                wakeup.knock();
                yield hindrance.isEmpty()
                        ? new Outcome.Done(command)
                        : withoutWatchdog(command, view, hindrance.get());
            }
            case LeaderResult.Refused(var holder) ->
                    new Outcome.Refused(
                            command,
                            "could not acquire the leader lock, held by "
                                    + holder.map(Object::toString).orElse("somebody else"));
        };
    }

    /// The key is ours but leading is not allowed: it goes back, and a primary with it.
    private Outcome withoutWatchdog(Command command, HaView view, String hindrance) {
        boolean standby = view.postgres() instanceof LocalPostgres.Standby;
        if (!standby) {
            server.fence();
        }
        guard.end();
        dcs.releaseLeader(List.of(), STORE_PATIENCE);
        return new Outcome.Refused(
                command,
                (standby ? "Not promoting self" : "Demoting self")
                        + " because watchdog could not be activated: "
                        + hindrance);
    }

    /// The key is deleted first and the guard told after: a guard that outlives the key fences a
    /// server that has stopped already, while one that ends early would leave a key nobody renews.
    private Outcome release(Command.ReleaseLeaderKey command, Status published) {
        List<Dcs.Write> before = new ArrayList<>();
        command.handOver()
                .map(FailoverDocument::write)
                .ifPresent(json -> before.add(new Dcs.Write(DcsKey.FAILOVER, json)));
        command.optime()
                .map(lsn ->
                        StatusDocument.write(
                                new Status(lsn, published.slots(), published.retainSlots())))
                .ifPresent(json -> before.add(new Dcs.Write(DcsKey.STATUS, json)));
        boolean released = dcs.releaseLeader(before, STORE_PATIENCE);
        guard.end();
        wakeup.knock();
        return released
                ? new Outcome.Done(command)
                : new Outcome.Refused(command, "the leader key was not ours any more");
    }

    private Outcome writeInitialConfig(Command.WriteInitialConfig command, HaView view) {
        if (view.cluster().config().isPresent()) {
            return new Outcome.Done(command);
        }
        WriteResult result =
                dcs.write(DcsKey.CONFIG, initialConfig.get(), Expect.ABSENT, STORE_PATIENCE);
        // Somebody else's configuration that came first is as good.
        return switch (result) {
            case WriteResult.Written _, WriteResult.Conflict _ -> new Outcome.Done(command);
        };
    }

    private Outcome writeSync(Command.WriteSync command) {
        SyncState state = command.state();
        return written(
                command,
                dcs.writeAsLeader(
                        DcsKey.SYNC,
                        SyncDocument.write(state),
                        expected(command.revision()),
                        STORE_PATIENCE));
    }

    private Outcome writeFailsafe(Command.WriteFailsafe command) {
        Optional<String> refusal = failsafe.beforeWriting(command.members());
        if (refusal.isPresent()) {
            return new Outcome.Refused(command, refusal.get());
        }
        Expect expect = expected(command.revision());
        String json = FailsafeDocument.write(command.members());
        return written(command, dcs.writeAsLeader(DcsKey.FAILSAFE, json, expect, STORE_PATIENCE));
    }

    private static Expect expected(long revision) {
        return revision == ClusterView.NO_REVISION ? Expect.ABSENT : new Expect.Revision(revision);
    }

    private Outcome writeHistory(Command.WriteHistory command, HaView view) {
        if (!(view.postgres() instanceof LocalPostgres.Answering answering)) {
            return new Outcome.Refused(command, "PostgreSQL does not answer");
        }
        List<History.Line> local = server.history(answering.server().timeline());
        if (local.isEmpty()) {
            return new Outcome.Failed(command, "the history file of this timeline is missing");
        }
        List<History.Line> merged =
                local.stream()
                        .map(line ->
                                answering instanceof LocalPostgres.Primary
                                                && line.equals(local.getLast())
                                        ? line
                                        : published(line, command.published()))
                        .toList();
        History kept =
                new History(History.Presence.PRESENT, merged).newest(keptTimelines.getAsInt());
        String json = HistoryDocument.write(kept);
        return written(
                command, dcs.writeAsLeader(DcsKey.HISTORY, json, Expect.ANYTHING, STORE_PATIENCE));
    }

    /// Only the last line of a primary's knows who was promoted; others keep what the store says of
    /// them.
    private static History.Line published(History.Line line, History stored) {
        return stored.lines().stream()
                .filter(s ->
                        s.timeline().equals(line.timeline())
                                && s.switchpoint().equals(line.switchpoint()))
                .findFirst()
                .orElseGet(() ->
                        new History.Line(
                                line.timeline(),
                                line.switchpoint(),
                                line.reason(),
                                Optional.empty(),
                                Optional.empty()));
    }

    // ---- the running server

    private Outcome now(Command.AtOnce command) {
        switch (command) {
            case Command.SetSynchronousStandbyNames(var names) -> {
                // Nobody else can lead while the lease is held, so relaxing who must confirm cannot
                // confirm a commit behind a successor's back (I2).
                Optional<String> refusal = withoutLease(clock.get());
                if (refusal.isPresent()) {
                    return new Outcome.Refused(command, refusal.get());
                }
                server.setSynchronousStandbyNames(names);
            }
            case Command.ApplyConfiguration _ -> server.applyConfiguration();
            case Command.Follow(var upstream) -> server.follow(upstream);
            case Command.EnsureSlots(var plan) -> server.ensureSlots(plan);
            case Command.MentionSlots(var slots) ->
                    log.warn(
                            "slots {} belong to no member and do not stand in the configuration, or"
                                    + " are in use though nobody wants them; they stay and may keep"
                                    + " WAL for ever. Drop them with pg_drop_replication_slot, name"
                                    + " them under slots or ignore_slots, or set"
                                    + " toomai.unknown_slots. One that PostgreSQL had synchronized"
                                    + " before this member got the tag replicatefrom stays until"
                                    + " the tag goes or the data is copied anew",
                            slots);
            case Command.MakePledge(var pledge) -> {
                server.makePledge(pledge);
                wakeup.knock();
            }
            case Command.WithdrawPledge(var pledge) -> {
                Optional<String> refusal = pledges.againstWithdrawal(pledge);
                if (refusal.isPresent()) {
                    return new Outcome.Refused(command, refusal.get());
                }
                server.withdrawPledge();
                wakeup.knock();
            }
            case Command.ResumeReplay _ -> server.resumeReplay();
            case Command.CancelPrePromote _ -> tasks.cancel();
            case Command.AskFailsafe(var others, var ttl) -> failsafe.ask(others, ttl);
            case Command.Fence _ -> {
                server.fence();
                wakeup.knock();
            }
            case Command.EndOrphans _ -> server.endOrphans();
            case Command.DiscardUnfinished _ -> {
                server.discardUnfinished();
                wakeup.knock();
            }
            case Command.EndAgent _ -> {
                // The loop ends itself; there is nothing to do to the world.
            }
        }
        return new Outcome.Done(command);
    }

    private boolean mayHavePrimary() {
        return withoutLease(clock.get()).isEmpty();
    }

    /// A leader's PostgreSQL comes back only under its lease; one that runs without a lease does so
    /// because of maintenance mode.
    private boolean mayRestartPrimary() {
        return mayHavePrimary() || guard.isPaused();
    }

    private Optional<String> withoutLease(MonoTime at) {
        return switch (guard.lease()) {
            case Lease.Held(var until) when at.isBefore(until) -> Optional.empty();
            case Lease.Held _, Lease.NotHeld _ ->
                    Optional.of("the lease is not held at this moment");
        };
    }

    // ---- beside the loop

    private Outcome aside(Command.Aside command) {
        return switch (command) {
            case Command.Checkpoint _ ->
                    start(command, LongTask.Kind.CHECKPOINT, _ -> server.checkpoint());
            case Command.AskPrePromote(var notAfter, var patience) ->
                    underLease(
                            command,
                            notAfter,
                            LongTask.Kind.PRE_PROMOTE,
                            _ -> server.askPrePromote(patience));
            case Command.Promote(var notAfter) ->
                    underLease(
                            command,
                            notAfter,
                            LongTask.Kind.PROMOTE,
                            _ -> server.promote(this::mayHavePrimary));
            case Command.StartAsPrimary(var notAfter) ->
                    underLease(
                            command,
                            notAfter,
                            LongTask.Kind.START,
                            _ -> server.startAsPrimary(this::mayHavePrimary));
            case Command.StartAsStandby(var upstream) ->
                    start(command, LongTask.Kind.START, _ -> server.startAsStandby(upstream));
            case Command.Stop stop -> start(command, LongTask.Kind.STOP, _ -> stop(stop));
            case Command.Restart(var timeout) ->
                    start(
                            command,
                            LongTask.Kind.RESTART,
                            _ -> {
                                beforeCleanStop.run();
                                server.restart(timeout, this::mayRestartPrimary);
                            });
            case Command.CopySlots copy ->
                    start(
                            command,
                            LongTask.Kind.COPY_SLOTS,
                            progress -> server.copySlots(copy, progress));
            case Command.BootstrapCluster _ ->
                    start(command, LongTask.Kind.BOOTSTRAP, server::bootstrap);
            case Command.BootstrapStandbyCluster(var remote) ->
                    start(
                            command,
                            LongTask.Kind.BOOTSTRAP,
                            progress -> server.bootstrapFrom(remote, progress));
            case Command.Clone(var source) ->
                    start(
                            command,
                            LongTask.Kind.CLONE,
                            progress -> server.cloneFrom(source, progress));
            case Command.Restore(var system) ->
                    start(
                            command,
                            LongTask.Kind.CLONE,
                            progress -> server.restore(system, progress));
            case Command.Rewind(var source) ->
                    onlyBeside(
                            command,
                            source,
                            LongTask.Kind.REWIND,
                            progress -> server.rewind(source, progress));
            case Command.Reinitialize(var source, _) ->
                    onlyBeside(
                            command,
                            source,
                            LongTask.Kind.REINITIALIZE,
                            progress -> server.replaceWithClone(source, progress));
        };
    }

    private void stop(Command.Stop how) {
        if (how.mode() == Command.StopMode.FAST) {
            beforeCleanStop.run();
        }
        server.stop(how);
    }

    private Outcome start(Command command, LongTask.Kind kind, TaskRunner.Work work) {
        return tasks.start(kind, work)
                ? new Outcome.Done(command)
                : new Outcome.Refused(command, "other work is in progress");
    }

    private Outcome underLease(
            Command command, MonoTime notAfter, LongTask.Kind kind, TaskRunner.Work work) {
        MonoTime now = clock.get();
        if (!now.isBefore(notAfter)) {
            return new Outcome.Refused(command, "the lease of the decision is over");
        }
        Optional<String> refusal = withoutLease(now);
        return refusal.<Outcome>map(why -> new Outcome.Refused(command, why))
                .orElseGet(() -> start(command, kind, work));
    }

    private Outcome onlyBeside(
            Command command, Command.Source source, LongTask.Kind kind, TaskRunner.Work work) {
        return leaders.againstTouchingData(source)
                .<Outcome>map(why -> new Outcome.Refused(command, why))
                .orElseGet(() -> start(command, kind, work));
    }
}
