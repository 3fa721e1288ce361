package io.toomai.dcs.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.core.model.MemberName;
import io.toomai.dcs.Dcs.ReadMode;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.etcd.EtcdSettings.Discovery;
import io.toomai.dcs.http.Endpoint;
import io.toomai.dcs.http.Endpoint.Scheme;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// TLS to a real server, which makes its own certificate.
class EtcdTlsIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    @TempDir private Path dir;

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static SSLContext trusting(Path certificate) throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (InputStream in = Files.newInputStream(certificate)) {
            trusted.setCertificateEntry(
                    "etcd", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory trust =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
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

    @ParameterizedTest
    @EnumSource(EtcdRelease.class)
    void onlyAServerThatIsTrustedIsUsed(EtcdRelease release) throws Exception {
        String program = release.program().toString();
        Endpoint endpoint = new Endpoint(Scheme.HTTPS, "127.0.0.1", freePort());
        String peer = "http://127.0.0.1:" + freePort();
        Process etcd =
                new ProcessBuilder(
                                program,
                                "--name=e",
                                "--auto-tls",
                                "--data-dir=" + dir.resolve("e"),
                                "--listen-client-urls=" + endpoint,
                                "--advertise-client-urls=" + endpoint,
                                "--listen-peer-urls=" + peer,
                                "--initial-advertise-peer-urls=" + peer,
                                "--initial-cluster=e=" + peer)
                        .redirectErrorStream(true)
                        .redirectOutput(dir.resolve("log").toFile())
                        .start();
        try {
            Path certificate = dir.resolve("e/fixtures/client/cert.pem");
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> Files.exists(certificate) && Files.size(certificate) > 0);
            try (EtcdDcs dcs = open(endpoint, trusting(certificate))) {
                assertThat(dcs.acquireLeader(TIMEOUT)).isInstanceOf(LeaderResult.Held.class);
                assertThat(dcs.renewLeader(TIMEOUT)).isInstanceOf(LeaderResult.Held.class);
            }
            try (EtcdDcs distrusting = open(endpoint, SSLContext.getDefault())) {
                assertThatThrownBy(() ->
                                distrusting.read(ReadMode.LINEARIZABLE, Duration.ofSeconds(2)))
                        .isInstanceOfSatisfying(
                                DcsException.class,
                                e -> assertThat(e.code()).isEqualTo(Code.DCS_CONNECTION));
            }
        } finally {
            etcd.destroyForcibly().onExit().join();
        }
    }
}
