package io.toomai.dcs.embedded;

import io.toomai.core.model.Secret;
import io.toomai.dcs.zookeeper.ZooKeeperAccess.Login;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.server.NIOServerCnxn;
import org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.zookeeper.server.auth.DigestAuthenticationProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where a member listens for clients, and whom it serves there.
///
/// Where the store has a password, ZooKeeper answers no request of a connection without a `digest`
/// login, whoever made the znode and whatever its access control list says (`enforce.auth`). But it
/// takes any password for one, so the connection here only keeps the login of the store. Decision
/// 0020. Settings are one per process, as the store is.
///
/// The node's settings decide where it listens. The store records an address for each member too,
/// and ZooKeeper would move the listener there with each change of the membership: to an address
/// that was left, where nobody may ask for a password any more.
///
/// Public because ZooKeeper makes it by name. Threads are ZooKeeper's.
public final class ClientPort extends NIOServerCnxnFactory {
    private static final Logger LOG = LoggerFactory.getLogger(ClientPort.class);
    private static final String SCHEME = "digest";
    private static final Id SUPER = new Id("super", "");
    private static volatile Optional<Id> demanded = Optional.empty();

    /// Call it before the first class of ZooKeeper's server is used.
    static void install() {
        System.setProperty(
                ServerCnxnFactory.ZOOKEEPER_SERVER_CNXN_FACTORY, ClientPort.class.getName());
        System.setProperty("zookeeper.enforce.auth.schemes", SCHEME);
    }

    /// Holds for servers that begin to serve from now on.
    ///
    /// @param password without one everybody is served
    static void demand(Optional<Secret> password) {
        demanded = password.map(secret -> identity(login(secret)));
        System.setProperty("zookeeper.enforce.auth.enabled", String.valueOf(demanded.isPresent()));
    }

    /// What a client shows that has the password.
    public static Login login(Secret password) {
        return new Login(SCHEME, new Secret("toomai:" + password.reveal()));
    }

    /// As ZooKeeper keeps it for a connection.
    private static Id identity(Login login) {
        try {
            return new Id(
                    login.scheme(),
                    DigestAuthenticationProvider.generateDigest(login.credential().reveal()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-1", e);
        }
    }

    @Override
    protected NIOServerCnxn createConnection(
            SocketChannel socket, SelectionKey key, SelectorThread thread) throws IOException {
        return new Connection(this, socket, key, thread);
    }

    /// Stays where it is.
    @Override
    public void reconfigure(InetSocketAddress recorded) {}

    private static final class Connection extends NIOServerCnxn {
        Connection(ClientPort port, SocketChannel socket, SelectionKey key, SelectorThread thread)
                throws IOException {
            super(port.zkServer, socket, key, port, thread);
        }

        /// Keeps a login that ZooKeeper has found well-formed, unless it is not the store's. The
        /// super user is shown before his own login.
        @Override
        public void addAuthInfo(Id id) {
            Optional<Id> only = demanded;
            if (!id.getScheme().equals(SCHEME)
                    || only.isEmpty()
                    || only.get().equals(id)
                    || getAuthInfo().contains(SUPER)) {
                super.addAuthInfo(id);
            } else {
                LOG.warn(
                        "a client at {} shows another password than toomai.store.password; it is not served",
                        getRemoteSocketAddress());
            }
        }
    }
}
