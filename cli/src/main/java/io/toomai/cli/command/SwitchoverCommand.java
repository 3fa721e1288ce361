package io.toomai.cli.command;

import io.toomai.cli.command.LeaderChange.Action;
import io.toomai.cli.command.LeaderChange.Asking;
import io.toomai.cli.command.LeaderChange.Wish;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Hands leadership over, planned.
@Command(name = "switchover", description = "Switch over to a replica")
final class SwitchoverCommand implements Callable<Integer> {
    private final Context context;

    @Mixin private final ConnectionOptions connection = new ConnectionOptions();

    @Parameters(arity = "0..1", paramLabel = "CLUSTER_NAME")
    private String name = "";

    @Option(
            names = {"--leader", "--primary"},
            description = "Name of the current leader")
    private @Nullable String leader;

    @Option(names = "--candidate", description = "Name of the candidate")
    private @Nullable String candidate;

    @Option(
            names = "--scheduled",
            description = "Time of the switchover in an unambiguous format, or now")
    private @Nullable String scheduled;

    @Option(names = "--force", description = "Do not ask")
    private boolean force;

    SwitchoverCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        var wish =
                new Wish(
                        Action.SWITCHOVER,
                        name,
                        Optional.ofNullable(leader),
                        Optional.ofNullable(candidate),
                        Optional.ofNullable(scheduled),
                        Asking.of(force));
        return new LeaderChange(context, connection, wish).run();
    }
}
