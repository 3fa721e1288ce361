package io.toomai.proxy.net;

import io.toomai.wire.TestServer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/// A server that speaks TLS, certificates for everybody, and proxies before it.
abstract class TlsGround {
    static final String ASK = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

    Path directory;

    TestServer server;

    Certificates certificates;

    @BeforeAll
    void build(@TempDir Path directory) throws Exception {
        this.directory = directory;
        certificates =
                Certificates.create(directory.resolve("tls"))
                        .issue("proxy", "IP:127.0.0.1")
                        .issue("other", "DNS:elsewhere.example")
                        .issue("postgres", "DNS:nobody-uses-this")
                        .issue("anna", "DNS:nobody-uses-that")
                        .old("proxy");
        server =
                TestServer.create(
                        TestServer.binaries().orElseThrow(),
                        directory.resolve("data"),
                        "ssl = on\nssl_cert_file = '%s'\nssl_key_file = '%s'\nssl_ca_file = '%s'\n"
                                .formatted(file("proxy.pem"), file("proxy.key"), file("ca.pem")));
        server.start();
    }

    @AfterAll
    void tearDown() throws Exception {
        server.close();
    }

    Path file(String name) {
        return certificates.file(name);
    }

    String with(String mode) {
        return "client_tls_sslmode = %s\nclient_tls_cert_file = %s\nclient_tls_key_file = %s\n"
                        .formatted(mode, file("proxy.pem"), file("proxy.key"))
                + "client_tls_ca_file = "
                + file("ca.pem")
                + "\n";
    }

    House before(String settings) throws Exception {
        return House.open(server, directory, settings);
    }

    static String ask(House house, String words) throws IOException {
        return house.run("psql", "-XAtqc", ASK, "dbname=postgres " + words);
    }

    String words(House at, String more) throws IOException {
        return ask(at, "sslrootcert=" + file("ca.pem") + " sslcert=/nowhere " + more);
    }
}
