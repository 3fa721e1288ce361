package io.toomai.proxy.net;

import io.netty.util.NetUtil;
import io.toomai.proxy.console.Overview.Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/// An end of a connection as tables show it.
final class Remote {
    private Remote() {}

    /// Of a Unix socket, `unix`.
    static Address address(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress inet && inet.getAddress() != null
                ? new Address(NetUtil.toAddressString(inet.getAddress()), inet.getPort())
                : new Address("unix", 0);
    }
}
