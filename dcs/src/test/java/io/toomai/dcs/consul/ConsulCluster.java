package io.toomai.dcs.consul;

import io.toomai.dcs.RealServers;
import java.io.IOException;
import java.nio.file.Path;

/// Real Consul servers for the tests of one class.
final class ConsulCluster extends RealServers<ConsulServers> {
    private final int count;

    ConsulCluster(int count) {
        super("consul");
        this.count = count;
    }

    @Override
    protected ConsulServers start(Path folder) throws IOException {
        return ConsulServers.start(folder, count);
    }
}
