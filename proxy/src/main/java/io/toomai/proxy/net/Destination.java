package io.toomai.proxy.net;

import io.toomai.proxy.auth.AddressRange;
import io.toomai.proxy.route.Claim;
import io.toomai.proxy.route.Keeping;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Where the servers of a pool are at the moment. Asked on the pool's event loop; must answer at
/// once.
public interface Destination {
    /// Where the next connection goes; nothing while there is no fit server, whereupon clients
    /// wait. Each target counts as used until [#left].
    Optional<Target> next();

    /// A connection to a target is gone, or was never made.
    default void left(Target target) {}

    /// An attempt to get a connection to a target has failed.
    default void failed(Target target) {}

    /// An attempt to get a connection to a target has succeeded.
    default void reached(Target target) {}

    /// Whether after what has failed there are targets that have not been tried since the last
    /// success.
    default boolean hasUntried() {
        return false;
    }

    /// Whether a server that says this of itself may serve here.
    default boolean allows(Claim claim) {
        return true;
    }

    /// What becomes of a connection to a target.
    default Keeping keeping(Target target) {
        return Keeping.STAYS;
    }

    /// All that the next connections may lead to, to be compared with what it was before: where it
    /// differs, what has failed may succeed.
    default Object prospects() {
        return List.of();
    }

    /// What a server means that cannot be reached, or is not what it should be.
    default Outage outage() {
        return Outage.IS_TOLD;
    }

    /// Whether clients that want a server wait while the primary is changed on purpose: it could be
    /// the primary.
    default boolean waitsForSwitchover() {
        return false;
    }

    /// Whether a connection to a target ends when the primary is changed on purpose: the target is
    /// the primary, or could be.
    default boolean endsInSwitchover(Target target) {
        return false;
    }

    /// How clients are spared the end of a server.
    enum Outage {
        /// They hear of it, as with PgBouncer; the next login is tried after `server_login_retry`.
        IS_TOLD,
        /// Another server is found soon: who waits goes on waiting, who only loses a transaction
        /// keeps the connection.
        IS_WAITED_OUT
    }

    /// One server.
    ///
    /// @param name for messages and tables, such as `10.0.0.1:5432`
    record Target(SocketAddress address, String name) {
        /// Where a file's host and port lead to.
        ///
        /// @param host a name, which is looked up when it is dialled, an address, or the directory
        ///   of a Unix socket
        static Target of(String host, int port, String name) {
            SocketAddress address =
                    host.startsWith("/")
                            ? UnixDomainSocketAddress.of(Path.of(host, ".s.PGSQL." + port))
                            : AddressRange.literal(host)
                                    .map(literal -> new InetSocketAddress(literal, port))
                                    .orElseGet(
                                            () -> InetSocketAddress.createUnresolved(host, port));
            return new Target(address, name);
        }
    }
}
