package io.toomai.agent.citus;

import io.toomai.agent.citus.Agenda.Ending;
import io.toomai.agent.citus.Agenda.Errand;
import io.toomai.agent.citus.Agenda.Step;
import io.toomai.api.GroupEvent;
import io.toomai.core.citus.NodeCall;
import io.toomai.core.citus.NodePolicy;
import io.toomai.core.citus.NodeRow;
import io.toomai.core.citus.WantedGroup;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.Member;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.DcsException;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.sql.CitusNodes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps `pg_dist_node` right, on the coordinator's leader: where the primary and the secondaries
/// of each group are. One thread of its own changes the table, one group after the other, so
/// neither the loop nor the lease ever waits for Citus. Whatever fails is tried again with the next
/// look, at the latest after `loop_wait`.
final class NodeKeeper implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NodeKeeper.class);
    private static final Duration STORE = Duration.ofSeconds(3);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

    private final MemberName me;
    private final Surroundings around;
    private final CitusNodes table;
    private final Thread worker;

    /// Guarded by itself.
    private final Agenda agenda;

    private volatile Life life = Life.OPEN;

    private enum Life {
        OPEN,
        CLOSED
    }

    /// What the keeper looks at. None of it is the loop's.
    ///
    /// @param standing whether this node leads as primary at the moment; waits for nothing
    /// @param groups reads the store within that time
    /// @param loopWait between two looks
    record Surroundings(
            Supplier<Standing> standing,
            Function<Duration, SortedMap<Integer, ClusterView>> groups,
            Supplier<Duration> loopWait,
            Supplier<MonoTime> clock) {}

    private NodeKeeper(MemberName me, Surroundings around, CitusNodes table) {
        this.me = me;
        this.around = around;
        this.table = table;
        this.agenda = new Agenda(around.clock().get());
        this.worker = Thread.ofPlatform().name(me + "-citus").daemon().unstarted(this::run);
    }

    /// Begins; does nothing while this node does not lead.
    static NodeKeeper start(MemberName me, Surroundings around, CitusNodes table) {
        NodeKeeper keeper = new NodeKeeper(me, around, table);
        keeper.worker.start();
        return keeper;
    }

    /// Takes what the leader of another group tells; ignores it where this node or the teller does
    /// not lead. Before a demotion returns when traffic waits, or after the event's timeout. Any
    /// thread.
    void tell(GroupEvent event) {
        if (around.standing().get() == Standing.FOLLOWS) {
            return;
        }
        Optional<Errand> errand;
        try {
            errand = errand(event, around.groups().apply(STORE));
        } catch (DcsException e) {
            log.warn(
                    "{}: {} of {} in group {} is ignored, the store does not answer: {}; the nodes"
                            + " are looked at when it does",
                    me,
                    event.type().text(),
                    event.leader(),
                    event.group(),
                    e.getMessage());
            return;
        }
        if (errand.isEmpty()) {
            log.info(
                    "{}: {} of {} in group {} is ignored: it does not lead a group of workers",
                    me,
                    event.type().text(),
                    event.leader(),
                    event.group());
            return;
        }
        synchronized (agenda) {
            agenda.add(errand.get());
            agenda.notifyAll();
        }
        if (event.type() == GroupEvent.Type.BEFORE_DEMOTE) {
            await(errand.get(), event.timeout());
        }
    }

    private static void await(Errand errand, Duration limit) {
        try {
            var _ = errand.done().await(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Optional<Errand> errand(
            GroupEvent event, SortedMap<Integer, ClusterView> groups) {
        WantedGroup.Traffic traffic =
                event.type() == GroupEvent.Type.BEFORE_DEMOTE
                        ? WantedGroup.Traffic.WAITS
                        : WantedGroup.Traffic.FLOWS;
        Ending ending =
                switch (event.type()) {
                    case BEFORE_DEMOTE, BEFORE_PROMOTE -> new Ending.StayOpen(event.timeout());
                    case AFTER_PROMOTE -> new Ending.Commit();
                };
        return Optional.ofNullable(groups.get(event.group()))
                .filter(_ -> event.group() != 0)
                .filter(cluster ->
                        cluster.leaderMember()
                                .map(Member::name)
                                .equals(Optional.of(event.leader())))
                .flatMap(cluster -> WantedGroup.of(event.group(), cluster, traffic))
                .map(wanted -> new Errand(wanted, ending, event.cooldown(), new CountDownLatch(1)));
    }

    // ---- the thread

    private void run() {
        while (life == Life.OPEN) {
            try {
                if (around.standing().get() == Standing.FOLLOWS) {
                    retire();
                } else {
                    turn();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        table.close();
    }

    /// Who leads now has a connection of its own; ours ends, and with it what was not committed.
    private void retire() throws InterruptedException {
        table.close();
        synchronized (agenda) {
            agenda.clear(around.clock().get());
            agenda.wait(around.loopWait().get().toMillis());
        }
    }

    private void turn() throws InterruptedException {
        Step step;
        synchronized (agenda) {
            step = agenda.next(around.clock().get(), around.loopWait().get());
            if (step instanceof Step.Rest(var until)) {
                long left = until.since(around.clock().get()).toMillis();
                agenda.wait(Math.clamp(left, 1, around.loopWait().get().toMillis()));
                return;
            }
        }
        try {
            carryOut(step);
        } catch (PostgresException | DcsException e) {
            log.warn(
                    "{}: pg_dist_node is not as it should be: {}; tried again", me, e.getMessage());
            table.rollBack();
            synchronized (agenda) {
                agenda.flows(around.clock().get().plus(AFTER_FAILURE));
            }
        }
    }

    private void carryOut(Step step) {
        switch (step) {
            case Step.Run(var errand) -> {
                try {
                    run(errand);
                } finally {
                    errand.done().countDown();
                }
            }
            case Step.RollBack(int group) -> {
                log.warn(
                        "{}: traffic to group {} has waited in vain for its next primary, it flows to"
                                + " the former one again",
                        me,
                        group);
                table.rollBack();
            }
            case Step.Look _ -> look();
            case Step.Rest _ -> {}
        }
    }

    private void run(Errand errand) {
        // What is added or removed must reach the primaries of all groups, and in a transaction
        // that
        // has changed, or will change, where one of them is it could not (see NodePolicy).
        boolean alone = errand.ending() instanceof Ending.Commit && !table.isInTransaction();
        table.begin();
        List<NodeCall> calls = calls(errand.wanted(), table.rows());
        change(
                errand.wanted().group(),
                alone ? calls : calls.stream().filter(NodeCall.Update.class::isInstance).toList(),
                errand.cooldown());
        MonoTime now = around.clock().get();
        switch (errand.ending()) {
            case Ending.Commit _ -> {
                table.commit();
                synchronized (agenda) {
                    agenda.flows(now.plus(around.loopWait().get()));
                }
            }
            case Ending.StayOpen(var limit) -> {
                synchronized (agenda) {
                    agenda.waits(errand.group(), now.plus(limit));
                }
            }
        }
    }

    private void look() {
        SortedMap<Integer, ClusterView> groups = around.groups().apply(STORE);
        List<NodeRow> rows = table.rows();
        groups.forEach((group, cluster) ->
                WantedGroup.ofServing(group, cluster).ifPresent(wanted -> mend(wanted, rows)));
    }

    /// One group that cannot be mended does not hold up the others.
    private void mend(WantedGroup wanted, List<NodeRow> rows) {
        List<NodeCall> calls = calls(wanted, rows);
        if (calls.isEmpty()) {
            return;
        }
        try {
            table.begin();
            change(wanted.group(), calls, LOOK_COOLDOWN);
            table.commit();
        } catch (PostgresException e) {
            log.warn(
                    "{}: the nodes of group {} are not registered as they are: {}; tried again in"
                            + " loop_wait",
                    me,
                    wanted.group(),
                    e.getMessage());
            table.rollBack();
        }
    }

    /// As in Patroni, where no event says another.
    private static final Duration LOOK_COOLDOWN = Duration.ofSeconds(10);

    private void change(int group, List<NodeCall> calls, Duration cooldown) {
        for (NodeCall call : calls) {
            log.info("{}: group {} of Citus: {}", me, group, call);
            table.carryOut(call, cooldown);
        }
    }

    private static List<NodeCall> calls(WantedGroup wanted, List<NodeRow> rows) {
        return NodePolicy.calls(
                rows.stream().filter(row -> row.group() == wanted.group()).toList(), wanted);
    }

    /// The thread ends soon; an open transaction ends with the connection.
    @Override
    public void close() {
        life = Life.CLOSED;
        worker.interrupt();
    }
}
