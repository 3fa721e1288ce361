package io.toomai.settings;

/// Where the cluster keeps its state; one section of the file says it.
public sealed interface ConsensusStore
        permits StoreSettings,
                ConsulSettings,
                Etcd3Settings,
                KubernetesSettings,
                ZooKeeperSection {}
