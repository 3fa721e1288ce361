package io.toomai.dcs.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.core.model.MemberName;
import io.toomai.dcs.Dcs.ReadMode;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult.Held;
import io.toomai.dcs.TestAuthority;
import io.toomai.dcs.TestAuthority.Issued;
import io.toomai.dcs.TestAuthority.Validity;
import io.toomai.dcs.etcd.EtcdServers.Access;
import io.toomai.dcs.etcd.EtcdSettings.Discovery;
import io.toomai.dcs.http.Endpoint;
import io.toomai.dcs.http.Endpoint.Scheme;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// TLS to real servers that let in only who shows a certificate (`--client-cert-auth`). What does
/// not fit is said in one sentence that names what to change.
class EtcdTlsIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(15);
    private static final Duration BRIEF = Duration.ofSeconds(3);
    private static final String LOOPBACK = "IP:127.0.0.1";

    @TempDir private static Path certificates;
    private static TestAuthority authority;

    /// Of the same name, with another key: so that Java shows what it has signed.
    private static TestAuthority impostor;

    private static Issued member;

    @TempDir private Path dir;

    @BeforeAll
    static void issue() throws Exception {
        authority = TestAuthority.create("authority", certificates.resolve("right"));
        impostor = TestAuthority.create("authority", certificates.resolve("wrong"));
        member = authority.issue("member", LOOPBACK, Validity.TWO_DAYS);
    }

    private EtcdServers start(EtcdRelease release, Issued server) throws Exception {
        SSLContext operator = authority.client(Optional.of(member));
        return EtcdServers.start(
                release,
                new Access(
                        Scheme.HTTPS,
                        () -> operator,
                        List.of(
                                "--client-cert-auth",
                                "--trusted-ca-file=" + authority.certificate(),
                                "--cert-file=" + server.certificate(),
                                "--key-file=" + server.key())),
                dir,
                1);
    }

    private static EtcdDcs open(Endpoint endpoint, SSLContext tls) {
        return EtcdDcs.open(
                new EtcdSettings(
                        List.of(endpoint),
                        Discovery.MEMBER_LIST,
                        Optional.empty(),
                        Optional.empty(),
                        () -> tls,
                        "/service/tls",
                        new MemberName("pg1"),
                        EtcdContractKit.TTL));
    }

    private static void assertNotConnected(Endpoint endpoint, SSLContext tls, String advice) {
        try (EtcdDcs dcs = open(endpoint, tls)) {
            // A busy machine may be late for a handshake, which is another message.
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() ->
                            assertThatThrownBy(() -> dcs.read(ReadMode.LINEARIZABLE, BRIEF))
                                    .hasMessageContaining("pg1")
                                    .hasMessageContaining(endpoint.toString())
                                    .hasMessageContaining(advice)
                                    .hasMessageNotContainingAny("Exception", "PKIX")
                                    .isInstanceOfSatisfying(
                                            DcsException.class,
                                            e ->
                                                    assertThat(e.code())
                                                            .isEqualTo(Code.DCS_CONNECTION)));
        }
    }

    @ParameterizedTest
    @EnumSource(EtcdRelease.class)
    void onlyWhoShowsACertificateOfTheAuthorityIsLetIn(EtcdRelease release) throws Exception {
        Issued server = authority.issue("server", LOOPBACK, Validity.TWO_DAYS);
        try (EtcdServers servers = start(release, server)) {
            Endpoint endpoint = servers.endpoint(0);
            try (EtcdDcs dcs = open(endpoint, authority.client(Optional.of(member)))) {
                Queue<DcsEvent> heard = new ConcurrentLinkedQueue<>();
                dcs.watch(heard::add);
                assertThat(dcs.acquireLeader(TIMEOUT)).isInstanceOf(Held.class);
                assertThat(dcs.renewLeader(TIMEOUT)).isInstanceOf(Held.class);
                dcs.publishMember("{}", TIMEOUT);
                assertThat(dcs.read(ReadMode.LINEARIZABLE, TIMEOUT).members()).hasSize(1);
                dcs.write(DcsKey.CONFIG, "{}", Expect.ANYTHING, TIMEOUT);
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> heard.contains(DcsEvent.CONFIG_CHANGED));
            }
            String ours = "set cert and key";
            assertNotConnected(endpoint, authority.client(Optional.empty()), ours);
            Issued foreign = impostor.issue("member", LOOPBACK, Validity.TWO_DAYS);
            assertNotConnected(endpoint, authority.client(Optional.of(foreign)), ours);
            Issued old = authority.issue("old", LOOPBACK, Validity.EXPIRED);
            assertNotConnected(endpoint, authority.client(Optional.of(old)), ours);
        }
    }

    @ParameterizedTest
    @EnumSource(EtcdRelease.class)
    void onlyAServerThatIsTrustedIsUsed(EtcdRelease release) throws Exception {
        Issued server = authority.issue("server", LOOPBACK, Validity.TWO_DAYS);
        try (EtcdServers servers = start(release, server)) {
            Endpoint endpoint = servers.endpoint(0);
            assertNotConnected(
                    endpoint,
                    impostor.client(Optional.of(member)),
                    "set cacert to a file that holds its authority");
            assertNotConnected(
                    new Endpoint(Scheme.HTTPS, "localhost", endpoint.port()),
                    authority.client(Optional.of(member)),
                    "its certificate is not one for localhost");
        }
    }

    @ParameterizedTest
    @EnumSource(EtcdRelease.class)
    void aServerWhoseCertificateHasExpiredIsNotUsed(EtcdRelease release) throws Exception {
        Issued server = authority.issue("old-server", LOOPBACK, Validity.EXPIRED);
        try (EtcdServers servers = start(release, server)) {
            assertNotConnected(
                    servers.endpoint(0),
                    authority.client(Optional.of(member)),
                    "its certificate has expired: give this server a new one");
        }
    }

    @ParameterizedTest
    @EnumSource(EtcdRelease.class)
    void tlsToAPlainServerSaysSo(EtcdRelease release) throws Exception {
        try (EtcdServers servers = EtcdServers.start(release, dir, 1)) {
            assertNotConnected(
                    new Endpoint(Scheme.HTTPS, "127.0.0.1", servers.endpoint(0).port()),
                    authority.client(Optional.of(member)),
                    "set the protocol to http");
        }
    }
}
