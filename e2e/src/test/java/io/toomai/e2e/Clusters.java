package io.toomai.e2e;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Hands clusters to the tests of one class. Tests with the same plan share one; a test that fails
/// keeps its folder and leaves none behind, so that the next one starts with a new cluster.
final class Clusters implements AfterTestExecutionCallback, AfterAllCallback {
    private Optional<TestCluster> shared = Optional.empty();
    private final List<TestCluster> own = new ArrayList<>();

    /// A healthy cluster of that plan, perhaps used before.
    TestCluster shared(Plan plan) {
        if (shared.isPresent() && shared.get().plan().equals(plan)) {
            shared.get().awaitHealthy();
            return shared.get();
        }
        shared.ifPresent(TestCluster::close);
        TestCluster cluster = TestCluster.prepare(plan);
        shared = Optional.of(cluster);
        return cluster.start();
    }

    /// A cluster that ends with the test; not started.
    TestCluster own(Plan plan) {
        TestCluster cluster = TestCluster.prepare(plan);
        own.add(cluster);
        return cluster;
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        boolean failed =
                context.getExecutionException()
                        .filter(e -> !(e instanceof org.opentest4j.TestAbortedException))
                        .isPresent();
        if (failed) {
            String test =
                    context.getRequiredTestClass().getSimpleName()
                            + "."
                            + context.getRequiredTestMethod().getName();
            shared.ifPresent(c -> c.keep(test));
            own.forEach(c -> c.keep(test));
            shared.ifPresent(TestCluster::close);
            shared = Optional.empty();
        }
        shared.ifPresent(TestCluster::endGuests);
        own.forEach(TestCluster::close);
        own.clear();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        shared.ifPresent(TestCluster::close);
        shared = Optional.empty();
    }
}
