package io.toomai.cli.command;

import io.toomai.cli.CliException;
import io.toomai.cli.Console;
import io.toomai.cli.rest.Cluster;
import io.toomai.cli.rest.Connector;
import io.toomai.cli.rest.Connector.Groups;
import io.toomai.cli.rest.ViaStore;
import io.toomai.cli.view.ClusterAnswer;
import io.toomai.cli.view.ClusterTable;
import io.toomai.cli.view.ClusterTable.Colour;
import io.toomai.cli.view.ClusterTable.Columns;
import io.toomai.cli.view.Format;
import io.toomai.settings.ToomaiSettings.Compatibility;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What every command of one run shares.
public final class Context {
    private static final DateTimeFormatter MOMENT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSS");

    private static final DateTimeFormatter SECOND =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss");

    private final Console console;
    private final Map<String, String> environment;
    private final String program;
    private final List<Cluster> open = new ArrayList<>();
    private ExitCodes exitCodes;
    final ConnectionOptions connection = new ConnectionOptions();

    /// What a failed operation on a member makes the program's exit code; decision 0005.
    public enum ExitCodes {
        HONEST,
        AS_PATRONI
    }

    public Context(Console console, Map<String, String> environment, String program) {
        this.console = console;
        this.environment = environment;
        this.program = program;
        this.exitCodes =
                environment.getOrDefault("TOOMAI_COMPAT_PATRONI", "").equals("1")
                        ? ExitCodes.AS_PATRONI
                        : ExitCodes.HONEST;
    }

    public Console console() {
        return console;
    }

    public Map<String, String> environment() {
        return environment;
    }

    /// The name the program was called by.
    public String program() {
        return program;
    }

    void use(ExitCodes codes) {
        exitCodes = codes;
    }

    /// Exit code of a command whose operation failed on a member.
    int failed() {
        return switch (exitCodes) {
            case HONEST -> 1;
            case AS_PATRONI -> 0;
        };
    }

    /// @param name of the cluster; empty for the one that the settings name
    /// @param groups of a Citus cluster, when none is named
    Cluster cluster(ConnectionOptions own, String name, Groups groups) {
        return cluster(own.target(connection), name, groups);
    }

    Cluster cluster(Connector.Target target, String name, Groups groups) {
        return opened(new Connector(environment).connect(target, name, groups));
    }

    /// The cluster's keys in the store.
    ViaStore stored(ConnectionOptions own, String name) {
        ViaStore cluster = new Connector(environment).stored(own.target(connection), name);
        opened(cluster);
        return cluster;
    }

    private Cluster opened(Cluster cluster) {
        open.add(cluster);
        if (cluster.compatibility() == Compatibility.STRICT) {
            use(ExitCodes.AS_PATRONI);
        }
        return cluster;
    }

    /// Ends what commands of this run have opened.
    void close() {
        open.forEach(Cluster::close);
        open.clear();
    }

    /// The cluster's members, after checking that it is the one the operator named.
    ClusterAnswer view(Cluster cluster, String name) {
        ClusterAnswer answer = cluster.view();
        if (!name.isEmpty() && !name.equals(answer.scope())) {
            throw CliException.refused(
                    "cluster " + name + " is not here: these members form " + answer.scope());
        }
        return answer;
    }

    void show(ClusterAnswer answer) {
        console.line(ClusterTable.render(answer, Format.PRETTY, Columns.AS_NEEDED, colour()));
    }

    Colour colour() {
        return console.kind() == Console.Kind.TERMINAL
                        && environment.getOrDefault("NO_COLOR", "").isEmpty()
                ? Colour.ANSI
                : Colour.PLAIN;
    }

    /// Local time with five decimals, as it stands before answers.
    static String moment() {
        return LocalDateTime.now(java.time.ZoneId.systemDefault()).format(MOMENT);
    }

    /// Local time to the second, as it stands before what goes on.
    static String second() {
        return LocalDateTime.now(java.time.ZoneId.systemDefault()).format(SECOND);
    }

    /// `['a', 'b']`.
    static String quotedList(List<String> names) {
        return names.stream()
                .map(name -> "'" + name + "'")
                .collect(java.util.stream.Collectors.joining(", ", "[", "]"));
    }

    String ask(String question, String preset) {
        return console.ask(question, Optional.of(preset));
    }
}
