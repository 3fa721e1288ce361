package io.toomai.cli.demo;

import io.toomai.cli.demo.DemoException.Code;
import io.toomai.cli.demo.DemoPlan.NodePlan;
import io.toomai.cli.view.ClusterAnswer;
import io.toomai.cli.view.ClusterAnswer.MemberRow;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Waits until the cluster is whole and tells each step with the seconds since the start.
final class Startup {
    private static final Duration LONGEST = Duration.ofMinutes(3);
    private static final long LOOK_MILLIS = 150;
    private static final int LOG_LINES = 8;

    private final DemoCluster cluster;
    private final Consumer<String> progress;
    private final long began = System.nanoTime();
    private final Map<String, String> told = new HashMap<>();

    Startup(DemoCluster cluster, Consumer<String> progress) {
        this.cluster = cluster;
        this.progress = progress;
    }

    void step(String text) {
        double seconds = (System.nanoTime() - began) / 1e9;
        progress.accept(String.format(Locale.ROOT, "%5.1f s  %s", seconds, text));
    }

    /// @throws DemoException NOT_HEALTHY with the ends of the nodes' logs
    ClusterAnswer awaitHealthy() {
        return await(LONGEST);
    }

    /// The same with another limit, for a cluster that was whole before.
    ClusterAnswer await(Duration limit) {
        var tick = new CountDownLatch(1);
        long deadline = System.nanoTime() + limit.toNanos();
        while (System.nanoTime() < deadline) {
            Optional<ClusterAnswer> view = cluster.view();
            view.ifPresent(this::tellChanges);
            if (view.filter(cluster::isHealthy).isPresent()) {
                return view.get();
            }
            List<NodePlan> fallen = cluster.fallen();
            if (!fallen.isEmpty()) {
                throw failure(
                        "the agent of "
                                + fallen.stream()
                                        .map(NodePlan::name)
                                        .collect(Collectors.joining(", "))
                                + " ended",
                        fallen);
            }
            try {
                if (tick.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                    break;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new DemoException(Code.INTERRUPTED, "interrupted");
            }
        }
        throw failure(
                "the cluster is not whole after " + limit.toSeconds() + " s",
                cluster.plan().nodes());
    }

    private static DemoException failure(String what, List<NodePlan> nodes) {
        return new DemoException(
                Code.NOT_HEALTHY,
                what
                        + nodes.stream()
                                .map(node ->
                                        "\n--- "
                                                + node.log()
                                                + "\n"
                                                + DemoCluster.lastLines(node, LOG_LINES))
                                .collect(Collectors.joining()));
    }

    private void tellChanges(ClusterAnswer view) {
        for (MemberRow member : view.members()) {
            String now = member.role().replace('_', ' ') + ", " + member.state();
            if (!now.equals(told.put(member.name(), now))) {
                step(member.name() + ": " + now);
            }
        }
    }
}
