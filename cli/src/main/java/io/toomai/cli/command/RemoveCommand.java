package io.toomai.cli.command;

import io.toomai.agent.StoreVisit;
import io.toomai.agent.store.StoreConnection;
import io.toomai.api.ClusterDocument;
import io.toomai.cli.CliException;
import io.toomai.cli.Console;
import io.toomai.cli.view.ClusterAnswer;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.Initialize;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.model.MemberName;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Expect;
import io.toomai.settings.Settings;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// Forgets a cluster: deletes what the store holds of it. Speaks to the store itself, for usually
/// no member runs any more. PostgreSQL's data stays; keys of members and of the leader hang on
/// leases and end with them.
@Command(name = "remove", description = "Remove the cluster from the store")
final class RemoveCommand implements Callable<Integer> {
    private static final String AWARE = "Yes I am aware";
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /// `/initialize` goes last: as long as it is there nobody founds a new cluster beside what an
    /// interrupted removal has left.
    private static final List<DcsKey> IN_ORDER =
            List.of(
                    DcsKey.FAILOVER,
                    DcsKey.FAILSAFE,
                    DcsKey.SYNC,
                    DcsKey.STATUS,
                    DcsKey.HISTORY,
                    DcsKey.CONFIG,
                    DcsKey.INITIALIZE);

    private final Context context;

    @Mixin private final ConnectionOptions connection = new ConnectionOptions();

    @Parameters(index = "0", paramLabel = "CLUSTER_NAME")
    private String name = "";

    RemoveCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Settings settings = context.settings(connection);
        if (!settings.scope().equals(name)) {
            throw CliException.refused(
                    "the settings file is of cluster " + settings.scope() + ", not of " + name);
        }
        try (StoreConnection store = StoreVisit.begin(settings)) {
            return remove(store.dcs());
        } catch (IOException | DcsException e) {
            throw new CliException(
                    CliException.Code.NO_ANSWER,
                    "the store of cluster "
                            + name
                            + " does not answer ("
                            + e.getMessage()
                            + "); what was not removed is still there, so try again");
        }
    }

    private int remove(Dcs dcs) {
        ClusterView cluster = dcs.read(Dcs.ReadMode.LINEARIZABLE, PATIENCE);
        context.show(
                new ClusterAnswer(identity(cluster), ClusterDocument.of(cluster, name, Map.of())));
        agree(context.console(), name, leader(cluster));
        if (!cluster.members().isEmpty()) {
            context.console()
                    .warn(
                            "Members still run; they write themselves into the store again. Stop"
                                    + " them first if the cluster shall be gone.");
        }
        for (DcsKey key : IN_ORDER) {
            dcs.delete(key, Expect.ANYTHING, PATIENCE);
        }
        return 0;
    }

    private static String identity(ClusterView cluster) {
        return switch (cluster.initialize()) {
            case Initialize.Done(var system) -> system.digits();
            case Initialize.InProgress _ -> "initializing";
            case Initialize.Garbage(var value) -> value;
            case Initialize.Never _ -> "uninitialized";
        };
    }

    private static Optional<String> leader(ClusterView cluster) {
        return cluster.leader() instanceof LeaderKey.HeldBy held
                ? Optional.of(held.leader()).map(MemberName::value)
                : Optional.empty();
    }

    /// Three questions whose answers must be typed out.
    ///
    /// @throws CliException REFUSED at the first that does not fit
    static void agree(Console console, String cluster, Optional<String> leader) {
        require(
                console.ask("Please confirm the cluster name to remove", Optional.empty()),
                cluster,
                "Cluster names specified do not match");
        require(
                console.ask(
                        "You are about to remove all information in DCS for "
                                + cluster
                                + ", please type: \""
                                + AWARE
                                + "\"",
                        Optional.empty()),
                AWARE,
                "You did not exactly type \"" + AWARE + "\"");
        if (leader.isPresent()) {
            require(
                    console.ask(
                            "This cluster currently is healthy. Please specify the leader name to"
                                    + " continue",
                            Optional.empty()),
                    leader.get(),
                    "You did not specify the current leader of the cluster");
        }
    }

    private static void require(String answer, String wanted, String otherwise) {
        if (!answer.equals(wanted)) {
            throw CliException.refused(otherwise);
        }
    }
}
