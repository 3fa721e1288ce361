package io.toomai.e2e;

import io.toomai.e2e.Processes.Signal;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/// One node: its folder, its agent's process, its PostgreSQL. For one thread.
final class TestNode {
    private final String name;
    private final Path folder;
    private final int postgresPort;
    private final Rest rest;
    private Keeper keeper = Keeper.TOOMAI;
    private Optional<Process> agent = Optional.empty();
    private String superuserPassword = "sup";

    TestNode(String name, Path folder, int postgresPort, Rest rest) {
        this.name = name;
        this.folder = folder;
        this.postgresPort = postgresPort;
        this.rest = rest;
    }

    String name() {
        return name;
    }

    Path folder() {
        return folder;
    }

    Path data() {
        return folder.resolve("data");
    }

    Path settings() {
        return folder.resolve("patroni.yml");
    }

    int postgresPort() {
        return postgresPort;
    }

    Rest rest() {
        return rest;
    }

    // ---- the agent

    Keeper keeper() {
        return keeper;
    }

    /// From the next start on the node is looked after by that program. Skips the test where it is
    /// missing.
    TestNode keptBy(Keeper next) {
        next.assumePresent();
        keeper = next;
        return this;
    }

    /// Ends the agent as `systemctl stop` does.
    void stop() {
        signalAgent(Signal.TERM);
        awaitEnd(Duration.ofSeconds(60));
    }

    void start() {
        start(List.of());
    }

    /// Starts it by another program, which must end when the agent does.
    void start(List<String> by) {
        var command = new ArrayList<>(List.of("setsid"));
        command.addAll(by);
        command.addAll(keeper.agent(settings()));
        try {
            var builder =
                    new ProcessBuilder(command)
                            .directory(folder.toFile())
                            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()));
            builder.environment()
                    .keySet()
                    .removeIf(key ->
                            key.startsWith("PG")
                                    || key.startsWith("PATRONI")
                                    || key.startsWith("TOOMAI"));
            agent = Optional.of(builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long agentPid() {
        return agent.orElseThrow().pid();
    }

    boolean agentRuns() {
        return agent.map(Process::isAlive).orElse(false);
    }

    /// Waits for the agent's own end.
    int awaitEnd(Duration limit) {
        Process process = agent.orElseThrow();
        try {
            if (!process.waitFor(Waiting.scaled(limit).toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("the agent of " + name + " goes on:\n" + log());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
        return process.exitValue();
    }

    void signalAgent(Signal signal) {
        Processes.send(signal, List.of(agentPid()));
        if (signal == Signal.KILL) {
            awaitEnd(Duration.ofSeconds(20));
        }
    }

    /// Agent and PostgreSQL, as when the machine stops.
    void killEverything() {
        Processes.killBelow(folder);
    }

    void freeze() {
        Processes.send(Signal.STOP, Processes.below(folder));
    }

    void thaw() {
        Processes.send(Signal.CONT, Processes.below(folder));
    }

    String log() {
        try {
            return Files.exists(logFile()) ? Files.readString(logFile()) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path logFile() {
        return folder.resolve("agent.log");
    }

    void rewriteSettings(String from, String to) {
        try {
            String text = Files.readString(settings());
            if (!text.contains(from)) {
                throw new AssertionError("no '" + from + "' in\n" + text);
            }
            Files.writeString(settings(), text.replace(from, to));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Adds lines to the section `postgresql`.
    void extendPostgresql(String lines) {
        rewriteSettings("postgresql:\n  listen", "postgresql:\n" + lines.indent(2) + "  listen");
    }

    void appendSettings(String lines) {
        try {
            Files.writeString(settings(), lines, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- PostgreSQL

    Optional<Long> postmasterPid() {
        try (var lines = Files.lines(data().resolve("postmaster.pid"))) {
            return lines.findFirst()
                    .map(String::strip)
                    .map(Long::valueOf)
                    .filter(Processes::isAlive);
        } catch (IOException | UncheckedIOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    void killPostmaster() {
        Processes.send(Signal.KILL, List.of(postmasterPid().orElseThrow()));
    }

    /// What the test itself logs in with from now on.
    void logIn(String password) {
        superuserPassword = password;
    }

    /// Seconds for an answer, then the connection counts as broken.
    Connection connect(int patience) throws SQLException {
        return DriverManager.getConnection(
                ("jdbc:postgresql://127.0.0.1:%d/postgres?user=postgres&password=%s"
                                + "&connectTimeout=3&loginTimeout=5&socketTimeout=%d")
                        .formatted(postgresPort, superuserPassword, patience));
    }

    void execute(String sql) throws SQLException {
        try (Connection connection = connect(20);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    String query(String sql) throws SQLException {
        try (Connection connection = connect(20);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return String.valueOf(rows.getString(1));
        }
    }

    /// Waits until it is a running replica.
    void awaitReplica() {
        Waiting.until(
                name + " as a replica", TestCluster.LONG, () -> rest.get("/replica").code() == 200);
    }

    // ---- REST

    JsonNode status() throws IOException {
        return rest.get("/patroni").json();
    }

    @Override
    public String toString() {
        return name;
    }
}
