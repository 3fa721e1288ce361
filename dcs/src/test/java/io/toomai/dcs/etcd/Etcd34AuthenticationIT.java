package io.toomai.dcs.etcd;

/// Users and passwords on etcd 3.4.
class Etcd34AuthenticationIT extends EtcdAuthenticationKit {
    @Override
    EtcdRelease release() {
        return EtcdRelease.V3_4;
    }
}
