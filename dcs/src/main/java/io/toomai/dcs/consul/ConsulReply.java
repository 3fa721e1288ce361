package io.toomai.dcs.consul;

import io.toomai.dcs.http.HttpConnection.Answer;
import io.toomai.dcs.http.Refusal;
import io.toomai.dcs.http.Refusal.Kind;
import io.toomai.settings.json.Json;
import io.toomai.settings.text.SettingsException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// One answer of Consul.
///
/// @param index what a blocking query waits beyond; 0 when there is none
/// @param staleness for how long the server that answered has not heard its leader
record ConsulReply(int status, long index, Duration staleness, String body) {
    private static final int OK = 200;
    private static final int DENIED = 403;
    private static final int ABSENT = 404;
    private static final int CONFLICT = 409;
    private static final int BUSY = 429;
    private static final int SERVER_ERROR = 500;
    private static final int MAX_TEXT = 300;

    /// A key as Consul keeps it.
    ///
    /// @param revision of its latest change, whichever; no two changes of a store have the same
    /// @param session that holds it; empty when none does
    record KeyValue(String key, String value, long revision, String session) {
        static KeyValue of(Json json) {
            return new KeyValue(
                    json.textAt("Key"),
                    decoded(json.textAt("Value")),
                    json.longAt("ModifyIndex").orElse(0),
                    json.textAt("Session"));
        }

        private static String decoded(String base64) {
            try {
                return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                return "";
            }
        }
    }

    /// @throws Refusal when it is none that says what was asked for
    static ConsulReply of(Answer answer) throws Refusal {
        int status = answer.status();
        if (status == OK || status == ABSENT || status == CONFLICT) {
            return new ConsulReply(
                    status,
                    number(answer, "x-consul-index"),
                    Duration.ofMillis(number(answer, "x-consul-lastcontact")),
                    answer.body());
        }
        String text = answer.body().strip();
        String brief = text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) : text;
        throw refusal(kind(status, text), "HTTP " + status + ": " + brief);
    }

    private static long number(Answer answer, String header) {
        String text = answer.headers().getOrDefault(header, "0");
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
    }

    private static Kind kind(int status, String text) {
        Kind said = kind(text);
        if (said != Kind.OTHER) {
            return said;
        }
        if (status == DENIED) {
            return Kind.DENIED;
        }
        boolean wrongTtl = text.contains("Invalid Session TTL");
        return status == BUSY || (status >= SERVER_ERROR && !wrongTtl)
                ? Kind.UNAVAILABLE
                : Kind.OTHER;
    }

    private static Kind kind(String text) {
        if (text.contains("Permission denied") || text.contains("ACL not found")) {
            return Kind.DENIED;
        }
        return text.contains("invalid session") ? Kind.NO_LEASE : Kind.OTHER;
    }

    private static Refusal refusal(Kind kind, String text) {
        return new Refusal(
                kind, kind == Kind.DENIED ? text + "; see the policies of consul.token" : text);
    }

    boolean isAbsent() {
        return status == ABSENT;
    }

    Json json() throws ProtocolException {
        try {
            return Json.parse(body);
        } catch (SettingsException e) {
            throw new ProtocolException("HTTP " + status + " and what follows is not JSON");
        }
    }

    /// What a read of keys shows; nothing where there are none.
    List<KeyValue> keys() throws ProtocolException {
        return isAbsent() ? List.of() : json().items().stream().map(KeyValue::of).toList();
    }

    /// What a transaction has written, or that it was not carried out because a condition did not
    /// hold.
    ///
    /// @throws Refusal when that has another reason than the keys
    Optional<List<KeyValue>> written() throws ProtocolException, Refusal {
        Json json = json();
        if (status == OK) {
            return Optional.of(
                    json.at("Results").items().stream()
                            .map(result -> KeyValue.of(result.at("KV")))
                            .toList());
        }
        for (Kind wanted : List.of(Kind.DENIED, Kind.NO_LEASE)) {
            for (Json error : json.at("Errors").items()) {
                if (kind(error.textAt("What")) == wanted) {
                    throw refusal(wanted, error.textAt("What"));
                }
            }
        }
        return Optional.empty();
    }
}
