package io.toomai.cli.command;

import io.toomai.cli.CliException;
import io.toomai.cli.command.LeaderChange.Asking;
import io.toomai.cli.data.Yaml;
import io.toomai.cli.rest.Cluster;
import io.toomai.cli.rest.Connector.Groups;
import io.toomai.cli.rest.Http.Request;
import io.toomai.cli.rest.Reply;
import io.toomai.cli.view.ConfigEdit;
import io.toomai.cli.view.UnifiedDiff;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Changes the dynamic configuration: shows the difference, asks, then writes it through a member.
@Command(name = "edit-config", description = "Edit the cluster's configuration")
final class EditConfigCommand implements Callable<Integer> {
    private final Context context;

    @Mixin private final ConnectionOptions connection = new ConnectionOptions();

    @Parameters(arity = "0..1", paramLabel = "CLUSTER_NAME")
    private String name = "";

    @Option(
            names = {"-q", "--quiet"},
            description = "Do not show the difference")
    private boolean quiet;

    @Option(
            names = {"-s", "--set"},
            paramLabel = "KEY=VALUE",
            description = "Set a value; the key is a dotted path, null removes")
    private List<String> settings = List.of();

    @Option(
            names = {"-p", "--pg"},
            paramLabel = "NAME=VALUE",
            description = "Set a PostgreSQL parameter")
    private List<String> parameters = List.of();

    @Option(names = "--apply", paramLabel = "FILE", description = "Merge this YAML; - is stdin")
    private @Nullable String apply;

    @Option(
            names = "--replace",
            paramLabel = "FILE",
            description = "Use this YAML instead; - is stdin")
    private @Nullable String replace;

    @Option(names = "--force", description = "Do not ask")
    private boolean force;

    EditConfigCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Cluster cluster = context.cluster(connection, name, Groups.OWN);
        if (!name.isEmpty()) {
            context.view(cluster, name);
        }
        Json.Obj before = object(cluster.config(), "the answer to /config");
        Json.Obj after = edited(before);
        if (ConfigEdit.equalUnordered(before, after)) {
            if (!quiet) {
                context.console().line("Not changed");
            }
            return 0;
        }
        if (!quiet) {
            UnifiedDiff.of(Yaml.block(before), Yaml.block(after)).forEach(context.console()::line);
        }
        if (Asking.of(force) == Asking.INTERACTIVE) {
            if ("-".equals(apply) || "-".equals(replace)) {
                context.console().line("Use --force option to apply changes");
                return 0;
            }
            if (!context.console().confirm("Apply these changes?")) {
                return 0;
            }
        }
        return write(cluster, before, after);
    }

    private Json.Obj edited(Json.Obj before) {
        boolean given =
                apply != null || replace != null || !settings.isEmpty() || !parameters.isEmpty();
        if (!given) {
            return object(Yaml.parse(TextEditor.edit(context, Yaml.block(before))), "the text");
        }
        Json.Obj after = before;
        if (replace != null) {
            after = object(Yaml.parse(read(replace)), replace);
        }
        if (apply != null) {
            after = ConfigEdit.merge(after, object(Yaml.parse(read(apply)), apply));
        }
        for (String setting : settings) {
            after = set(after, setting, "");
        }
        for (String parameter : parameters) {
            after = set(after, parameter, "postgresql.parameters.");
        }
        return after;
    }

    private static Json.Obj set(Json.Obj config, String text, String below) {
        try {
            var pair = ConfigEdit.assignment(text);
            return ConfigEdit.set(config, below + pair.getKey(), Yaml.parse(pair.getValue()));
        } catch (IllegalArgumentException e) {
            throw CliException.refused(String.valueOf(e.getMessage()));
        }
    }

    private String read(String file) {
        if (file.equals("-")) {
            return context.console().readAll();
        }
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            throw new CliException(CliException.Code.BAD_FILE, "cannot read " + file);
        }
    }

    private static Json.Obj object(Json value, String what) {
        return switch (value) {
            case Json.Obj object -> object;
            case Json.Null _ -> Json.Obj.EMPTY;
            case Json.Arr _, Json.Text _, Json.Num _, Json.Bool _ ->
                    throw CliException.refused(what + " is not a mapping of settings");
        };
    }

    /// A patch says only what changes, so it cannot undo what others changed elsewhere meanwhile;
    /// and what they changed in the same moment is noticed by reading again.
    private int write(Cluster cluster, Json.Obj before, Json.Obj after) {
        if (!ConfigEdit.equalUnordered(before, cluster.config())) {
            throw concurrent();
        }
        Optional<Json.Obj> patch = ConfigEdit.patch(before, after);
        Request request =
                patch.map(json -> Request.of("PATCH", "/config", json))
                        .orElseGet(() -> Request.of("PUT", "/config", after));
        return switch (cluster.ask(request, Cluster.QUICK)) {
            case Reply.Answered answer when answer.ok() -> {
                context.console().line("Configuration changed");
                yield 0;
            }
            case Reply.Answered answer when answer.status() == 409 -> throw concurrent();
            case Reply.Answered(int status, String body) ->
                    throw new CliException(
                            CliException.Code.FAILED,
                            "the configuration was not changed: status code=%d, (%s)"
                                    .formatted(status, body.strip()));
            case Reply.NoAnswer(String reason) ->
                    throw new CliException(CliException.Code.NO_ANSWER, reason);
        };
    }

    private static CliException concurrent() {
        return CliException.refused("Config modification aborted due to concurrent changes");
    }
}
