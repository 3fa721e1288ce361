package io.toomai.dcs.etcd;

import org.junit.jupiter.api.extension.RegisterExtension;

/// The contract on three servers of etcd 3.5.
class Etcd35ThreeServersContractIT extends EtcdFaultsKit {
    @RegisterExtension
    private static final EtcdCluster CLUSTER = new EtcdCluster(EtcdRelease.V3_5, COUNT);

    @Override
    EtcdServers servers() {
        return CLUSTER.servers();
    }
}
