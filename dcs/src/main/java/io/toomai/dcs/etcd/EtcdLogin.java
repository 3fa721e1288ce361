package io.toomai.dcs.etcd;

import io.toomai.core.model.Secret;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.etcd.EtcdSettings.Login;
import io.toomai.dcs.http.HttpConnection;
import io.toomai.dcs.http.Refusal;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.util.Optional;

/// The token that etcd wants with each request where it has authentication. A server may forget it
/// at any time (restart, five idle minutes); it is then asked for again. Thread-safe; two threads
/// may ask at once, which costs nothing but the asking.
final class EtcdLogin {
    private final Optional<Login> login;
    private volatile Optional<Secret> token = Optional.empty();
    private volatile Need need;

    private enum Need {
        TOKEN,
        /// No user is configured, or this etcd does not ask who we are.
        NONE
    }

    EtcdLogin(Optional<Login> login) {
        this.login = login;
        this.need = login.isPresent() ? Need.TOKEN : Need.NONE;
    }

    /// The token to send; empty when none is needed.
    Optional<Secret> token(HttpConnection connection, Deadline deadline)
            throws IOException, Refusal {
        if (need == Need.NONE || token.isPresent()) {
            return token;
        }
        Json.Obj body =
                Json.object()
                        .put("name", login.orElseThrow().username())
                        .put("password", login.orElseThrow().password().reveal())
                        .done();
        try {
            GatewayReply reply =
                    GatewayReply.of(
                            connection.exchange(
                                    EtcdCalls.request(
                                            "/v3/auth/authenticate", body, Optional.empty()),
                                    deadline));
            token = reply.body().scalarAt("token").map(Secret::new);
        } catch (Refusal e) {
            if (e.kind() != Refusal.Kind.NO_AUTHENTICATION) {
                throw e;
            }
            need = Need.NONE;
        }
        return token;
    }

    /// That token was refused.
    ///
    /// @return whether there may be a better one
    boolean forget(Optional<Secret> refused) {
        if (login.isEmpty()) {
            return false;
        }
        if (token.equals(refused)) {
            token = Optional.empty();
        }
        need = Need.TOKEN;
        return true;
    }
}
