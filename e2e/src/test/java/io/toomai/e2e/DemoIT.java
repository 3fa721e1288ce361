package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// The demo as a newcomer meets it: in a terminal with keys, by itself, and detached.
class DemoIT {
    private static final int MINUTES = 6;

    private record Ended(int status, String output) {}

    private static Ended run(List<String> command, List<Path> leftovers)
            throws IOException, InterruptedException {
        Path output = Files.createTempFile(Image.run(), "demo", ".out");
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        boolean ended = process.waitFor(MINUTES, TimeUnit.MINUTES);
        if (!ended) {
            process.destroy();
            process.waitFor(1, TimeUnit.MINUTES);
        }
        String text = Files.readString(output, StandardCharsets.UTF_8);
        assertThat(ended).as("the demo ends: %s", text).isTrue();
        leftovers.forEach(folder -> assertThat(processesBelow(folder)).as(text).isEmpty());
        return new Ended(process.exitValue(), text);
    }

    private static List<String> processesBelow(Path folder) {
        return ProcessHandle.allProcesses()
                .map(p -> p.info().commandLine().orElse(""))
                .filter(line -> line.contains(folder.toString() + "/"))
                .toList();
    }

    private static List<String> demo(Path folder, String... more) {
        List<String> command = new ArrayList<>(Image.operatorCommand());
        command.addAll(List.of("demo", "--dir", folder.toString()));
        command.addAll(List.of(more));
        return command;
    }

    private static Path folder(String name) {
        return Image.run().resolve(name);
    }

    @Test
    void oneRoundByItselfProvesThatNothingIsLost() throws Exception {
        Path folder = folder("check");

        Ended ended = run(demo(folder, "--check", "--plain"), List.of(folder));

        assertThat(ended.status()).as(ended.output()).isZero();
        assertThat(ended.output()).contains("check passed");
    }

    @Test
    void keysInATerminalHurtItAndTheScreenTellsForHowLong() throws Exception {
        Path folder = folder("terminal");
        Path script = Image.run().resolve("terminal_demo.py");
        try (var source = DemoIT.class.getResourceAsStream("/terminal_demo.py")) {
            Files.copy(
                    Optional.ofNullable(source).orElseThrow(),
                    script,
                    StandardCopyOption.REPLACE_EXISTING);
        }
        List<String> command = new ArrayList<>(List.of(python(), script.toString(), "90"));
        command.addAll(demo(folder));

        Ended ended = run(command, List.of(folder));

        assertThat(ended.status()).as(ended.output()).isZero();
        assertThat(ended.output())
                .containsPattern("postmaster: new primary pg\\d, .*, 0 acknowledged rows lost")
                .containsPattern("switchover from pg\\d: .*, 0 acknowledged rows lost")
                .containsPattern("everything on pg\\d: new primary .*, 0 acknowledged rows lost")
                .containsPattern("pg\\d frozen: new primary pg\\d, .*, 0 acknowledged rows lost");
    }

    @Test
    void detachedItSaysWhatRunsAndStopEndsIt() throws Exception {
        Path folder = folder("detached");

        Ended started = run(demo(folder, "--detach", "--format", "json"), List.of());

        assertThat(started.status()).as(started.output()).isZero();
        assertThat(started.output())
                .contains("\"superuser\"", "\"postmaster_pid\"", "\"restapi\"", "\"pg3\"");
        theProxiesLeadToThePrimary(folder.resolve("demo.json"));
        psqlGoesOnWhileThePrimaryDies(folder.resolve("demo.json"));
        List<String> stop = new ArrayList<>(Image.operatorCommand());
        stop.addAll(List.of("demo", "stop", "--dir", folder.toString()));
        Ended stopped = run(stop, List.of(folder));
        assertThat(stopped.status()).as(stopped.output()).isZero();
    }

    private static void theProxiesLeadToThePrimary(Path description) throws Exception {
        JsonNode demo = new ObjectMapper().readTree(Files.readString(description));
        for (JsonNode member : demo.get("members")) {
            String url =
                    "jdbc:postgresql://127.0.0.1:%d/postgres?user=postgres&password=%s"
                            .formatted(
                                    member.path("proxy_port").asInt(),
                                    demo.path("superuser").path("password").asString());
            try (Connection connection = DriverManager.getConnection(url);
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT pg_is_in_recovery()")) {
                row.next();
                assertThat(row.getBoolean(1)).isFalse();
            }
        }
    }

    /// One session, by the connection string that the demo shows.
    private static void psqlGoesOnWhileThePrimaryDies(Path description) throws Exception {
        JsonNode demo = new ObjectMapper().readTree(Files.readString(description));
        List<String> hosts = new ArrayList<>();
        List<String> ports = new ArrayList<>();
        for (JsonNode member : demo.get("members")) {
            hosts.add("127.0.0.1");
            ports.add(member.path("proxy_port").asString());
        }
        ProcessBuilder psql =
                new ProcessBuilder(
                        "psql",
                        "-XAtq",
                        "-vON_ERROR_STOP=1",
                        "host=%s port=%s user=postgres dbname=postgres"
                                .formatted(String.join(",", hosts), String.join(",", ports)));
        psql.environment().put("PGPASSWORD", demo.path("superuser").path("password").asString());
        Process session = psql.redirectErrorStream(true).start();
        try (BufferedWriter says = session.outputWriter();
                BufferedReader hears = session.inputReader()) {
            says.write("CREATE TABLE through_psql (n int); SELECT pg_backend_pid();\n");
            says.flush();
            long backend = Long.parseLong(hears.readLine());
            ProcessHandle postmaster =
                    ProcessHandle.of(backend).flatMap(ProcessHandle::parent).orElseThrow();
            postmaster.destroyForcibly();
            postmaster.onExit().get(MINUTES, TimeUnit.MINUTES);
            says.write("INSERT INTO through_psql VALUES (1) RETURNING n;\n");
            says.flush();
            assertThat(hears.readLine()).isEqualTo("1");
        }
        assertThat(session.waitFor(MINUTES, TimeUnit.MINUTES)).isTrue();
        assertThat(session.exitValue()).isZero();
    }

    private static String python() {
        return Optional.ofNullable(System.getenv("TOOMAI_PYTHON")).orElse("python3");
    }
}
