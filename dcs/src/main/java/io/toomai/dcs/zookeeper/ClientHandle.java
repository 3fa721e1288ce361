package io.toomai.dcs.zookeeper;

import io.toomai.dcs.zookeeper.ZooKeeperAccess.Login;
import io.toomai.dcs.zookeeper.ZooKeeperServers.KeyFile;
import io.toomai.dcs.zookeeper.ZooKeeperServers.Tls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;

/// ZooKeeper's client, which can also be dropped without ending its session.
@SuppressWarnings("try") // ZooKeeper declares close() so
final class ClientHandle extends ZooKeeper {
    /// How to make one.
    ///
    /// @param first number of the server to begin with
    record Plan(ZooKeeperSettings settings, Duration ttl, int first) {
        private int millis() {
            return Math.toIntExact(ttl.toMillis());
        }

        private NearestFirst servers() {
            return new NearestFirst(settings.servers(), first, ttl);
        }
    }

    /// A handle with a session of its own.
    ClientHandle(Plan plan, Watcher watcher) throws IOException {
        super(
                plan.settings().servers().connectString(),
                plan.millis(),
                watcher,
                false,
                plan.servers(),
                config(plan.settings().servers()));
        show(plan.settings().access());
    }

    /// A second handle on the session of another one.
    ClientHandle(Plan plan, ZooKeeper session, Watcher watcher) throws IOException {
        super(
                plan.settings().servers().connectString(),
                plan.millis(),
                watcher,
                session.getSessionId(),
                session.getSessionPasswd(),
                false,
                plan.servers(),
                config(plan.settings().servers()));
        show(plan.settings().access());
    }

    /// The client shows them again on each new connection, before anything else.
    private void show(ZooKeeperAccess access) {
        for (Login login : access.logins()) {
            addAuthInfo(
                    login.scheme(), login.credential().reveal().getBytes(StandardCharsets.UTF_8));
        }
    }

    private static ZKClientConfig config(ZooKeeperServers servers) {
        LateDefaultTls.install();
        ZKClientConfig config = new ZKClientConfig();
        config.setProperty(ZKClientConfig.ENABLE_CLIENT_SASL_KEY, "false");
        servers.tls().ifPresent(tls -> secure(config, tls));
        return config;
    }

    /// Only the client's socket on Netty speaks TLS. ZooKeeper judges the names in certificates by
    /// its own setting; since 4.2 Netty would judge them too, whatever that says. It reads the
    /// property once, before its first TLS in this JVM: who else speaks TLS by Netty here must say
    /// himself what names he wants.
    private static void secure(ZKClientConfig config, Tls tls) {
        System.setProperty("io.netty.handler.ssl.defaultEndpointVerificationAlgorithm", "NONE");
        config.setProperty(ZKClientConfig.SECURE_CLIENT, "true");
        config.setProperty(
                ZKClientConfig.ZOOKEEPER_CLIENT_CNXN_SOCKET,
                "org.apache.zookeeper.ClientCnxnSocketNetty");
        // By default it offers the newest version alone, which servers before 3.9 do not speak.
        config.setProperty("zookeeper.ssl.enabledProtocols", "TLSv1.3,TLSv1.2");
        tls.identity().ifPresent(keys -> file(config, "zookeeper.ssl.keyStore", keys));
        tls.authorities()
                .ifPresent(keys -> {
                    file(config, "zookeeper.ssl.trustStore", keys);
                    // Authorities of one's own: the names in certificates are not compared, as in
                    // Patroni's client. Java's authorities certify everybody, so there they are.
                    config.setProperty("zookeeper.ssl.hostnameVerification", "false");
                });
    }

    private static void file(ZKClientConfig config, String property, KeyFile keys) {
        config.setProperty(property + ".location", keys.file().toString());
        config.setProperty(property + ".password", keys.password().reveal());
        config.setProperty(property + ".type", "PKCS12");
    }

    /// Stops this handle's threads and closes its socket; the session goes on until its timeout or
    /// until another handle has it. Waits for a thread that may be asleep for a second, hence
    /// aside.
    void abandon() {
        Thread.ofVirtual().name("zookeeper-abandon").start(cnxn::disconnect);
    }
}
