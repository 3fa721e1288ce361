package io.toomai.dcs.etcd;

import org.junit.jupiter.api.extension.RegisterExtension;

/// The contract on one server of etcd 3.4.
class Etcd34ContractTest extends EtcdContractKit {
    @RegisterExtension
    private static final EtcdCluster CLUSTER = new EtcdCluster(EtcdRelease.V3_4, 1);

    @Override
    EtcdServers servers() {
        return CLUSTER.servers();
    }
}
