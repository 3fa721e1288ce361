package io.toomai.dcs.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.core.FreePorts;
import io.toomai.core.model.MemberName;
import io.toomai.dcs.Dcs.ReadMode;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult.Held;
import io.toomai.dcs.zookeeper.ZooKeeperAccess.Grant;
import io.toomai.dcs.zookeeper.ZooKeeperAccess.Permission;
import io.toomai.dcs.zookeeper.ZooKeeperServers.KeyFile;
import io.toomai.dcs.zookeeper.ZooKeeperServers.Tls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// TLS to a real server, which wants a certificate and knows its clients by it.
class ExternalTlsIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final ZooKeeperAccess BY_CERTIFICATE =
            new ZooKeeperAccess(
                    List.of(), List.of(new Grant("x509", "CN=member", Set.of(Permission.ALL))));

    @TempDir private Path dir;
    private KeyPairs keys;
    private KeyFile member;
    private int securePort;
    private ExternalServers server;

    @BeforeEach
    void start() throws Exception {
        keys = new KeyPairs(dir);
        KeyFile own = keys.identity("server");
        member = keys.identity("member");
        KeyFile clients = keys.authorities("member");
        securePort = FreePorts.next();
        server =
                ExternalServers.start(
                        dir,
                        1,
                        List.of(
                                "serverCnxnFactory="
                                        + "org.apache.zookeeper.server.NettyServerCnxnFactory",
                                "secureClientPort=" + securePort,
                                "authProvider.x509=org.apache.zookeeper.server.auth"
                                        + ".X509AuthenticationProvider",
                                "ssl.keyStore.location=" + own.file(),
                                "ssl.keyStore.password=" + own.password().reveal(),
                                "ssl.trustStore.location=" + clients.file(),
                                "ssl.trustStore.password=" + clients.password().reveal(),
                                "ssl.hostnameVerification=false"));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private ZooKeeperDcs open(ZooKeeperServers servers, ZooKeeperAccess access) {
        return ZooKeeperDcs.open(
                new ZooKeeperSettings(
                        servers,
                        access,
                        "/service/tls",
                        new MemberName("pg1"),
                        ZooKeeperContractKit.TTL));
    }

    private ZooKeeperServers secure(Tls tls) {
        return ExternalServers.reached("127.0.0.1:" + securePort, Optional.of(tls));
    }

    private Tls believing(String name) throws Exception {
        return new Tls(Optional.of(keys.authorities(name)), Optional.of(member));
    }

    private static void assertNotConnected(ZooKeeperDcs dcs, String hint) {
        try (dcs) {
            assertThatThrownBy(() -> dcs.read(ReadMode.LINEARIZABLE, Duration.ofSeconds(2)))
                    .hasMessageContaining(hint)
                    .isInstanceOfSatisfying(
                            DcsException.class,
                            e -> assertThat(e.code()).isEqualTo(Code.DCS_CONNECTION));
        }
    }

    @Test
    void aMemberIsKnownByItsCertificateAndNobodyElseWrites() throws Exception {
        try (ZooKeeperDcs dcs = open(secure(believing("server")), BY_CERTIFICATE);
                ZooKeeperDcs stranger = open(server.from(0), ZooKeeperAccess.OPEN)) {
            assertThat(dcs.acquireLeader(TIMEOUT)).isInstanceOf(Held.class);
            assertThat(dcs.renewLeader(TIMEOUT)).isInstanceOf(Held.class);
            dcs.publishMember("{}", TIMEOUT);
            assertThatThrownBy(() -> stranger.acquireLeader(TIMEOUT))
                    .hasMessageContaining("/service/tls")
                    .hasMessageContaining("zookeeper.auth_data")
                    .isInstanceOfSatisfying(
                            DcsException.class,
                            e -> assertThat(e.code()).isEqualTo(Code.DCS_DENIED));
            assertThatThrownBy(() -> stranger.write(DcsKey.CONFIG, "{}", Expect.ANYTHING, TIMEOUT))
                    .isInstanceOf(DcsException.class);
            server.kill(0);
            server.restart(0);
            assertThat(dcs.renewLeader(TIMEOUT)).isInstanceOf(Held.class);
        }
    }

    @Test
    void aServerThatIsNotTrustedIsNotUsed() throws Exception {
        assertNotConnected(open(secure(believing("member")), BY_CERTIFICATE), "certificate");
    }

    @Test
    void withoutACertificateNobodyIsLetIn() throws Exception {
        Tls anonymous = new Tls(Optional.of(keys.authorities("server")), Optional.empty());
        assertNotConnected(open(secure(anonymous), BY_CERTIFICATE), "ours believed");
    }

    @Test
    void tlsOnThePlainPortAndTheReverseSayWhatMayBeWrong() throws Exception {
        ZooKeeperServers crossed =
                ExternalServers.reached(
                        server.from(0).connectString(), Optional.of(believing("server")));
        assertNotConnected(open(crossed, ZooKeeperAccess.OPEN), "is it a TLS port");
        ZooKeeperServers plain =
                ExternalServers.reached("127.0.0.1:" + securePort, Optional.empty());
        assertNotConnected(open(plain, ZooKeeperAccess.OPEN), "is it a plain port");
    }
}
