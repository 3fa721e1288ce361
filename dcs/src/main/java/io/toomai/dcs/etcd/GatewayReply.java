package io.toomai.dcs.etcd;

import io.toomai.dcs.http.HttpConnection;
import io.toomai.dcs.http.Refusal;
import io.toomai.settings.json.Json;
import io.toomai.settings.text.SettingsException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// One answer of the gateway. 64-bit numbers are strings there, and zero is left out.
record GatewayReply(Json body) {
    static final String NO_LEASE = "0";

    /// A key as etcd keeps it.
    ///
    /// @param revision of its latest change, whichever; no two changes of a store have the same
    /// @param lease [#NO_LEASE] when it has none
    record KeyValue(String key, String value, long revision, String lease) {}

    /// @throws Refusal when the answer is one
    static GatewayReply of(HttpConnection.Answer answer) throws Refusal, ProtocolException {
        return of(answer.status(), answer.body());
    }

    static GatewayReply of(int status, String text) throws Refusal, ProtocolException {
        Json json;
        try {
            json = Json.parse(text);
        } catch (SettingsException e) {
            throw new ProtocolException("HTTP " + status + " and what follows is not JSON");
        }
        // A stream wraps its answers; refusals look different in every version.
        Json error = json.at("error");
        if (error instanceof Json.Obj) {
            throw refusal(error);
        }
        if (status != 200 || error instanceof Json.Text) {
            throw refusal(json);
        }
        return new GatewayReply(json.at("result").isNull() ? json : json.at("result"));
    }

    private static Refusal refusal(Json json) {
        long code = json.longAt("code").orElse(json.longAt("grpc_code").orElse(0));
        String message =
                json.scalarAt("message").or(() -> json.scalarAt("error")).orElse("refused");
        return new Refusal(kind(code, message), message);
    }

    /// Codes are those of gRPC; where one has several meanings the text decides.
    private static Refusal.Kind kind(long code, String message) {
        if (message.contains("invalid auth token")
                || message.contains("user name is empty")
                || message.contains("revision of auth store is old")) {
            return Refusal.Kind.TOKEN;
        }
        if (message.contains("lease not found")) {
            return Refusal.Kind.NO_LEASE;
        }
        if (message.contains("authentication is not enabled")) {
            return Refusal.Kind.NO_AUTHENTICATION;
        }
        if (message.contains("authentication failed")) {
            return Refusal.Kind.DENIED;
        }
        if (message.contains("unexpected EOF")) {
            // The gateway has lost the server behind it in the middle of an answer.
            return Refusal.Kind.UNAVAILABLE;
        }
        return switch ((int) code) {
            // cancelled, too late, exhausted, unavailable
            case 1, 4, 8, 14 -> Refusal.Kind.UNAVAILABLE;
            case 7, 16 -> Refusal.Kind.DENIED;
            default -> Refusal.Kind.OTHER;
        };
    }

    static long number(Json json, String name) {
        try {
            return json.scalarAt(name).map(Long::parseLong).orElse(0L);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    static String text(Json json, String name) {
        try {
            return new String(
                    Base64.getDecoder().decode(json.textAt(name)), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    static KeyValue keyValue(Json kv) {
        return new KeyValue(
                text(kv, "key"),
                text(kv, "value"),
                number(kv, "mod_revision"),
                kv.scalarAt("lease").orElse(NO_LEASE));
    }

    long at(String name) {
        return number(body, name);
    }

    private Json header() {
        return body.at("header");
    }

    String clusterId() {
        return header().textAt("cluster_id");
    }

    String memberId() {
        return header().textAt("member_id");
    }

    /// That of the entry which this server applied last.
    long term() {
        return number(header(), "raft_term");
    }

    /// Of the whole store; of a transaction that wrote: that of what it wrote.
    long revision() {
        return number(header(), "revision");
    }

    boolean succeeded() {
        return body.isTrueAt("succeeded");
    }

    List<KeyValue> keys() {
        return body.at("kvs").items().stream().map(GatewayReply::keyValue).toList();
    }

    /// The key that a transaction's first operation read.
    Optional<KeyValue> shown() {
        return body.at("responses").at(0).at("response_range").at("kvs").items().stream()
                .findFirst()
                .map(GatewayReply::keyValue);
    }
}
