package io.toomai.cli.proxy;

import io.toomai.agent.proxy.LoneProxy;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.Configuration.Loading;
import io.toomai.proxy.net.Directions;
import io.toomai.proxy.net.Proxy;
import io.toomai.proxy.net.Steward;
import io.toomai.proxy.net.Transport;
import io.toomai.settings.text.ByteOrderMark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// The file that a proxy is run by: PgBouncer's, whose hosts are clients led to, or one of a
/// cluster, whose members they are led to.
sealed interface Source {
    /// Reads it and the files that it names.
    ///
    /// @throws IOException if one of them cannot be read
    Loading load() throws IOException;

    /// Starts the proxy of what was loaded last.
    ///
    /// @throws IOException if it cannot listen
    /// @throws InterruptedException if told to stop meanwhile
    Running start(Configuration configuration, Steward steward)
            throws IOException, InterruptedException;

    /// What was loaded last is in force but for the configuration, which the proxy takes itself.
    void taken();

    /// What it was taken for, where a mistake there would explain its problems.
    default Optional<String> readAs() {
        return Optional.empty();
    }

    /// A proxy at work.
    interface Running extends AutoCloseable {
        Proxy proxy();

        @Override
        void close();
    }

    /// @throws IOException if the file cannot be read
    static Source of(Path file, Map<String, String> environment) throws IOException {
        return isIni(file) ? new Ini(file) : new OfCluster(file, environment);
    }

    /// By what it says: whatever comes first must be a section or a file that has one.
    static boolean isIni(Path file) throws IOException {
        return !Files.isDirectory(file)
                && ByteOrderMark.without(Files.readString(file))
                        .lines()
                        .map(String::strip)
                        .filter(line ->
                                !line.isEmpty() && !line.startsWith(";") && !line.startsWith("#"))
                        .findFirst()
                        .filter(line -> line.startsWith("[") || line.startsWith("%include"))
                        .isPresent();
    }

    /// A `pgbouncer.ini`.
    record Ini(Path file) implements Source {
        @Override
        public Loading load() throws IOException {
            return Configuration.load(file);
        }

        @Override
        public Running start(Configuration configuration, Steward steward)
                throws IOException, InterruptedException {
            Proxy proxy =
                    Proxy.start(
                            configuration,
                            Transport.of(configuration.settings().values()),
                            Directions.BY_HOST,
                            steward);
            return new Running() {
                @Override
                public Proxy proxy() {
                    return proxy;
                }

                @Override
                public void close() {
                    proxy.close();
                }
            };
        }

        @Override
        public void taken() {}
    }

    /// A `patroni.yml` or `toomai.yml` with the section `toomai: proxy:`.
    final class OfCluster implements Source {
        private final Path file;
        private final Map<String, String> environment;
        private Optional<LoneProxy.Loading.Loaded> loaded = Optional.empty();
        private Optional<LoneProxy> running = Optional.empty();

        OfCluster(Path file, Map<String, String> environment) {
            this.file = file;
            this.environment = Map.copyOf(environment);
        }

        @Override
        public Optional<String> readAs() {
            String name = file.toString();
            if (name.endsWith(".yml") || name.endsWith(".yaml")) {
                return Optional.empty();
            }
            return Optional.of(
                    file
                            + " was read as the settings of a cluster, because it does not begin"
                            + " with a section such as [databases], as a pgbouncer.ini does");
        }

        @Override
        public synchronized Loading load() throws IOException {
            return switch (LoneProxy.load(file, environment)) {
                case LoneProxy.Loading.Rejected(var problems) -> new Loading.Rejected(problems);
                case LoneProxy.Loading.Loaded read -> {
                    loaded = Optional.of(read);
                    yield new Loading.Loaded(read.configuration(), read.warnings());
                }
            };
        }

        @Override
        public synchronized Running start(Configuration configuration, Steward steward)
                throws IOException, InterruptedException {
            LoneProxy lone = LoneProxy.start(loaded.orElseThrow(), steward);
            running = Optional.of(lone);
            return new Running() {
                @Override
                public Proxy proxy() {
                    return lone.proxy();
                }

                @Override
                public void close() {
                    lone.close();
                }
            };
        }

        @Override
        public synchronized void taken() {
            running.ifPresent(lone -> lone.take(loaded.orElseThrow().settings()));
        }
    }
}
