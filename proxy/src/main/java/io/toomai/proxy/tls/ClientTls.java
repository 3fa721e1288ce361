package io.toomai.proxy.tls;

import io.netty.handler.ssl.SslContext;

/// TLS with clients.
public sealed interface ClientTls {
    /// A request for it is declined.
    record Off() implements ClientTls {}

    /// @param context with the certificate that clients see
    /// @param trust a hash of the authorities whose word on clients is taken; empty for none
    record On(SslContext context, Demand demand, String trust) implements ClientTls {}

    /// Whether clients have a choice.
    enum Demand {
        OFFERED,
        REQUIRED,
        /// With a certificate that is trusted.
        VERIFIED
    }
}
