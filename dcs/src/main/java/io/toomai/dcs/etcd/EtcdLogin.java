package io.toomai.dcs.etcd;

import io.toomai.dcs.Deadline;
import io.toomai.dcs.etcd.EtcdSettings.Login;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.util.Optional;

/// The token that etcd wants with each request where it has authentication. A server may forget it
/// at any time (restart, five idle minutes); it is then asked for again. Thread-safe; two threads
/// may ask at once, which costs nothing but the asking.
final class EtcdLogin {
    private final Optional<Login> login;
    private volatile Optional<String> token = Optional.empty();
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
    Optional<String> token(GatewayConnection connection, Deadline deadline)
            throws IOException, EtcdRefusal {
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
                                    "/v3/auth/authenticate",
                                    body.compact(),
                                    Optional.empty(),
                                    deadline));
            token = reply.body().scalarAt("token");
        } catch (EtcdRefusal e) {
            if (e.kind() != EtcdRefusal.Kind.NO_AUTHENTICATION) {
                throw e;
            }
            need = Need.NONE;
        }
        return token;
    }

    /// That token was refused.
    ///
    /// @return whether there may be a better one
    boolean forget(Optional<String> refused) {
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
