package io.toomai.cli.demo;

import io.toomai.cli.demo.DemoCluster.Condition;
import io.toomai.cli.demo.DemoPlan.NodePlan;
import io.toomai.cli.demo.DemoView.Row;
import io.toomai.cli.view.ClusterAnswer;
import io.toomai.cli.view.ClusterAnswer.MemberRow;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/// Shows the cluster four times a second and does what keys ask for, until the operator quits.
final class LiveView {
    private static final Duration FRAME = Duration.ofMillis(250);
    private static final int FRAMES_BETWEEN_SIZES = 8;

    private final DemoCluster cluster;
    private final Ledger ledger;
    private final Chronicle chronicle;
    private final Terminal terminal;

    LiveView(DemoCluster cluster, Ledger ledger, Chronicle chronicle, Terminal terminal) {
        this.cluster = cluster;
        this.ledger = ledger;
        this.chronicle = chronicle;
        this.terminal = terminal;
    }

    void run() throws InterruptedException {
        Frame.Size size = terminal.size();
        Thread looking = Thread.ofPlatform().daemon().name("demo-look").start(this::lookForever);
        try {
            for (int frame = 1; ; frame++) {
                terminal.draw(Frame.of(view(), size));
                Optional<Key> key = terminal.key(FRAME.toMillis());
                if (key.isPresent() && key.get() == Key.QUIT) {
                    return;
                }
                key.ifPresent(this::act);
                if (frame % FRAMES_BETWEEN_SIZES == 0) {
                    size = terminal.size();
                }
            }
        } finally {
            looking.interrupt();
        }
    }

    private void lookForever() {
        var never = new java.util.concurrent.CountDownLatch(1);
        try {
            while (!never.await(100, java.util.concurrent.TimeUnit.MILLISECONDS)) {
                chronicle.look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void act(Key key) {
        Optional<NodePlan> primary = cluster.primary().or(chronicle::writing);
        if (primary.isEmpty() && key != Key.BRING_BACK) {
            chronicle.tell("there is no primary right now");
            return;
        }
        switch (key) {
            case KILL_POSTMASTER -> {
                NodePlan node = primary.orElseThrow();
                chronicle.begin("kill -9 of " + node.name() + "'s postmaster");
                cluster.killPostmaster(node);
            }
            case KILL_NODE -> {
                NodePlan node = primary.orElseThrow();
                chronicle.begin("kill -9 of everything on " + node.name());
                cluster.killNode(node);
            }
            case FREEZE -> {
                NodePlan node = primary.orElseThrow();
                chronicle.begin(node.name() + " frozen");
                cluster.freeze(node);
            }
            case SWITCH_OVER -> {
                chronicle.begin("switchover from " + primary.orElseThrow().name());
                Thread.ofVirtual().start(() -> chronicle.tell(cluster.switchover()));
            }
            case BRING_BACK -> bringBack();
            case QUIT -> {}
        }
    }

    private void bringBack() {
        for (NodePlan node : cluster.plan().nodes()) {
            if (cluster.condition(node) != Condition.RUNNING || cluster.fallen().contains(node)) {
                chronicle.tell(node.name() + " is brought back");
                cluster.bringBack(node);
            }
        }
    }

    private DemoView view() {
        Optional<ClusterAnswer> answer = cluster.view();
        var rows =
                cluster.plan().nodes().stream()
                        .map(node ->
                                answer.flatMap(view -> view.member(node.name()))
                                        .map(member -> row(node, member))
                                        .orElseGet(
                                                () -> Frame.silent(node, cluster.condition(node))))
                        .toList();
        return new DemoView(
                heading(),
                rows,
                ledger.rows(),
                ledger.silence(System.nanoTime()),
                chronicle.lines(),
                chronicle.pending().map(Incident::what));
    }

    private String heading() {
        DemoPlan plan = cluster.plan();
        return "Toomai demo  PostgreSQL %s  %s  psql: see %s/demo.json"
                .formatted(
                        plan.programs().version(),
                        plan.replication().name().toLowerCase(Locale.ROOT),
                        plan.folder());
    }

    private Row row(NodePlan node, MemberRow member) {
        long lag = member.json().longAt("replay_lag").orElse(0);
        return new Row(
                node.name(),
                member.role().replace('_', ' '),
                member.state(),
                member.json().textAt("timeline"),
                member.leads() ? "" : lag + " B",
                Integer.toString(node.ports().postgres()),
                cluster.condition(node));
    }
}
