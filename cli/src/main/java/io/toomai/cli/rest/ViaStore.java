package io.toomai.cli.rest;

import io.toomai.agent.StoreVisit;
import io.toomai.agent.store.StoreConnection;
import io.toomai.api.ClusterDocument;
import io.toomai.cli.CliException;
import io.toomai.cli.rest.Http.Request;
import io.toomai.cli.view.ClusterAnswer;
import io.toomai.cli.view.ClusterAnswer.MemberRow;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.Initialize;
import io.toomai.core.cluster.Versioned;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Expect;
import io.toomai.settings.OperatorSettings;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/// One cluster, or all groups of a Citus cluster, as the store knows it: the way to clusters of
/// which no member is known, and to what is left when none runs. Connects when it is first asked.
public final class ViaStore extends Cluster {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /// `/initialize` goes last: as long as it is there nobody founds a new cluster beside what an
    /// interrupted removal has left.
    private static final List<DcsKey> REMOVAL_ORDER =
            List.of(
                    DcsKey.FAILOVER,
                    DcsKey.FAILSAFE,
                    DcsKey.SYNC,
                    DcsKey.STATUS,
                    DcsKey.HISTORY,
                    DcsKey.CONFIG,
                    DcsKey.INITIALIZE);

    private final OperatorSettings settings;
    private final Wanted wanted;
    private final Map<Optional<Integer>, StoreConnection> connections = new HashMap<>();
    private Optional<Path> files = Optional.empty();

    private ViaStore(OperatorSettings settings, Wanted wanted, Access access) {
        super(new Http(access), settings.compatibility());
        this.settings = settings;
        this.wanted = wanted;
    }

    static ViaStore of(OperatorSettings settings, Wanted wanted, Access access) {
        return new ViaStore(settings, wanted, access);
    }

    /// What is looked at.
    record Wanted(String scope, Part part) {}

    /// How much of a cluster.
    sealed interface Part {
        /// Of a cluster that is no Citus cluster.
        record Whole() implements Part {}

        record Group(int number) implements Part {}

        /// Of a Citus cluster.
        record AllGroups() implements Part {}
    }

    @Override
    public ClusterAnswer view() {
        return switch (wanted.part()) {
            case Part.Whole _ -> {
                ClusterView view = read(Optional.empty());
                yield new ClusterAnswer(identity(view), document(view));
            }
            case Part.Group(int number) -> {
                ClusterView view = read(Optional.of(number));
                yield ClusterAnswer.ofGroup(number, identity(view), document(view));
            }
            case Part.AllGroups _ -> allGroups();
        };
    }

    /// Each is read by itself: all at once a store tells only who the members are.
    private ClusterAnswer allGroups() {
        var groups = new TreeMap<Integer, ClusterAnswer.Part>();
        var numbers = new ArrayList<>(at(coordinator(), dcs -> dcs.readGroups(PATIENCE)).keySet());
        if (!numbers.contains(ClusterAnswer.COORDINATOR)) {
            numbers.add(ClusterAnswer.COORDINATOR);
        }
        for (int number : numbers) {
            ClusterView view = read(Optional.of(number));
            groups.put(number, new ClusterAnswer.Part(identity(view), document(view)));
        }
        return ClusterAnswer.ofGroups(groups);
    }

    @Override
    public Json config() {
        return read(coordinator())
                .config()
                .map(Versioned::value)
                .map(Json::parse)
                .orElseThrow(() ->
                        new CliException(
                                CliException.Code.FAILED,
                                "The config key does not exist in the cluster " + wanted.scope()));
    }

    @Override
    public Json history() {
        return ClusterDocument.history(read(coordinator()).history());
    }

    @Override
    public Reply ask(Request request, Duration limit) {
        var reasons = new ArrayList<String>();
        for (MemberRow member : view().groups().getFirst().leaderFirst()) {
            Reply reply = call(member, request, limit);
            switch (reply) {
                case Reply.Answered _ -> {
                    return reply;
                }
                case Reply.NoAnswer(String reason) -> reasons.add(reason);
            }
        }
        return new Reply.NoAnswer(
                "no member of cluster %s answers (%s). Is an agent running?"
                        .formatted(wanted.scope(), String.join("; ", reasons)));
    }

    /// Deletes what the store holds of it, but for keys of members and of the leader, which hang on
    /// leases and end with them.
    public void remove() {
        for (DcsKey key : REMOVAL_ORDER) {
            at(coordinator(), dcs -> dcs.delete(key, Expect.ANYTHING, PATIENCE));
        }
    }

    @Override
    public void close() {
        connections.values().forEach(StoreConnection::close);
        connections.clear();
        files.ifPresent(ViaStore::delete);
        files = Optional.empty();
    }

    /// For keys of this run alone.
    private Path files() throws IOException {
        if (files.isEmpty()) {
            files = Optional.of(Files.createTempDirectory("toomai-operator"));
        }
        return files.get();
    }

    private static void delete(Path folder) {
        try (Stream<Path> content = Files.list(folder)) {
            for (Path file : content.toList()) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException _) {
            // What is left is of no use to anybody: its password is gone.
        }
    }

    /// The group that speaks for the cluster.
    private Optional<Integer> coordinator() {
        return switch (wanted.part()) {
            case Part.Whole _ -> Optional.empty();
            case Part.Group(int number) -> Optional.of(number);
            case Part.AllGroups _ -> Optional.of(ClusterAnswer.COORDINATOR);
        };
    }

    private ClusterView read(Optional<Integer> group) {
        return at(group, dcs -> dcs.read(Dcs.ReadMode.LINEARIZABLE, PATIENCE));
    }

    private <T> T at(Optional<Integer> group, Function<Dcs, T> call) {
        try {
            StoreConnection connection = connections.get(group);
            if (connection == null) {
                connection =
                        StoreVisit.begin(
                                settings.place(wanted.scope(), group, files()).orElseThrow(),
                                settings.log());
                connections.put(group, connection);
            }
            return call.apply(connection.dcs());
        } catch (IOException | DcsException e) {
            throw new CliException(
                    CliException.Code.NO_ANSWER,
                    "the store of cluster "
                            + wanted.scope()
                            + " does not answer ("
                            + e.getMessage()
                            + "). Try again, or look after the store");
        }
    }

    private Json document(ClusterView view) {
        return ClusterDocument.of(view, wanted.scope(), Map.of());
    }

    private static String identity(ClusterView cluster) {
        return switch (cluster.initialize()) {
            case Initialize.Done(var system) -> system.digits();
            case Initialize.InProgress _ -> "initializing";
            case Initialize.Garbage(var value) -> value;
            case Initialize.Never _ -> "uninitialized";
        };
    }
}
