package io.toomai.dcs.etcd;

/// Users and passwords on etcd 3.5.
class Etcd35AuthenticationIT extends EtcdAuthenticationKit {
    @Override
    EtcdRelease release() {
        return EtcdRelease.V3_5;
    }
}
