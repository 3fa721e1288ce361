package io.toomai.dcs;

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

/// Real servers of a store for the tests of one class. Their folder is kept when one of them
/// failed.
public abstract class RealServers<S extends AutoCloseable>
        implements BeforeAllCallback, AfterAllCallback, TestWatcher {
    private final String name;
    private Optional<Path> dir = Optional.empty();
    private Optional<S> servers = Optional.empty();
    private Outcome outcome = Outcome.PASSED;

    private enum Outcome {
        PASSED,
        FAILED
    }

    /// @param name the store's
    protected RealServers(String name) {
        this.name = name;
    }

    /// Starts them with all their files in that folder; skips the tests where there are none.
    protected abstract S start(Path folder) throws IOException;

    public S servers() {
        return servers.orElseThrow();
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        Path fresh = Files.createTempDirectory("toomai-" + name + "-");
        dir = Optional.of(fresh);
        servers = Optional.of(start(fresh));
    }

    @Override
    public void testFailed(ExtensionContext context, @Nullable Throwable cause) {
        outcome = Outcome.FAILED;
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        if (servers.isPresent()) {
            servers.get().close();
        }
        switch (outcome) {
            case PASSED -> delete(dir.orElseThrow());
            case FAILED -> context.publishReportEntry(name, dir.orElseThrow().toString());
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
