package io.toomai.dcs.etcd;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/// The contract on three servers of etcd 3.4.
class Etcd34ThreeServersContractIT extends EtcdFaultsKit {
    @TempDir private static Path dir;
    private static @Nullable EtcdServers servers;

    @BeforeAll
    static void start() throws IOException {
        servers = EtcdServers.start(EtcdRelease.V3_4, dir, COUNT);
    }

    @AfterAll
    static void stop() {
        if (servers != null) {
            servers.close();
        }
    }

    @Override
    EtcdServers servers() {
        return Objects.requireNonNull(servers);
    }
}
