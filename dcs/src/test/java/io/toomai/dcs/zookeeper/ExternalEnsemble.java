package io.toomai.dcs.zookeeper;

import io.toomai.dcs.RealServers;
import java.io.IOException;
import java.nio.file.Path;

/// Real servers of ZooKeeper 3.8 for the tests of one class.
final class ExternalEnsemble extends RealServers<ExternalServers> {
    private final int count;

    ExternalEnsemble(int count) {
        super("zookeeper");
        this.count = count;
    }

    @Override
    protected ExternalServers start(Path folder) throws IOException {
        return ExternalServers.start(folder, count);
    }
}
