package io.toomai.dcs.etcd;

import io.toomai.dcs.Deadline;
import io.toomai.dcs.LeasedMemberKey.Published;
import io.toomai.dcs.LeasedMemberKey.Writing;

/// Writes the member key on the lease of this process.
record MemberWriting(String path, EtcdCalls calls) implements Writing {
    @Override
    public void put(Published wanted, Deadline deadline) {
        calls.repeatable("/v3/kv/put", Txn.putBody(path, wanted.json(), wanted.lease()), deadline);
    }

    @Override
    public void delete(Deadline deadline) {
        calls.repeatable("/v3/kv/deleterange", Txn.keyBody(path), deadline);
    }
}
