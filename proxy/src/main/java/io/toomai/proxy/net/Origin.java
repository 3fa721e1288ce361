package io.toomai.proxy.net;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.Optional;

/// From where a client came, as logs, tables and rules see it.
///
/// @param address none for one that came over a Unix socket
/// @param tls version and suite, such as `TLSv1.3/TLS_AES_256_GCM_SHA384`; empty in plain
record Origin(Optional<InetAddress> address, int port, String tls) {
    /// `unix` in place of an address.
    String host() {
        return address.map(NetUtil::toAddressString).orElse("unix");
    }

    @Override
    public String toString() {
        return host() + ":" + port;
    }
}
