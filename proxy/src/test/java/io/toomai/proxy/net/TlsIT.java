package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.proxy.config.Configuration;
import io.toomai.settings.pem.PemFile;
import io.toomai.wire.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// TLS with clients: edge cases 1, 2, 6 and 8, certificates, what cannot be used.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TlsIT extends TlsGround {
    private House house;

    @BeforeAll
    void open() throws Exception {
        house = before(with("allow") + "server_tls_sslmode = disable");
    }

    @AfterAll
    void end() {
        house.proxy().close();
    }

    @Test
    void psqlAndPgjdbcSpeakTlsWithTheProxy() throws Exception {
        assertThat(words(house, "sslmode=verify-full")).isEqualTo("f");
        assertThat(words(house, "sslmode=disable")).isEqualTo("f");
        try (Connection connection =
                        house.connect(
                                Map.of(
                                        "sslmode",
                                        "verify-full",
                                        "sslrootcert",
                                        file("ca.pem") + ""));
                var statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT length(string_agg(n::text, ','))"
                                        + " FROM generate_series(1, 200000) n")) {
            row.next();
            assertThat(row.getInt(1)).isEqualTo(1_288_894);
        }
    }

    @Test
    void case6ALoginIsBoundToTheTlsSession() throws Exception {
        assertThat(words(house, "sslmode=require channel_binding=require")).isEqualTo("f");
        assertThat(words(house, "sslmode=require channel_binding=disable")).isEqualTo("f");
    }

    @Test
    void requiredMeansRequired() throws Exception {
        House strict = before(with("require"));
        try {
            assertThat(words(strict, "sslmode=require")).isEqualTo("t");
            assertThatThrownBy(() -> words(strict, "sslmode=disable"))
                    .hasMessageContaining("SSL required");
        } finally {
            strict.proxy().close();
        }
    }

    /// As RELOAD does, not only for those who look at SHOW CONFIG.
    @Test
    void setPutsTlsInForceOrSaysWhyNot() throws Exception {
        House open = before("admin_users = postgres\nauth_type = scram-sha-256");
        try {
            assertThat(words(open, "sslmode=prefer")).isEqualTo("t"); // of the server's side
            assertThatThrownBy(() -> set(open, "client_tls_sslmode", "require"))
                    .hasMessageContaining("SET failed")
                    .hasMessageContaining("client_tls_cert_file");
            set(open, "client_tls_key_file", file("proxy.key").toString());
            set(open, "client_tls_cert_file", file("proxy.pem").toString());
            set(open, "client_tls_sslmode", "require");
            assertThat(words(open, "sslmode=require")).isEqualTo("t");
            assertThatThrownBy(() -> words(open, "sslmode=disable"))
                    .hasMessageContaining("SSL required");
            assertThatThrownBy(() -> set(open, "client_tls_key_file", "/nowhere"))
                    .hasMessageContaining("client_tls_key_file")
                    .hasMessageContaining("/nowhere");
            assertThat(words(open, "sslmode=require")).isEqualTo("t");
            set(open, "server_tls_sslmode", "disable");
            order(open, "RECONNECT");
            assertThat(words(open, "sslmode=require")).isEqualTo("f");
        } finally {
            open.proxy().close();
        }
    }

    private static void set(House at, String key, String value) throws IOException {
        order(at, "SET " + key + " = '" + value + "'");
    }

    private static void order(House at, String line) throws IOException {
        at.run("psql", "-XAtqc", line, "dbname=pgbouncer sslcert=/nowhere");
    }

    @Test
    void aClientsCertificateIsAskedForAndChecked() throws Exception {
        House strict = before(with("verify-full"));
        try {
            assertThat(words(strict, "sslmode=require " + shown("postgres"))).isEqualTo("t");
            assertThatThrownBy(() -> words(strict, "sslmode=require sslcert=/nowhere"))
                    .isInstanceOf(AssertionError.class);
        } finally {
            strict.proxy().close();
        }
    }

    private String shown(String name) {
        return "sslcert=" + file(name + ".pem") + " sslkey=" + file(name + ".key");
    }

    @Test
    void aCertificateIsALogin() throws Exception {
        Path rules = directory.resolve("hba");
        Path idents = directory.resolve("ident");
        Files.writeString(rules, "hostssl all postgres all cert map=m\nhostssl all all all cert\n");
        Files.writeString(idents, "m anna postgres\nm postgres postgres\n");
        House strict =
                before(
                        with("require")
                                + "auth_type = hba\nauth_hba_file = %s\nauth_ident_file = %s"
                                        .formatted(rules, idents));
        try {
            assertThat(words(strict, "sslmode=require " + shown("anna"))).isEqualTo("t");
            assertThat(words(strict, "sslmode=require " + shown("postgres"))).isEqualTo("t");
            assertThatThrownBy(() -> words(strict, "sslmode=require " + shown("other")))
                    .hasMessageContaining("certificate authentication failed");
            assertThatThrownBy(() -> words(strict, "sslmode=require sslcert=/nowhere"))
                    .hasMessageContaining("certificate authentication failed");
            assertThatThrownBy(() -> words(strict, "sslmode=require user=nobody " + shown("anna")))
                    .hasMessageContaining("certificate authentication failed");
        } finally {
            strict.proxy().close();
        }
    }

    @Test
    void aCertificateOfAnAuthorityThatIsTrustedNoMoreIsNoLogin() throws Exception {
        Certificates others = Certificates.create(directory.resolve("tls-of-others"));
        String settings = with("verify-full") + "auth_type = cert\n";
        House strict = before(settings);
        try (RawClient early = new RawClient(direct(strict, "postgresql", showing("postgres")));
                RawClient late = new RawClient(direct(strict, "postgresql", showing("postgres")))) {
            assertThat(early.send(RawClient.start("postgres")).answer().types()).startsWith("R");
            ((SSLSocket) late.socket()).startHandshake();
            strict.reload(settings + "client_tls_ca_file = " + others.file("ca.pem"));
            assertThat(late.send(RawClient.start("postgres")).read().text())
                    .contains("28000|Mcertificate authentication failed");
        } finally {
            strict.proxy().close();
        }
    }

    private KeyManager[] showing(String name) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(
                name,
                PemFile.privateKey(file(name + ".key"), Optional.empty()),
                new char[0],
                PemFile.certificates(file(name + ".pem")).toArray(new Certificate[0]));
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, new char[0]);
        return keys.getKeyManagers();
    }

    @Test
    void whoIsToEncryptByNowIsNotLetInInPlain() throws Exception {
        House open = before(with("allow") + "auth_type = plain");
        try (RawClient late = new RawClient(open.port())) {
            assertThat(late.send(RawClient.start("postgres")).read().type()).isEqualTo('R');
            open.reload(with("require") + "auth_type = plain");
            late.send(RawClient.message('p', TestServer.PASSWORD + "\0"));
            assertThat(late.read().text()).contains("28P01");
        } finally {
            open.proxy().close();
        }
    }

    @Test
    void whoIsToShowACertificateByNowIsNotLetInWithoutOne() throws Exception {
        String plain = "auth_type = plain\n";
        House open = before(with("require") + plain);
        try (RawClient without = new RawClient(direct(open, "postgresql"));
                RawClient with = new RawClient(direct(open, "postgresql", showing("postgres")))) {
            for (RawClient each : List.of(without, with)) {
                assertThat(each.send(RawClient.start("postgres")).read().type()).isEqualTo('R');
            }
            open.reload(with("verify-full") + plain);
            assertThat(tells(without)).contains("28P01");
            assertThat(tells(with)).doesNotContain("28P01");
        } finally {
            open.proxy().close();
        }
    }

    @Test
    void aCertificateOfAnAuthorityThatIsTrustedNoMoreIsNoneBesideAPassword() throws Exception {
        Certificates others = Certificates.create(directory.resolve("tls-of-strangers"));
        String settings = with("verify-full") + "auth_type = plain\n";
        House strict = before(settings);
        try (RawClient late = new RawClient(direct(strict, "postgresql", showing("postgres")))) {
            assertThat(late.send(RawClient.start("postgres")).read().type()).isEqualTo('R');
            strict.reload(settings + "client_tls_ca_file = " + others.file("ca.pem"));
            assertThat(tells(late)).contains("28P01");
        } finally {
            strict.proxy().close();
        }
    }

    /// The first that it hears after its password.
    private static String tells(RawClient client) throws IOException {
        return client.send(RawClient.message('p', TestServer.PASSWORD + "\0")).read().text();
    }

    @Test
    void case1WhatComesInPlainBehindARequestForTlsIsAnAttack() throws Exception {
        try (RawClient client = new RawClient(house.port())) {
            assertThat(client.send(RawClient.SSL, RawClient.start("postgres")).oneByte())
                    .isEqualTo(-1);
        }
        try (RawClient client = new RawClient(house.port())) {
            assertThat(client.send(RawClient.SSL).oneByte()).isEqualTo('S');
            // An alert of TLS may come before the end.
            assertThat(client.send(RawClient.start("postgres")).oneByte()).isIn(-1, 0x15);
        }
        try (RawClient client = new RawClient(house.port())) {
            assertThat(client.send(RawClient.GSS).oneByte()).isEqualTo('N');
            assertThat(client.send(RawClient.SSL).oneByte()).isEqualTo('S');
        }
    }

    @Test
    void case1NoRequestWithinTls() throws Exception {
        for (byte[] request : List.of(RawClient.SSL, RawClient.GSS)) {
            try (RawClient client = new RawClient(direct("postgresql"))) {
                assertThat(client.send(request).refusal()).contains("within TLS");
            }
        }
    }

    @Test
    void case2TlsFromTheFirstByte() throws Exception {
        try (RawClient client = new RawClient(direct("postgresql"))) {
            assertThat(client.send(RawClient.start("postgres")).read().type()).isEqualTo('R');
        }
        for (String name : new String[] {"", "h2"}) {
            try (RawClient client = new RawClient(direct(name))) {
                assertThat(client.send(RawClient.start("postgres")).rest().messages()).isEmpty();
            }
        }
        try (RawClient client = new RawClient(house.port())) {
            client.send(new byte[] {0x16}, RawClient.start("postgres"));
            assertThat(client.oneByte()).isIn(-1, 0x15);
        }
    }

    /// @param protocol by ALPN; empty for none
    private SSLSocket direct(String protocol) throws Exception {
        return direct(house, protocol);
    }

    private static SSLSocket direct(House house, String protocol, KeyManager... own)
            throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own, new TrustManager[] {new Trusting()}, null);
        SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", house.port());
        if (!protocol.isEmpty()) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {protocol});
            socket.setSSLParameters(parameters);
        }
        return socket;
    }

    private static final class Trusting implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    @Test
    void case8TooManyHearItWithinTls() throws Exception {
        House full = before(with("require") + "max_client_conn = 1");
        try (Connection one = full.connect(Map.of("sslmode", "require"))) {
            assertThat(one.isValid(30)).isTrue();
            assertThatThrownBy(() -> full.connect(Map.of("sslmode", "require")).close())
                    .hasMessageContaining("no more connections allowed (max_client_conn)")
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo("53300");
        } finally {
            full.proxy().close();
        }
    }

    @Test
    void aReloadTakesAnotherCertificateAndDropsNobody() throws Exception {
        House first = before(with("require"));
        try (Connection before = first.connect(Map.of("sslmode", "require"))) {
            String ini = Files.readString(directory.resolve("pgbouncer.ini"));
            Path next = directory.resolve("next.ini");
            Files.writeString(next, ini.replace("proxy.", "other."));
            Configuration other = House.load(next);
            first.proxy().configure(other);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .untilAsserted(() ->
                            assertThatThrownBy(() -> words(first, "sslmode=verify-full"))
                                    .hasMessageContaining("elsewhere.example"));
            assertThat(before.isValid(30)).isTrue();
            assertThat(words(first, "sslmode=verify-ca")).isEqualTo("t");
        } finally {
            first.proxy().close();
        }
    }

    @Test
    void aClientGetsTheCipherThatTheSettingsName() throws Exception {
        House at = before(with("require") + "client_tls13_ciphers = TLS_AES_128_GCM_SHA256");
        try (SSLSocket socket = direct(at, "postgresql")) {
            socket.startHandshake();
            assertThat(socket.getSession().getCipherSuite()).isEqualTo("TLS_AES_128_GCM_SHA256");
        } finally {
            at.proxy().close();
        }
    }

    @Test
    void keysInTheirOldFormsAreRead() throws Exception {
        String sec1 = Files.readString(file("proxy.old.key"));
        String pkcs1 = Files.readString(file("proxy.rsa.key"));
        assertThat(sec1).contains("BEGIN EC PRIVATE KEY");
        assertThat(pkcs1).contains("BEGIN RSA PRIVATE KEY");
        for (String[] pair :
                new String[][] {
                    {"proxy.pem", "proxy.old.key", "ca.pem"},
                    {"proxy.rsa.pem", "proxy.rsa.key", "proxy.rsa.pem"}
                }) {
            House with =
                    before(
                            "client_tls_sslmode = require\nclient_tls_cert_file = %s\n"
                                            .formatted(file(pair[0]))
                                    + "client_tls_key_file = "
                                    + file(pair[1]));
            try {
                String trusted = " sslcert=/nowhere sslrootcert=" + file(pair[2]);
                assertThat(ask(with, "sslmode=verify-full" + trusted)).isEqualTo("t");
            } finally {
                with.proxy().close();
            }
        }
    }

    @Test
    void ciphersAndVersionsAreOpensslsWords() throws Exception {
        House old =
                before(
                        with("require")
                                + "client_tls_protocols = tlsv1.2\n"
                                + "client_tls_ciphers = HIGH:!AES256:!CHACHA20");
        try {
            assertThat(words(old, "sslmode=require ssl_max_protocol_version=TLSv1.2"))
                    .isEqualTo("t");
            assertThatThrownBy(() -> words(old, "sslmode=require ssl_min_protocol_version=TLSv1.3"))
                    .isInstanceOf(AssertionError.class);
        } finally {
            old.proxy().close();
        }
    }

    @Test
    void whatCannotBeUsedIsRefusedByKeyAndFile() throws Exception {
        for (String[] wrong :
                new String[][] {
                    {"client_tls_sslmode = require", "client_tls_cert_file: names no file"},
                    {with("require") + "client_tls_protocols = ssl3", "client_tls_protocols"},
                    {"server_tls_negotiation = direct", "direct needs server_tls_sslmode"},
                    {with("require") + "client_tls_ciphers = HIHG", "client_tls_ciphers"},
                    {
                        with("require") + "client_tls13_ciphers = FOOO",
                        "client_tls13_ciphers: has 'FOOO', which is no suite of TLS 1.3; there are"
                                + " TLS_AES_"
                    },
                    {with("require") + "client_tls_cert_file = /no/where", "cannot read /no/where"},
                    {
                        with("require") + "client_tls_key_file = " + file("ca.pem"),
                        "client_tls_key_file: PEM file"
                    },
                    {
                        with("require") + "client_tls_cert_file = " + file("proxy.key"),
                        "client_tls_cert_file: PEM file"
                    },
                    {
                        with("require") + "client_tls_key_file = " + file("other.key"),
                        "other.key is not the key of the first certificate in "
                    },
                    {
                        "server_tls_cert_file = %s\nserver_tls_key_file = %s"
                                .formatted(file("anna.pem"), file("other.key")),
                        "server_tls_key_file: "
                    },
                    {with("disable") + "auth_type = cert", "auth_type: cert needs"},
                    {
                        "auth_type = hba\nauth_hba_file = " + hba("local all all peer map=nobodys"),
                        "hba.wrong:1: map=nobodys: there is no such map"
                    },
                    {"auth_file = /no/where", "auth_file: cannot read /no/where: there is no"},
                    {"auth_hba_file = /proc", "auth_hba_file: cannot read /proc: Is a directory"},
                    {
                        with("require") + "client_tls_key_file = " + file("proxy.locked.key"),
                        "its key is encrypted in OpenSSL's old form"
                    },
                    {"server_tls_sslmode = verify-full", "server_tls_ca_file: is missing"},
                    {"auth_type = pam", "pam is not supported here"},
                    {"auth_type = hba", "auth_hba_file: is missing"}
                }) {
            assertThatThrownBy(() -> before(wrong[0]).close())
                    .as(wrong[0])
                    .hasMessageContaining(wrong[1]);
        }
    }

    @Test
    void aCertificateThatHasRunOutIsTakenAndTold() throws Exception {
        certificates.issue("late", "IP:127.0.0.1").expire("late");
        Path ini =
                Files.writeString(
                        directory.resolve("late.ini"),
                        "[databases]\n* =\n[pgbouncer]\n"
                                + with("require").replace("proxy.", "late."));
        assertThat(Configuration.load(ini))
                .isInstanceOfSatisfying(
                        Configuration.Loading.Loaded.class,
                        loaded ->
                                assertThat(loaded.warnings())
                                        .singleElement()
                                        .asString()
                                        .startsWith(ini + ":5: client_tls_cert_file: ")
                                        .contains("late.pem: CN=late is valid from "));
    }

    @Test
    void aSuiteOfTls13IsRefusedByItsOwnLine() {
        assertThatThrownBy(() -> before("server_tls13_ciphers = FOOO").close())
                .hasMessageMatching("(?s).*:[1-9][0-9]*: server_tls13_ciphers: has 'FOOO'.*");
    }

    private Path hba(String line) throws IOException {
        return Files.writeString(directory.resolve("hba.wrong"), line);
    }
}
