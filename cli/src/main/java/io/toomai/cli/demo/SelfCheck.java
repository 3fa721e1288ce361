package io.toomai.cli.demo;

import io.toomai.cli.demo.DemoException.Code;
import io.toomai.cli.demo.DemoPlan.NodePlan;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// `--check`: kills the primary while rows are written and proves that nothing confirmed was lost
/// and that everything heals.
final class SelfCheck {
    private static final Duration RECOVERY = Duration.ofSeconds(90);
    private static final Duration REJOIN = Duration.ofMinutes(3);
    private static final int ROWS_BEFORE = 100;
    private static final int ROWS_AFTER = 50;

    private final DemoCluster cluster;
    private final Ledger ledger;
    private final Writer writer;
    private final Startup startup;

    SelfCheck(DemoCluster cluster, Ledger ledger, Writer writer, Startup startup) {
        this.cluster = cluster;
        this.ledger = ledger;
        this.writer = writer;
        this.startup = startup;
    }

    /// True when all is proven.
    boolean run() {
        if (!await(() -> ledger.rows() >= ROWS_BEFORE, RECOVERY)) {
            startup.step("FAILED: nothing can be written");
            return false;
        }
        NodePlan old =
                cluster.primary()
                        .orElseThrow(
                                () -> new DemoException(Code.NOT_HEALTHY, "there is no primary"));
        startup.step("kill -9 of " + old.name() + "'s postmaster while rows are written");
        long killed = System.nanoTime();
        if (!cluster.killPostmaster(old)) {
            startup.step("FAILED: " + old.name() + " has no postmaster to kill");
            return false;
        }
        if (!await(() -> ledger.gapAfter(killed).isPresent(), RECOVERY)) {
            startup.step(
                    "FAILED: nothing could be written again within " + RECOVERY.toSeconds() + " s");
            return false;
        }
        Ledger.Gap gap = ledger.gapAfter(killed).orElseThrow();
        startup.step(
                "writes go on at %s after %s s"
                        .formatted(gap.to(), Incident.seconds(gap.length())));
        int rows = ledger.rows();
        if (!await(() -> ledger.rows() >= rows + ROWS_AFTER, RECOVERY)) {
            startup.step("FAILED: writing stopped again");
            return false;
        }
        startup.await(REJOIN);
        startup.step(old.name() + " is part of the cluster again");
        writer.close();
        return verify();
    }

    private boolean verify() {
        NodePlan primary =
                cluster.primary()
                        .orElseThrow(
                                () -> new DemoException(Code.NOT_HEALTHY, "there is no primary"));
        Optional<Integer> missing = writer.missingOn(primary);
        if (missing.isEmpty()) {
            startup.step("FAILED: " + primary.name() + " cannot be asked for the rows");
            return false;
        }
        startup.step(
                "%d rows were confirmed, %d of them are missing on %s"
                        .formatted(ledger.rows(), missing.get(), primary.name()));
        return missing.get() == 0;
    }

    private static boolean await(BooleanSupplier condition, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        var tick = new CountDownLatch(1);
        while (!condition.getAsBoolean()) {
            try {
                if (System.nanoTime() > deadline || tick.await(20, TimeUnit.MILLISECONDS)) {
                    return false;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }
}
