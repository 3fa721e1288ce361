package io.toomai.dcs.etcd;

import io.toomai.dcs.RealServers;
import java.io.IOException;
import java.nio.file.Path;

/// Real etcd servers for the tests of one class.
final class EtcdCluster extends RealServers<EtcdServers> {
    private final EtcdRelease release;
    private final int count;

    EtcdCluster(EtcdRelease release, int count) {
        super("etcd");
        this.release = release;
        this.count = count;
    }

    @Override
    protected EtcdServers start(Path folder) throws IOException {
        return EtcdServers.start(release, folder, count);
    }
}
