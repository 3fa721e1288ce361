package io.toomai.dcs.consul;

import io.toomai.dcs.Deadline;
import io.toomai.dcs.LeasedMemberKey.Published;
import io.toomai.dcs.LeasedMemberKey.Writing;
import io.toomai.dcs.consul.ConsulReply.KeyValue;
import io.toomai.dcs.http.Refusal;
import java.util.List;
import java.util.Optional;

/// Writes the member key under the session of this process.
record MemberWriting(String path, ConsulCalls calls) implements Writing {
    @Override
    public void put(Published wanted, Deadline deadline) {
        Txn putting = Txn.of(List.of(), Txn.putUnder(wanted.lease(), path, wanted.json()));
        List<KeyValue> _ =
                calls.repeatable(
                        line ->
                                line.commit(putting)
                                        .orElseThrow(() ->
                                                new Refusal(
                                                        Refusal.Kind.UNAVAILABLE,
                                                        "key " + path + " cannot be locked yet")),
                        deadline);
    }

    @Override
    public void delete(Deadline deadline) {
        Txn deleting = new Txn(List.of(Txn.delete(path)));
        Optional<List<KeyValue>> _ = calls.repeatable(line -> line.commit(deleting), deadline);
    }
}
