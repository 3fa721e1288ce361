package io.toomai.cli.command;

import io.toomai.cli.CliException;
import io.toomai.cli.view.Format;
import io.toomai.cli.view.TextTable.Align;
import io.toomai.cli.view.TextTable.Column;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.embedded.StoreControl;
import io.toomai.settings.ConfigReport;
import io.toomai.settings.SettingsFile;
import io.toomai.settings.StoreNode;
import io.toomai.settings.json.Json;
import io.toomai.settings.text.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The embedded store: who is in it, and the ways out when members are lost. Each command asks the
/// agent or witness that runs on this machine, through a socket that only its user and root reach.
@Command(name = "store", description = "Look after the embedded store, on a machine that runs it")
final class StoreCommand implements Callable<Integer> {
    private final Map<String, Object> actions = new LinkedHashMap<>();

    StoreCommand(Context context) {
        actions.put("status", new Status(context));
        actions.put("remove", new Remove(context));
        actions.put("found", new Found(context));
        actions.put("backup", new Backup(context));
        actions.put("restore", new Restore(context));
    }

    Map<String, Object> actions() {
        return actions;
    }

    @Override
    public Integer call() {
        throw new UsageException("Missing command: one of " + String.join(", ", actions.keySet()));
    }

    /// What all of them share: whose store is meant.
    private abstract static class Action implements Callable<Integer> {
        final Context context;

        @Mixin private final ConnectionOptions connection = new ConnectionOptions();

        Action(Context context) {
            this.context = context;
        }

        StoreNode node(@Nullable Path given) {
            Path file =
                    Optional.ofNullable(given)
                            .or(() -> connection.target(context.connection).config())
                            .or(() ->
                                    Optional.ofNullable(
                                                    context.environment()
                                                            .get("PATRONICTL_CONFIG_FILE"))
                                            .map(Path::of))
                            .orElseThrow(() ->
                                    CliException.refused(
                                            "which node? Name the settings file of this machine's agent or witness"));
            return switch (SettingsFile.loadStoreNode(file, context.environment())) {
                case StoreNode.Loading.Loaded(var node, _) -> node;
                case StoreNode.Loading.Refused(var why) ->
                        throw new CliException(
                                CliException.Code.BAD_FILE, ConfigReport.render(why).strip());
            };
        }

        static Json.Obj ask(StoreNode node, Json.Obj request) {
            try {
                return StoreControl.ask(node.store().dataDir(), request);
            } catch (DcsException e) {
                throw new CliException(
                        e.code() == DcsException.Code.DCS_DENIED
                                ? CliException.Code.REFUSED
                                : CliException.Code.NO_ANSWER,
                        e.getMessage());
            }
        }

        static Json.Obj command(String name) {
            return Json.Obj.EMPTY.with("do", name);
        }

        int report(Json.Obj answer) {
            context.console().line(answer.textAt("done"));
            return 0;
        }

        static String clusterPath(StoreNode node) {
            return node.clusterPath()
                    .orElseThrow(() ->
                            CliException.refused(
                                    "whose keys? The settings file has no scope; use the one of an agent"));
        }
    }

    @Command(name = "status", description = "Show the members of the store and who leads it")
    private static final class Status extends Action {
        private static final List<Column> COLUMNS =
                List.of(
                        new Column("Id", Align.RIGHT),
                        new Column("Role", Align.LEFT),
                        new Column("Host", Align.LEFT),
                        new Column("State", Align.LEFT),
                        new Column("Follows", Align.RIGHT));

        @Parameters(arity = "0..1", paramLabel = "SETTINGS", description = "patroni.yml")
        private @Nullable Path file;

        @Option(
                names = {"-f", "--format"},
                paramLabel = "pretty|tsv|json|yaml|yml",
                converter = FormatConverter.class,
                description = "Output format")
        private Format format = Format.PRETTY;

        Status(Context context) {
            super(context);
        }

        @Override
        public Integer call() {
            Json.Obj status = ask(node(file), command("status"));
            switch (format) {
                case JSON -> context.console().line(status.spaced());
                case PRETTY, TOPOLOGY, TSV, YAML -> {
                    context.console().line(format.rows(COLUMNS, rows(status)));
                    if (format == Format.PRETTY) {
                        explain(status);
                    }
                }
            }
            return 0;
        }

        private static List<List<Json>> rows(Json.Obj status) {
            return status.at("members").items().stream()
                    .map(member ->
                            List.of(
                                    member.at("id"),
                                    member.at("role"),
                                    Json.of(
                                            member.textAt("host")
                                                    + ":"
                                                    + member.textAt("peer_port")
                                                    + ":"
                                                    + member.textAt("election_port")),
                                    member.at("state"),
                                    member.at("leader")))
                    .toList();
        }

        private void explain(Json.Obj status) {
            boolean majority = status.at("majority").equals(new Json.Bool(true));
            context.console()
                    .line(
                            " Member %s runs here: %s. %s"
                                    .formatted(
                                            status.textAt("id"),
                                            status.textAt("state"),
                                            majority
                                                    ? "The store has a majority."
                                                    : "The store has no majority: start the voters that are down. If they are lost for good: toomai store found --alone"));
            status.at("differences")
                    .items()
                    .forEach(difference -> context.console().line(" Note: " + difference.scalar()));
        }
    }

    @Command(name = "remove", description = "Remove a lost member from the store")
    private static final class Remove extends Action {
        @Parameters(index = "0", paramLabel = "ID", description = "Number of the lost member")
        private String id = "";

        @Parameters(index = "1", arity = "0..1", paramLabel = "SETTINGS")
        private @Nullable Path file;

        @Option(names = "--force", description = "Do not ask for confirmation")
        private boolean force;

        Remove(Context context) {
            super(context);
        }

        @Override
        public Integer call() {
            StoreNode node = node(file);
            if (!force
                    && !context.console()
                            .confirm("Remove member %s of the store for good?".formatted(id))) {
                throw new CliException(CliException.Code.ABORTED, "Aborted!");
            }
            return report(ask(node, command("remove").with("id", id)));
        }
    }

    @Command(
            name = "found",
            description = "Make this machine's member the only voter, when the majority is lost")
    private static final class Found extends Action {
        @Parameters(arity = "0..1", paramLabel = "SETTINGS")
        private @Nullable Path file;

        @Option(names = "--alone", required = true, description = "Leave all other voters behind")
        private boolean alone;

        @Option(
                names = "--force",
                description = "Do not ask, and do it beside voters that can be reached")
        private boolean force;

        Found(Context context) {
            super(context);
        }

        @Override
        public Integer call() {
            StoreNode node = node(file);
            if (!force
                    && !context.console()
                            .confirm(
                                    "All other voters are lost for good, and what only they had confirmed last may be lost. Go on?")) {
                throw new CliException(CliException.Code.ABORTED, "Aborted!");
            }
            return report(
                    ask(node, command("found-alone").with("force", new Json.Bool(force && alone))));
        }
    }

    @Command(name = "backup", description = "Write the cluster's keys to a file")
    private static final class Backup extends Action {
        @Parameters(index = "0", paramLabel = "FILE", description = "JSON file to write")
        private @Nullable Path target;

        @Parameters(index = "1", arity = "0..1", paramLabel = "SETTINGS")
        private @Nullable Path file;

        Backup(Context context) {
            super(context);
        }

        @Override
        public Integer call() {
            StoreNode node = node(file);
            Json.Obj backup = ask(node, command("backup").with("path", clusterPath(node)));
            Path to = java.util.Objects.requireNonNull(target).toAbsolutePath();
            try {
                write(to, backup.with("format", Json.of(1)).spaced() + "\n");
            } catch (IOException e) {
                throw new CliException(
                        CliException.Code.BAD_FILE, "cannot write " + e.getMessage());
            }
            context.console().line("wrote the keys of %s to %s".formatted(clusterPath(node), to));
            return 0;
        }

        /// The configuration may hold passwords: nobody else may read it, at no moment.
        private static void write(Path to, String text) throws IOException {
            Path fresh = to.resolveSibling(to.getFileName() + ".new");
            Files.deleteIfExists(fresh);
            Files.createFile(
                    fresh,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            Files.writeString(fresh, text);
            Files.move(
                    fresh, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    @Command(name = "restore", description = "Create the keys of a backup that are missing")
    private static final class Restore extends Action {
        @Parameters(index = "0", paramLabel = "FILE", description = "What backup wrote")
        private @Nullable Path source;

        @Parameters(index = "1", arity = "0..1", paramLabel = "SETTINGS")
        private @Nullable Path file;

        Restore(Context context) {
            super(context);
        }

        @Override
        public Integer call() {
            StoreNode node = node(file);
            Path from = java.util.Objects.requireNonNull(source);
            try {
                Json keys = Json.parse(Files.readString(from)).at("keys");
                return report(
                        ask(
                                node,
                                command("restore")
                                        .with("path", clusterPath(node))
                                        .with("keys", keys)));
            } catch (IOException | SettingsException e) {
                throw new CliException(
                        CliException.Code.BAD_FILE,
                        "cannot read %s: %s".formatted(from, e.getMessage()));
            }
        }
    }
}
