package io.toomai.cli.command;

import io.toomai.cli.AgentCommand;
import io.toomai.cli.CliException;
import io.toomai.cli.Version;
import io.toomai.cli.WitnessCommand;
import io.toomai.cli.demo.DemoCommand;
import io.toomai.cli.proxy.ProxyCommand;
import io.toomai.settings.text.SettingsException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/// The table of commands, and how one of them is run. Only the wanted command is looked at, because
/// reading the annotations of all of them costs more than the command itself.
public final class Commands {
    private static final Map<String, Function<Context, Object>> ALL = new LinkedHashMap<>();
    private static final List<String> HIDDEN = List.of("train");

    static {
        ALL.put("list", ListCommand::new);
        ALL.put("topology", TopologyCommand::new);
        ALL.put("switchover", SwitchoverCommand::new);
        ALL.put("failover", FailoverCommand::new);
        ALL.put("restart", RestartCommand::new);
        ALL.put("reload", ReloadCommand::new);
        ALL.put("reinit", ReinitCommand::new);
        ALL.put("flush", FlushCommand::new);
        ALL.put("pause", PauseCommand::new);
        ALL.put("resume", ResumeCommand::new);
        ALL.put("demote-cluster", DemoteClusterCommand::new);
        ALL.put("promote-cluster", PromoteClusterCommand::new);
        ALL.put("remove", RemoveCommand::new);
        ALL.put("show-config", ShowConfigCommand::new);
        ALL.put("edit-config", EditConfigCommand::new);
        ALL.put("history", HistoryCommand::new);
        ALL.put("version", VersionCommand::new);
        ALL.put("dsn", DsnCommand::new);
        ALL.put("query", QueryCommand::new);
        ALL.put("agent", AgentCommand::new);
        ALL.put("witness", WitnessCommand::new);
        ALL.put("proxy", ProxyCommand::new);
        ALL.put("store", StoreCommand::new);
        ALL.put("demo", DemoCommand::new);
        ALL.put("completion", CompletionCommand::new);
        ALL.put("train", TrainCommand::new);
    }

    private Commands() {}

    /// Runs what the arguments say.
    ///
    /// @return 0 done, 1 an error that was printed, 2 arguments that make no sense
    public static int run(Context context, List<String> arguments) {
        CommandLine line = line(context, named(arguments));
        try {
            return line.execute(arguments.toArray(new String[0]));
        } finally {
            context.close();
            context.console().out().flush();
        }
    }

    /// The first argument that is a command's name; options before it may have values, so this may
    /// find too much, which then is only slower.
    private static Optional<String> named(List<String> arguments) {
        return arguments.stream().filter(ALL::containsKey).findFirst();
    }

    /// The whole command line, or only that command of it.
    static CommandLine line(Context context, Optional<String> only) {
        CommandLine line = new CommandLine(root(context));
        line.setCommandName(context.program());
        addHelp(line.getCommandSpec());
        ALL.forEach((name, command) -> {
            if (only.isEmpty() || only.get().equals(name)) {
                Object made = command.apply(context);
                CommandLine sub = new CommandLine(made);
                addHelp(sub.getCommandSpec());
                if (made instanceof StoreCommand store) {
                    store.actions()
                            .forEach((action, body) -> {
                                CommandLine below = new CommandLine(body);
                                addHelp(below.getCommandSpec());
                                sub.addSubcommand(action, below);
                            });
                }
                sub.getCommandSpec().usageMessage().hidden(HIDDEN.contains(name));
                line.addSubcommand(name, sub);
            }
        });
        line.setOut(writer(context.console().out()));
        line.setErr(writer(context.console().err()));
        line.setOverwrittenOptionsAllowed(true); // the last one counts
        line.setParameterExceptionHandler(
                (problem, _) -> usage(context, problem.getCommandLine(), message(problem)));
        line.setExecutionExceptionHandler((problem, at, _) -> failure(context, at, problem));
        return line;
    }

    /// The options that stand before a command. Without one there is nothing to do.
    private static CommandSpec root(Context context) {
        Callable<Integer> nothing =
                () -> {
                    throw new UsageException("Missing command.");
                };
        CommandSpec spec = CommandSpec.wrapWithoutInspection(nothing);
        spec.usageMessage().description("Keeps a PostgreSQL cluster up.").sortOptions(false);
        spec.addMixin("connection", CommandSpec.forAnnotatedObject(context.connection));
        spec.addOption(
                OptionSpec.builder("--compat-exit")
                        .arity("0")
                        .type(boolean.class)
                        .description(
                                "Exit 0 when an operation fails on a member, as patronictl does"
                                        + " (environment: TOOMAI_COMPAT_PATRONI=1; settings file:"
                                        + " toomai.compat.patroni: strict)")
                        .setter(compatibleExit(context))
                        .build());
        spec.addOption(
                OptionSpec.builder("-V", "--version")
                        .arity("0")
                        .versionHelp(true)
                        .description("Print the version and exit")
                        .build());
        spec.version(context.program() + " version " + Version.text());
        return spec;
    }

    private static ISetter compatibleExit(Context context) {
        return new ISetter() {
            @Override
            public <T> @Nullable T set(@Nullable T value) {
                if (Boolean.TRUE.equals(value)) {
                    context.use(Context.ExitCodes.AS_PATRONI);
                }
                return value;
            }
        };
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
    }

    private static void addHelp(CommandSpec spec) {
        spec.addOption(
                OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .arity("0")
                        .description("Show this and exit")
                        .build());
    }

    private static String message(ParameterException problem) {
        if (problem instanceof CommandLine.UnmatchedArgumentException unmatched) {
            String first = unmatched.getUnmatched().getFirst();
            if (first.startsWith("-")) {
                return "No such option: " + first;
            }
            return problem.getCommandLine().getParent() == null
                    ? "No such command '" + first + "'."
                    : "Got unexpected extra argument (" + first + ")";
        }
        if (problem instanceof CommandLine.MissingParameterException missing) {
            String names =
                    missing.getMissing().stream()
                            .map(CommandLine.Model.ArgSpec::paramLabel)
                            .findFirst()
                            .orElse("");
            return "Missing argument '" + names + "'.";
        }
        return String.valueOf(problem.getMessage());
    }

    private static int usage(Context context, CommandLine line, String message) {
        String path = line.getCommandSpec().qualifiedName(" ");
        context.console()
                .warn(
                        "Usage: "
                                + path
                                + (line.getParent() == null
                                        ? " [OPTIONS] COMMAND [ARGS]..."
                                        : " [OPTIONS] [ARGS]..."));
        context.console().warn("Try '" + path + " --help' for help.");
        context.console().warn("");
        context.console().warn("Error: " + message);
        return 2;
    }

    private static int failure(Context context, CommandLine at, Exception problem)
            throws Exception {
        return switch (problem) {
            case UsageException wrong -> usage(context, at, String.valueOf(wrong.getMessage()));
            case CliException aborted when aborted.code() == CliException.Code.ABORTED -> {
                context.console().warn("Aborted!");
                yield 1;
            }
            case CliException known -> {
                context.console().warn("Error: " + known.getMessage());
                yield 1;
            }
            case SettingsException broken -> {
                context.console().warn("Error: " + broken.getMessage());
                yield 1;
            }
            default -> throw problem;
        };
    }

    /// Names of all commands that are shown.
    static List<String> names() {
        return ALL.keySet().stream().filter(name -> !HIDDEN.contains(name)).toList();
    }

    static List<String> split(String line) {
        return Arrays.asList(line.split(" ", -1));
    }
}
