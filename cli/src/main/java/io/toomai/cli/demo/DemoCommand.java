package io.toomai.cli.demo;

import io.toomai.cli.command.Context;
import io.toomai.cli.demo.DemoPlan.Replication;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Starts or stops a demo.
@Command(
        name = "demo",
        description = "Run a whole cluster on this machine, to look at and to break",
        sortOptions = false)
public final class DemoCommand implements Callable<Integer> {
    private static final int MOST_NODES = 7;

    private final Context context;

    @Parameters(arity = "0..1", paramLabel = "[stop]", description = "stop: end the demo in --dir")
    private String action = "";

    @Option(names = "--dir", paramLabel = "DIR", description = "Folder; a temporary one by default")
    private @Nullable Path folder;

    @Option(names = "--nodes", paramLabel = "N", description = "1 to 7 nodes; 3 by default")
    private int nodes = 3;

    @Option(
            names = "--base-port",
            paramLabel = "PORT",
            description = "Five ports per node from here")
    private @Nullable Integer basePort;

    @Option(names = "--pg-bin", paramLabel = "DIR", description = "Folder of PostgreSQL's programs")
    private @Nullable Path programs;

    @Option(names = "--async", description = "Commits do not wait for a replica")
    private boolean asynchronous;

    @Option(names = "--plain", description = "Lines instead of the live view")
    private boolean plain;

    @Option(names = "--detach", description = "Return when the cluster is whole; it runs on")
    private boolean detach;

    @Option(
            names = "--format",
            paramLabel = "json",
            description = "Print one JSON object when the cluster is whole, and nothing else")
    private @Nullable String format;

    @Option(names = "--keep", description = "Keep the temporary folder")
    private boolean keep;

    @Option(names = "--check", description = "Kill the primary, prove that nothing is lost, stop")
    private boolean check;

    public DemoCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        if (action.equals("stop")) {
            return DemoStop.run(context, Optional.ofNullable(folder));
        }
        String wrong = wrong();
        if (!wrong.isEmpty()) {
            context.console().warn("Error: " + wrong);
            return 2;
        }
        var wish =
                new DemoRun.Wish(
                        Optional.ofNullable(folder),
                        nodes,
                        basePort == null ? OptionalInt.empty() : OptionalInt.of(basePort),
                        Optional.ofNullable(programs),
                        asynchronous ? Replication.ASYNCHRONOUS : Replication.SYNCHRONOUS,
                        mode(),
                        format == null ? DemoRun.Output.TEXT : DemoRun.Output.JSON,
                        keep ? DemoRun.Leftover.KEEP : DemoRun.Leftover.REMOVE);
        try {
            return new DemoRun(context, wish).run();
        } catch (DemoException e) {
            context.console().warn("Error: " + e.getMessage());
            return 1;
        }
    }

    private String wrong() {
        if (!action.isEmpty()) {
            return "'" + action + "' is not 'stop', the only word that demo takes";
        }
        if (nodes < 1 || nodes > MOST_NODES) {
            return "--nodes takes 1 to " + MOST_NODES;
        }
        return format == null || format.equals("json") ? "" : "--format takes json";
    }

    private DemoRun.Mode mode() {
        if (check) {
            return DemoRun.Mode.CHECK;
        }
        if (detach) {
            return DemoRun.Mode.DETACH;
        }
        return plain || format != null ? DemoRun.Mode.LINES : DemoRun.Mode.LIVE;
    }
}
