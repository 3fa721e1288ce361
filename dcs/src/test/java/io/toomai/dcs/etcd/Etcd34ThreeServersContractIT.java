package io.toomai.dcs.etcd;

import org.junit.jupiter.api.extension.RegisterExtension;

/// The contract on three servers of etcd 3.4.
class Etcd34ThreeServersContractIT extends EtcdFaultsKit {
    @RegisterExtension
    private static final EtcdCluster CLUSTER = new EtcdCluster(EtcdRelease.V3_4, COUNT);

    @Override
    EtcdServers servers() {
        return CLUSTER.servers();
    }
}
