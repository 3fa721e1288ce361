package io.toomai.agent.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.toomai.agent.proxy.LoneProxy.Loading;
import io.toomai.api.proxy.PictureDocument;
import io.toomai.api.proxy.ProxyRoll.Numbered;
import io.toomai.api.proxy.ProxyRoll.Picture;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.cluster.Tags;
import io.toomai.core.model.MemberName;
import io.toomai.proxy.net.Steward;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A proxy elsewhere whose members speak HTTPS only, with a certificate of an authority that nobody
/// knows but `ctl.cacert`.
class LoneProxyTlsTest {
    private static final String PASSWORD = "changeit-please";

    @TempDir private Path folder;
    private final AtomicInteger pictures = new AtomicInteger();

    @Test
    void membersAreAskedByHttpsAndTheirPrimaryIsGoneTo() throws Exception {
        keytool("-genkeypair -alias a -keyalg EC -dname CN=member -ext san=ip:127.0.0.1");
        keytool("-exportcert -alias a -rfc -file " + folder.resolve("ca.pem"));
        try (ServerSocket postgres = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            postgres.setSoTimeout(60_000);
            HttpsServer member = member(postgres.getLocalPort());
            try (LoneProxy lone = LoneProxy.start(loaded(member), new Nobody());
                    Socket client = client(lone);
                    Socket server = postgres.accept()) {
                assertThat(server.getPort()).isNotEqualTo(client.getLocalPort());
                assertThat(pictures).hasPositiveValue();
            } finally {
                member.stop(0);
            }
        }
    }

    /// Whoever can put itself in a member's place would be sent the clients' passwords.
    @Test
    void aMemberOfAnotherAuthorityIsNotBelieved() throws Exception {
        keytool("-genkeypair -alias b -keyalg EC -dname CN=other -ext san=ip:127.0.0.1");
        keytool("-exportcert -alias b -rfc -file " + folder.resolve("ca.pem"));
        Files.move(folder.resolve("member.p12"), folder.resolve("other.p12"));
        keytool("-genkeypair -alias a -keyalg EC -dname CN=member -ext san=ip:127.0.0.1");
        try (ServerSocket postgres = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            HttpsServer member = member(postgres.getLocalPort());
            try (LoneProxy lone = LoneProxy.start(loaded(member), new Nobody());
                    Socket client = client(lone)) {
                String told =
                        new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(told).startsWith("E").contains("query_wait_timeout");
                assertThat(pictures).hasValue(0);
            } finally {
                member.stop(0);
            }
        }
    }

    /// A client that has said what it wants.
    private static Socket client(LoneProxy of) throws IOException {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), of.proxy().address().getPort());
        socket.setSoTimeout(60_000);
        socket.getOutputStream().write(startup());
        return socket;
    }

    private void keytool(String arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments.split(" ", -1)));
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD));
        command.addAll(List.of("-keystore", folder.resolve("member.p12").toString()));
        int code =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("keytool.log").toFile())
                        .start()
                        .waitFor();
        assertThat(code).as(Files.readString(folder.resolve("keytool.log"))).isZero();
    }

    private HttpsServer member(int postgresPort) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(folder.resolve("member.p12"))) {
            store.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        HttpsServer server =
                HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        String picture =
                PictureDocument.of(
                                new Numbered(
                                        1, new Picture(view(postgresPort), OptionalLong.empty())),
                                0,
                                "main")
                        .spaced();
        server.createContext("/proxy", exchange -> answer(exchange, picture));
        server.start();
        return server;
    }

    private void answer(HttpExchange exchange, String picture) throws IOException {
        try (exchange) {
            boolean asks = exchange.getRequestMethod().equals("GET");
            if (asks) {
                pictures.incrementAndGet();
            }
            byte[] body = (asks ? picture : "OK").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private static ClusterView view(int postgresPort) {
        MemberName name = new MemberName("a");
        ClusterView empty = ClusterView.EMPTY;
        return new ClusterView(
                empty.initialize(),
                empty.config(),
                new LeaderKey.HeldBy(name, 5, LeaderKey.Ownership.ANOTHER_PROCESS),
                List.of(
                        new Member(
                                name,
                                "postgres://127.0.0.1:" + postgresPort + "/postgres",
                                "",
                                MemberState.RUNNING,
                                MemberRole.PRIMARY,
                                "",
                                Member.Position.UNKNOWN,
                                Tags.NONE,
                                Set.of(),
                                Map.of(),
                                Map.of(),
                                Optional.empty())),
                empty.failover(),
                empty.sync(),
                empty.status(),
                empty.history(),
                empty.failsafe());
    }

    private Loading.Loaded loaded(HttpsServer member) throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("proxy.yml"),
                        """
                        scope: main
                        ctl: {cacert: '%s'}
                        postgresql:
                          authentication:
                            superuser: {username: postgres, password: sup}
                        toomai:
                          proxy:
                            listen: 127.0.0.1:0
                            members: ['127.0.0.1:%d']
                            pgbouncer: {auth_type: trust, query_wait_timeout: 2}
                        """
                                .formatted(
                                        folder.resolve("ca.pem"), member.getAddress().getPort()));
        return switch (LoneProxy.load(file, Map.of())) {
            case Loading.Loaded loaded -> loaded;
            case Loading.Rejected(var problems) -> throw new AssertionError(problems);
        };
    }

    /// What a client of `postgres` says first.
    private static byte[] startup() throws IOException {
        byte[] words = "user\0postgres\0database\0postgres\0\0".getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(out);
        data.writeInt(8 + words.length);
        data.writeInt(3 << 16);
        data.write(words);
        return out.toByteArray();
    }

    private static final class Nobody implements Steward {
        @Override
        public Reread reread() {
            return new Reread.Failed(List.of());
        }

        @Override
        public void end() {}
    }
}
