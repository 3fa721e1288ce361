package io.toomai.dcs.consul;

import org.junit.jupiter.api.extension.RegisterExtension;

/// The contract on one server.
class ConsulContractTest extends ConsulContractKit {
    @RegisterExtension private static final ConsulCluster CLUSTER = new ConsulCluster(1);

    @Override
    ConsulServers servers() {
        return CLUSTER.servers();
    }
}
