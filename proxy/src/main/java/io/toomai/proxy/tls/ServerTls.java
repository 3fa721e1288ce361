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
    record Asked(Supplier<SslContext> context, Refusal refusal) implements ServerTls {}

    /// What follows when a server has no TLS.
    enum Refusal {
        GOES_ON_IN_PLAIN,
        ENDS
    }
}
