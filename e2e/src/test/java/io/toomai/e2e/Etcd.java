package io.toomai.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A real etcd of one server on loopback. Closing it kills it.
record Etcd(Process process, int port) implements AutoCloseable {

    /// Which etcd, and where dev/test puts it.
    enum Release {
        V34("TOOMAI_ETCD34_BIN", "/var/cache/toomai-test/etcd34/usr/bin/etcd"),
        V35("TOOMAI_ETCD35_BIN", "/var/cache/toomai-test/etcd35/usr/bin/etcd");

        private final String variable;
        private final String usual;

        Release(String variable, String usual) {
            this.variable = variable;
            this.usual = usual;
        }

        private Path program() {
            Path program = Path.of(Optional.ofNullable(System.getenv(variable)).orElse(usual));
            assumeTrue(
                    Files.isExecutable(program),
                    () -> "no etcd at " + program + " (" + variable + "); dev/test gets it");
            return program;
        }
    }

    /// Skips the test where that etcd is missing.
    ///
    /// @param folder for its data and its log
    static Etcd start(Release release, Path folder) {
        int port = Ports.free();
        String client = "http://127.0.0.1:" + port;
        String peer = "http://127.0.0.1:" + Ports.free();
        try {
            Process process =
                    new ProcessBuilder(
                                    release.program().toString(),
                                    "--name=e",
                                    "--data-dir=" + folder.resolve("etcd"),
                                    "--listen-client-urls=" + client,
                                    "--advertise-client-urls=" + client,
                                    "--listen-peer-urls=" + peer,
                                    "--initial-advertise-peer-urls=" + peer,
                                    "--initial-cluster=e=" + peer)
                            .redirectErrorStream(true)
                            .redirectOutput(folder.resolve("etcd.log").toFile())
                            .start();
            return new Etcd(process, port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The same plan, with this as the store.
    Plan storeOf(Plan plan) {
        return plan.onStore("etcd3", "127.0.0.1:" + port);
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
