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

/// Makes a replica the leader, whatever the state of the old one.
@Command(name = "failover", description = "Fail over to a replica")
final class FailoverCommand implements Callable<Integer> {
    private final Context context;

    @Mixin private final ConnectionOptions connection = new ConnectionOptions();

    @Parameters(arity = "0..1", paramLabel = "CLUSTER_NAME")
    private String name = "";

    @Option(names = "--candidate", description = "Name of the candidate")
    private @Nullable String candidate;

    @Option(names = "--force", description = "Do not ask")
    private boolean force;

    FailoverCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        var wish =
                new Wish(
                        Action.FAILOVER,
                        name,
                        Optional.empty(),
                        Optional.ofNullable(candidate),
                        Optional.empty(),
                        Asking.of(force));
        return new LeaderChange(context, connection, wish).run();
    }
}
