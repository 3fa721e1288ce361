package io.toomai.agent;

import io.toomai.core.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A real etcd 3.5 of one server on loopback. Closing it kills it.
record OneEtcd(Process process, int port) implements AutoCloseable {

    /// Where dev/test puts it, unless `TOOMAI_ETCD35_BIN` names another.
    static Path program() {
        return Path.of(
                Optional.ofNullable(System.getenv("TOOMAI_ETCD35_BIN"))
                        .orElse("/var/cache/toomai-test/etcd35/usr/bin/etcd"));
    }

    static boolean isInstalled() {
        return Files.isExecutable(program());
    }

    /// Does not wait until it serves: agents do that.
    ///
    /// @param folder for its data and its log
    static OneEtcd start(Path folder) throws IOException {
        int port = FreePorts.next();
        String client = "http://127.0.0.1:" + port;
        String peer = "http://127.0.0.1:" + FreePorts.next();
        Process process =
                new ProcessBuilder(
                                program().toString(),
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
        return new OneEtcd(process, port);
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
