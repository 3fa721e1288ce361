package io.toomai.dcs.consul;

import io.toomai.core.cluster.ClusterView;
import io.toomai.dcs.Expect;
import io.toomai.settings.json.Json;
import io.toomai.settings.json.JsonFields;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// One transaction of Consul: all of its operations are carried out in this order and get one
/// revision, or none is.
record Txn(List<Json> operations) {
    Txn {
        operations = List.copyOf(operations);
    }

    static Txn of(List<Json> first, List<Json> then) {
        List<Json> all = new ArrayList<>(first);
        all.addAll(then);
        return new Txn(all);
    }

    String json() {
        return new Json.Arr(operations).compact();
    }

    private static Json operation(JsonFields fields) {
        return Json.object().put("KV", fields.done()).done();
    }

    private static JsonFields verb(String verb, String key) {
        return Json.object().put("Verb", verb).put("Key", key);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /// The key's latest change is that one. An absent key has none, and no key has revision 0.
    static Json isAt(String key, long revision) {
        return operation(verb("check-index", key).put("Index", Math.max(0, revision)));
    }

    static Json isAbsent(String key) {
        return operation(verb("check-not-exists", key));
    }

    static Json isHeldBy(String key, String session) {
        return operation(verb("check-session", key).put("Session", session));
    }

    /// The condition as a check; none when anything goes.
    static List<Json> is(String key, Expect expect) {
        return switch (expect) {
            case Expect.Anything _ -> List.of();
            case Expect.Absent _ -> List.of(isAbsent(key));
            case Expect.Revision(long revision) ->
                    List.of(
                            revision == ClusterView.NO_REVISION
                                    ? isAbsent(key)
                                    : isAt(key, revision));
        };
    }

    static Json delete(String key) {
        return operation(verb("delete", key));
    }

    /// Deleted before: Consul gives no new revision to a key that is set to what it was.
    static List<Json> put(String key, String value) {
        return List.of(delete(key), operation(verb("set", key).put("Value", base64(value))));
    }

    /// Whoever holds it; deleted before because a key that another session holds is not given.
    static List<Json> putUnder(String session, String key, String value) {
        Json lock =
                operation(verb("lock", key).put("Value", base64(value)).put("Session", session));
        return List.of(delete(key), lock);
    }
}
