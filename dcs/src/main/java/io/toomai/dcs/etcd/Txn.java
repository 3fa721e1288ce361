package io.toomai.dcs.etcd;

import io.toomai.core.cluster.ClusterView;
import io.toomai.dcs.Expect;
import io.toomai.dcs.document.ScopeKeys;
import io.toomai.settings.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// One transaction of etcd: if all compares hold the first operations, else the others.
record Txn(List<Json> compares, List<Json> then, List<Json> otherwise) {
    static final String PATH = "/v3/kv/txn";

    Txn {
        compares = List.copyOf(compares);
        then = List.copyOf(then);
        otherwise = List.copyOf(otherwise);
    }

    /// The same under one more condition.
    Txn alsoIf(Optional<Json> compare) {
        List<Json> all = new ArrayList<>(compares);
        compare.ifPresent(all::add);
        return new Txn(all, then, otherwise);
    }

    Json.Obj json() {
        return Json.object()
                .put("compare", new Json.Arr(compares))
                .put("success", new Json.Arr(then))
                .put("failure", new Json.Arr(otherwise))
                .done();
    }

    /// The first key behind those of a scope: a slash is followed by a zero.
    static String prefixEnd(ScopeKeys scope) {
        return scope.base() + "0";
    }

    static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Json compare(
            String key, String target, String result, String field, String value) {
        return Json.object()
                .put("key", base64(key))
                .put("target", target)
                .put("result", result)
                .put(field, value)
                .done();
    }

    /// The key's latest change is that one. An absent key has revision 0.
    static Json isAt(String key, long revision) {
        return compare(key, "MOD", "EQUAL", "mod_revision", Long.toString(revision));
    }

    static Json isAbsent(String key) {
        return isAt(key, 0);
    }

    static Json exists(String key) {
        return compare(key, "MOD", "GREATER", "mod_revision", "0");
    }

    static Json isLeasedBy(String key, String lease) {
        return compare(key, "LEASE", "EQUAL", "lease", lease);
    }

    /// The condition as a compare; none when anything goes.
    static Optional<Json> is(String key, Expect expect) {
        return switch (expect) {
            case Expect.Anything _ -> Optional.empty();
            case Expect.Absent _ -> Optional.of(isAbsent(key));
            case Expect.Revision(long revision) ->
                    Optional.of(isAt(key, revision == ClusterView.NO_REVISION ? 0 : revision));
        };
    }

    static Json put(String key, String value) {
        return Json.object().put("request_put", putBody(key, value, GatewayReply.NO_LEASE)).done();
    }

    static Json put(String key, String value, String lease) {
        return Json.object().put("request_put", putBody(key, value, lease)).done();
    }

    static Json.Obj putBody(String key, String value, String lease) {
        return Json.object()
                .put("key", base64(key))
                .put("value", base64(value))
                .put("lease", lease)
                .done();
    }

    static Json get(String key) {
        return Json.object().put("request_range", keyBody(key)).done();
    }

    static Json delete(String key) {
        return Json.object().put("request_delete_range", keyBody(key)).done();
    }

    static Json.Obj keyBody(String key) {
        return Json.object().put("key", base64(key)).done();
    }
}
