package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// TLS with servers: modes, names and authorities, what may be read on its way.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ServerTlsIT extends TlsGround {
    @Test
    void serversAreReachedInEachMode() throws Exception {
        String ca = "\nserver_tls_ca_file = " + file("ca.pem");
        for (String mode : new String[] {"allow", "prefer", "require"}) {
            assertMode("server_tls_sslmode = " + mode, "t");
        }
        for (String mode : new String[] {"verify-ca", "verify-full"}) {
            assertMode("server_tls_sslmode = " + mode + ca, "t");
        }
        assertMode("server_tls_sslmode = disable", "f");
    }

    /// Also by files of the same names.
    @Test
    void aReloadOfTlsWithServersReplacesTheServers() throws Exception {
        Path authorities = directory.resolve("authorities.pem");
        Files.copy(file("ca.pem"), authorities);
        String full = "server_tls_sslmode = verify-full\nserver_tls_ca_file = " + authorities;
        House tightened = before("server_tls_sslmode = disable");
        try (Connection client = tightened.connect()) {
            assertThat(Jdbc.one(client, ASK)).isEqualTo("f");
            tightened.reload(full);
            assertThat(Jdbc.one(client, ASK)).isEqualTo("t");
            String server = Jdbc.one(client, "SELECT pg_backend_pid()");
            tightened.reload(full);
            assertThat(Jdbc.one(client, "SELECT pg_backend_pid()")).isEqualTo(server);
            Files.writeString(authorities, "# renewed\n" + Files.readString(file("ca.pem")));
            tightened.reload(full);
            assertThat(Jdbc.one(client, "SELECT pg_backend_pid()")).isNotEqualTo(server);
        } finally {
            tightened.proxy().close();
        }
    }

    private void assertMode(String settings, String encrypted) throws Exception {
        House at = before(settings);
        try {
            assertThat(ask(at, "")).as(settings).isEqualTo(encrypted);
        } finally {
            at.proxy().close();
        }
    }

    @Test
    void aServerSeesTheCertificateTheVersionAndTheCipherThatTheSettingsName() throws Exception {
        String own = "server_tls_sslmode = require\n" + ownCertificate("anna");
        assertThat(
                        session(
                                own
                                        + "server_tls_protocols = tlsv1.2\n"
                                        + "server_tls_ciphers = ECDHE-ECDSA-AES128-GCM-SHA256"))
                .isEqualTo("TLSv1.2|ECDHE-ECDSA-AES128-GCM-SHA256|/CN=anna");
        assertThat(
                        session(
                                "server_tls_sslmode = require\n"
                                        + "server_tls13_ciphers = TLS_AES_128_GCM_SHA256"))
                .isEqualTo("TLSv1.3|TLS_AES_128_GCM_SHA256|");
    }

    /// Of a connection to the server, in the server's words.
    private String session(String settings) throws Exception {
        House at = before(settings);
        try {
            return at.run(
                    "psql",
                    "-XAtqc",
                    "SELECT version, cipher, client_dn FROM pg_stat_ssl"
                            + " WHERE pid = pg_backend_pid()");
        } finally {
            at.proxy().close();
        }
    }

    /// The server asks for nothing else, and the role has no password.
    @Test
    void aCertificateIsTheLoginAtAServer() throws Exception {
        server.sql("CREATE ROLE anna LOGIN");
        Path rules = server.data().resolve("pg_hba.conf");
        Files.writeString(
                rules,
                "hostssl all anna all cert\nhost all anna all reject\n" + Files.readString(rules));
        server.sql("SELECT pg_reload_conf()");
        House shown = asAnna("server_tls_sslmode = require\n" + ownCertificate("anna"));
        try {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .ignoreExceptions() // until the rules are in force
                    .untilAsserted(() -> assertThat(currentUser(shown)).isEqualTo("anna"));
        } finally {
            shown.proxy().close();
        }
        assertRefused(
                "server_tls_sslmode = require\n" + ownCertificate("other"),
                "certificate authentication failed for user \"anna\"");
        assertRefused(
                "server_tls_sslmode = require", "connection requires a valid client certificate");
        assertRefused("server_tls_sslmode = disable", "pg_hba.conf rejects connection");
    }

    private House asAnna(String settings) throws Exception {
        Path users = Files.writeString(directory.resolve("annas.users"), "\"anna\" \"annas\"\n");
        return before("auth_file = " + users + "\n" + settings);
    }

    private String ownCertificate(String name) {
        return "server_tls_cert_file = %s\nserver_tls_key_file = %s\n"
                .formatted(file(name + ".pem"), file(name + ".key"));
    }

    private static String currentUser(House house) throws SQLException {
        try (Connection connection = house.connect("anna", "annas")) {
            return Jdbc.one(connection, "SELECT current_user");
        }
    }

    private void assertRefused(String settings, String words) throws Exception {
        House house = asAnna(settings);
        try {
            assertThatThrownBy(() -> currentUser(house)).hasMessageContaining(words);
        } finally {
            house.proxy().close();
        }
    }

    @Test
    void aServerMustHaveTheNameAndTheAuthority() throws Exception {
        House wrongName =
                before(
                        "server_tls_sslmode = verify-full\nserver_tls_ca_file = %s\n"
                                        .formatted(file("ca.pem"))
                                + "[databases]\n* = host=localhost port="
                                + server.port());
        try {
            assertThatThrownBy(() -> ask(wrongName, "")).hasMessageContaining("TLS failed");
        } finally {
            wrongName.proxy().close();
        }
        Certificates stranger = Certificates.create(directory.resolve("stranger"));
        House wrongAuthority =
                before(
                        "server_tls_sslmode = verify-ca\nserver_tls_ca_file = "
                                + stranger.file("ca.pem"));
        try {
            assertThatThrownBy(() -> ask(wrongAuthority, "")).hasMessageContaining("TLS failed");
        } finally {
            wrongAuthority.proxy().close();
        }
    }

    @Test
    void aServerWithoutTlsIsReachedInPlainOnlyUnderPrefer() throws Exception {
        // The proxy without client TLS is such a server.
        House plain = before("server_tls_sslmode = disable");
        try {
            String there = "\n[databases]\n* = host=127.0.0.1 port=" + plain.port();
            House relaxed = before("server_tls_sslmode = prefer" + there);
            assertThat(ask(relaxed, "")).isEqualTo("f");
            relaxed.proxy().close();
            House strict = before("server_tls_sslmode = require" + there);
            assertThatThrownBy(() -> ask(strict, "")).hasMessageContaining("the server has no TLS");
            strict.proxy().close();
        } finally {
            plain.proxy().close();
        }
    }

    @Test
    void aLoginAtAServerIsBoundToItsCertificate() throws Exception {
        House behind = before(with("require") + "auth_type = scram-sha-256");
        try {
            House front =
                    before(
                            "server_tls_sslmode = require\n[databases]\n* = host=127.0.0.1 port="
                                    + behind.port());
            assertThat(ask(front, "")).isEqualTo("t");
            front.proxy().close();
        } finally {
            behind.proxy().close();
        }
    }

    /// PostgreSQL takes a CancelRequest in plain from anybody, so what is sent is looked at on its
    /// way: the key of a session in TLS is seen by nobody.
    @Test
    void aCancelIsAsEncryptedAsWhatItCancels() throws Exception {
        assertThat(firstWords("server_tls_sslmode = require")).containsOnly(SSL_REQUEST);
        assertThat(
                        firstWords(
                                "server_tls_sslmode = verify-full\nserver_tls_ca_file = "
                                        + file("ca.pem")))
                .containsOnly(SSL_REQUEST);
        assertThat(firstWords("server_tls_sslmode = disable")).contains(CANCEL_REQUEST);
    }

    /// The session may be another client's by then.
    @Test
    void aCancelThatDoesNotArriveIsInNobodysWay() throws Exception {
        try (Wiretap tap = Wiretap.before(server.port())) {
            House at =
                    before(
                            "auth_type = plain\nserver_tls_sslmode = require\n"
                                    + "default_pool_size = 1\ncancel_wait_timeout = 0\n"
                                    + "[databases]\n* = host=127.0.0.1 port="
                                    + tap.port());
            try (RawClient anna = RawClient.postgres(at.port());
                    RawClient bert = RawClient.postgres(at.port());
                    RawClient asker = new RawClient(at.port())) {
                sleep(anna);
                tap.holdsUp(true);
                int before = tap.firstWords().size();
                asker.send(anna.cancelRequest());
                Awaitility.await()
                        .atMost(Duration.ofSeconds(60))
                        .until(() -> tap.firstWords().size() > before);
                tap.holdsUp(false);
                server.sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity" + SLEEPING);
                assertThat(anna.answer().words()).contains("C57014");
                sleep(bert);
                RawClient.cancel(at.port(), bert.cancelRequest());
                assertThat(bert.answer().words()).contains("C57014");
                assertThat(asker.isAtEnd()).isTrue();
            } finally {
                at.proxy().close();
            }
        }
    }

    private void sleep(RawClient client) throws Exception {
        client.send(RawClient.query("SELECT pg_sleep(304)"));
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> server.sql(SLEEPS).equals("1"));
    }

    private static final int SSL_REQUEST = 80877103;

    private static final int CANCEL_REQUEST = 80877102;

    /// With what each connection to the server began, while a query was canceled.
    private List<Integer> firstWords(String settings) throws Exception {
        try (Wiretap tap = Wiretap.before(server.port())) {
            House at =
                    before(
                            "auth_type = plain\n"
                                    + settings
                                    + "\n[databases]\n* = host=127.0.0.1 port="
                                    + tap.port());
            try (RawClient anna = RawClient.postgres(at.port())) {
                sleep(anna);
                RawClient.cancel(at.port(), anna.cancelRequest());
                assertThat(anna.answer().words()).contains("C57014");
            } finally {
                at.proxy().close();
            }
            assertThat(tap.firstWords()).hasSizeGreaterThan(1);
            return tap.firstWords();
        }
    }

    private static final String SLEEPING =
            " WHERE state = 'active' AND query = 'SELECT pg_sleep(304)'";

    private static final String SLEEPS = "SELECT count(*) FROM pg_stat_activity" + SLEEPING;
}
