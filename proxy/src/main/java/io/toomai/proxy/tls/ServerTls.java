package io.toomai.proxy.tls;

import io.netty.handler.ssl.SslContext;
import java.util.function.Supplier;

/// TLS with servers.
public sealed interface ServerTls {
    /// It is not asked for.
    record Off() implements ServerTls {}

    /// It is asked for before the login begins.
    ///
    /// @param context which checks a server's certificate as far as the mode says
    /// @param origin a hash of the settings and files that it is made of
    /// @param opening how the connection begins
    record Asked(Supplier<SslContext> context, Refusal refusal, Opening opening, String origin)
            implements ServerTls {
        /// The same for what must not be read on its way.
        public Asked required() {
            return new Asked(context, Refusal.ENDS, opening, origin);
        }
    }

    /// `server_tls_negotiation`
    enum Opening {
        /// With the question whether the server has TLS.
        REQUEST,
        /// With TLS (PostgreSQL 17: "direct SSL"): one round trip less.
        HANDSHAKE
    }

    /// Whether connections are made in the same way with both.
    default boolean isLike(ServerTls other) {
        return switch (this) {
            case Off _ -> other instanceof Off;
            case Asked(_, Refusal refusal, _, String origin) ->
                    other instanceof Asked that
                            && that.refusal() == refusal
                            && that.origin().equals(origin);
        };
    }

    /// What follows when a server has no TLS.
    enum Refusal {
        GOES_ON_IN_PLAIN,
        ENDS
    }
}
