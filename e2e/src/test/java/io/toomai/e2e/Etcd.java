package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.toomai.core.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;

/// A real etcd of one server on loopback. Closing it kills it.
record Etcd(Process process, int port) implements AutoCloseable {

    /// Which etcd, and where dev/test puts it.
    enum Release {
        V34("TOOMAI_ETCD34_BIN", "/var/cache/toomai-test/etcd34/usr/bin/etcd"),
        V35("TOOMAI_ETCD35_BIN", "/var/cache/toomai-test/etcd35/usr/bin/etcd");

        private final String variable;
        private final String usual;

        Release(String variable, String usual) {
            this.variable = variable;
            this.usual = usual;
        }

        private Path program() {
            Path program = Path.of(Optional.ofNullable(System.getenv(variable)).orElse(usual));
            assumeTrue(
                    Files.isExecutable(program),
                    () -> "no etcd at " + program + " (" + variable + "); dev/test gets it");
            return program;
        }
    }

    /// Skips the test where that etcd is missing.
    ///
    /// @param folder for its data and its log
    static Etcd start(Release release, Path folder) {
        int port = FreePorts.next();
        String client = "http://127.0.0.1:" + port;
        String peer = "http://127.0.0.1:" + FreePorts.next();
        try {
            Process process =
                    new ProcessBuilder(
                                    release.program().toString(),
                                    "--name=e",
                                    "--data-dir=" + folder.resolve("etcd"),
                                    "--listen-client-urls=" + client,
                                    "--advertise-client-urls=" + client,
                                    "--listen-peer-urls=" + peer,
                                    "--initial-advertise-peer-urls=" + peer,
                                    "--initial-cluster=e=" + peer)
                            .redirectErrorStream(true)
                            .redirectOutput(folder.resolve("etcd.log").toFile())
                            .start();
            return new Etcd(process, port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The same plan, with this as the store.
    Plan storeOf(Plan plan) {
        return plan.onStore("etcd3", "127.0.0.1:" + port);
    }

    /// `etcd3://…` as patronictl takes it.
    String url() {
        return "etcd3://127.0.0.1:" + port;
    }

    /// Writes one key without a lease.
    void put(String key, String value) {
        String body = "{\"key\":\"%s\",\"value\":\"%s\"}".formatted(base64(key), base64(value));
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v3/kv/put"))
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .timeout(TestCluster.LONG)
                        .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            Waiting.untilAsserted(
                    "etcd serves",
                    TestCluster.LONG,
                    () ->
                            assertThat(client.send(request, BodyHandlers.discarding()).statusCode())
                                    .isEqualTo(200));
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
