package io.toomai.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.ha.LocalPostgres.Primary;
import io.toomai.core.ha.LocalPostgres.Standby;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.postgres.config.Recovery;
import io.toomai.postgres.config.ServerConfiguration;
import io.toomai.postgres.create.CloneMethod;
import io.toomai.postgres.create.Cloning;
import io.toomai.postgres.create.PgBasebackup;
import io.toomai.postgres.create.Rewinding;
import io.toomai.postgres.install.Launch;
import io.toomai.postgres.install.PostgresInstall;
import io.toomai.postgres.os.ProcessTable;
import io.toomai.postgres.server.Postmaster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A server that knows its standbys by their certificates alone, whose keys are encrypted: the
/// password of the key reaches pg_basebackup and pg_rewind, and nobody who lists processes.
class KeyPasswordIT {
    private static final String PASSWORD = "key: 'pass' #=\\";

    static List<TestHost> hosts() {
        return TestHost.all();
    }

    @ParameterizedTest
    @MethodSource("hosts")
    void nobodyWhoListsProcessesSeesIt(TestHost host) throws IOException {
        try (TestNode primary = new TestNode(host, "primary");
                TestNode standby = new TestNode(host, "standby")) {
            SystemIdentifier system = primary.bootstrap();
            primary.files.apply(byCertificate(primary));
            primary.start();
            primary.await(Primary.class::isInstance);
            SortedMap<String, String> options = clientKey(primary, standby);
            Path listed = standby.directory.resolve("words");
            PostgresInstall install = listing(host.install(), listed);

            ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();
            new Cloning(standby.data, new PgBasebackup(standby.layout, install))
                    .run(
                            new CloneMethod.Source(
                                    primary.endpoint(),
                                    new Login("rep", Optional.empty(), options),
                                    Optional.empty(),
                                    List.of("--write-recovery-conf"),
                                    TestNode.PATIENCE),
                            system,
                            (done, total) -> seen.addAll(processes()));
            assertThat(seen).anyMatch(words -> words.contains("service=toomai"));
            assertThat(seen).noneMatch(KeyPasswordIT::shows);

            // What pg_basebackup wrote for itself names the service; the agent's own wins.
            standby.follow(primary);
            standby.start();
            standby.await(Standby.class::isInstance);
            standby.postmaster.stop(
                    Postmaster.StopMode.FAST, TestNode.PATIENCE, Postmaster.Escalation.NONE);
            assertThat(
                            new Rewinding(standby.layout, install, standby.data)
                                    .run(
                                            new Rewinding.Source(
                                                    primary.endpoint(),
                                                    new Login(
                                                            "rewind_user",
                                                            Optional.empty(),
                                                            options),
                                                    "postgres"),
                                            Rewinding.MissingWal.FAIL,
                                            TestNode.PATIENCE))
                    .isEqualTo(new Rewinding.Result.NotNeeded());
            assertThat(Files.readString(listed))
                    .contains("--source-server=", "--dbname=", "service=toomai")
                    .doesNotContain("pass' #", "sslpassword");
            try (var left = Files.list(standby.directory)) {
                assertThat(left.map(file -> file.getFileName().toString()))
                        .doesNotContain("pgpass.service", "pgpass.tool");
            }
        }
    }

    private static List<String> processes() {
        List<String> all = new ArrayList<>();
        ProcessTable.all()
                .forEach(process -> all.add(String.join(" ", ProcessTable.words(process.pid()))));
        return all;
    }

    private static boolean shows(String words) {
        return words.contains("pass' #") || words.contains("sslpassword");
    }

    /// The same programs, whose words are written to a file each time.
    private static PostgresInstall listing(PostgresInstall install, Path file) {
        List<String> prefix = new ArrayList<>(install.launch().prefix());
        String inside = install.launch().inside(file);
        prefix.addAll(
                List.of("sh", "-c", "printf '%s\\n' \"$@\" >> " + inside + "; exec \"$@\"", "sh"));
        return new PostgresInstall(
                install.major(),
                install.version(),
                install.binDir(),
                install.tools(),
                new Launch(prefix, install.launch().root()));
    }

    private static ServerConfiguration byCertificate(TestNode node) throws IOException {
        for (String name : List.of("server", "client")) {
            openSsl(
                    node,
                    "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=NAME -keyout NAME.key"
                            .replace("NAME", name)
                            .split(" "),
                    "-out",
                    name + ".crt");
        }
        SortedMap<String, String> parameters =
                new TreeMap<>(node.configuration(new Recovery.None()).parameters());
        Launch launch = node.host.install().launch();
        parameters.put("ssl", "on");
        parameters.put("ssl_cert_file", launch.inside(node.directory.resolve("server.crt")));
        parameters.put("ssl_key_file", launch.inside(node.directory.resolve("server.key")));
        parameters.put("ssl_ca_file", launch.inside(node.directory.resolve("client.crt")));
        return new ServerConfiguration(
                parameters,
                List.of(
                        "hostssl all rep,rewind_user 127.0.0.1/32 cert map=nodes",
                        "hostssl replication rep 127.0.0.1/32 cert map=nodes",
                        "host all postgres 127.0.0.1/32 scram-sha-256"),
                List.of("nodes client rep", "nodes client rewind_user"),
                Optional.empty(),
                new Recovery.None());
    }

    /// The client's key of the primary's folder, encrypted, in the standby's folder.
    private static SortedMap<String, String> clientKey(TestNode primary, TestNode standby)
            throws IOException {
        Path key = standby.directory.resolve("client.key");
        Path certificate = standby.directory.resolve("client.crt");
        Files.writeString(primary.directory.resolve("password"), PASSWORD + "\n");
        openSsl(
                primary,
                "pkcs8 -topk8 -v2 aes256 -in client.key -passout file:password -out".split(" "),
                key.toString());
        Files.copy(primary.directory.resolve("client.crt"), certificate);
        give(standby, key);
        give(standby, certificate);
        Launch launch = standby.host.install().launch();
        return new TreeMap<>(
                Map.of(
                        "sslmode",
                        "require",
                        "sslcert",
                        launch.inside(certificate),
                        "sslkey",
                        launch.inside(key),
                        "sslpassword",
                        PASSWORD));
    }

    private static void openSsl(TestNode node, String[] words, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(words));
        command.addAll(List.of(more));
        Process process =
                new ProcessBuilder(command)
                        .directory(node.directory.toFile())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.onExit().join().exitValue()).as(said).isZero();
        try (var files = Files.list(node.directory)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".key")).toList()) {
                give(node, file);
            }
        }
    }

    /// PostgreSQL wants its keys to be its own and nobody else's.
    private static void give(TestNode node, Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        node.host.giveToPostgres(file);
    }
}
