package io.toomai.dcs.etcd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/// Real etcd servers for the tests of one class. Their folder is kept when one of them failed.
final class EtcdCluster implements BeforeAllCallback, AfterAllCallback, TestWatcher {
    private final EtcdRelease release;
    private final int count;
    private Optional<Path> dir = Optional.empty();
    private Optional<EtcdServers> servers = Optional.empty();
    private Outcome outcome = Outcome.PASSED;

    private enum Outcome {
        PASSED,
        FAILED
    }

    EtcdCluster(EtcdRelease release, int count) {
        this.release = release;
        this.count = count;
    }

    EtcdServers servers() {
        return servers.orElseThrow();
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        Path fresh = Files.createTempDirectory("toomai-etcd-");
        dir = Optional.of(fresh);
        servers = Optional.of(EtcdServers.start(release, fresh, count));
    }

    @Override
    public void testFailed(ExtensionContext context, @Nullable Throwable cause) {
        outcome = Outcome.FAILED;
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        servers.ifPresent(EtcdServers::close);
        switch (outcome) {
            case PASSED -> delete(dir.orElseThrow());
            case FAILED -> context.publishReportEntry("etcd", dir.orElseThrow().toString());
        }
    }

    private static void delete(Path tree) throws IOException {
        try (Stream<Path> walk = Files.walk(tree)) {
            List<Path> innermostFirst = walk.sorted(Comparator.reverseOrder()).toList();
            for (Path path : innermostFirst) {
                Files.delete(path);
            }
        }
    }
}
