package io.toomai.agent.citus;

import io.toomai.agent.lease.LeaseGuard;
import io.toomai.agent.loop.DynamicConfig;
import io.toomai.agent.loop.HaLoop;
import io.toomai.api.GroupEvent;
import io.toomai.api.peer.PeerClient;
import io.toomai.core.ha.Lease;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.Secret;
import io.toomai.dcs.Dcs;
import io.toomai.postgres.sql.CitusNodes;
import io.toomai.postgres.sql.SqlAccess;
import io.toomai.settings.CitusSettings;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// This node's part in a Citus cluster; of a cluster that is no group of one, none. What a node
/// does as coordinator or as worker it does only while it leads its group as primary.
public final class CitusGroup implements AutoCloseable {
    private final Optional<NodeKeeper> keeper;
    private final Optional<CoordinatorNotices> notices;
    private final Optional<Neighbours> neighbours;
    private volatile Role role = Role.OTHER;

    private enum Role {
        PRIMARY,
        OTHER
    }

    /// What it stands on.
    ///
    /// @param sql to the local server, any database
    /// @param authorization the header that `restapi.authentication` of the members asks for
    public record Surroundings(
            Dcs dcs,
            LeaseGuard guard,
            DynamicConfig config,
            PeerClient peers,
            SqlAccess sql,
            Supplier<Optional<Secret>> authorization,
            Supplier<MonoTime> clock) {}

    /// Begins the thread that keeps the coordinator's metadata, where this is the coordinator.
    public CitusGroup(MemberName me, Optional<CitusSettings> settings, Surroundings around) {
        this.keeper =
                settings.filter(CitusSettings::isCoordinator)
                        .map(citus ->
                                NodeKeeper.start(
                                        me,
                                        new NodeKeeper.Surroundings(
                                                () -> standing(around),
                                                around.dcs()::readGroups,
                                                () -> around.config().inForce().ha().loopWait(),
                                                around.clock()),
                                        new CitusNodes(around.sql().toDatabase(citus.database()))));
        this.notices =
                settings.filter(citus -> !citus.isCoordinator())
                        .map(citus ->
                                new CoordinatorNotices(
                                        me,
                                        citus.group(),
                                        new CoordinatorNotices.Surroundings(
                                                () -> standing(around),
                                                around.dcs()::readGroups,
                                                () -> patience(around.config()),
                                                around.peers(),
                                                around.authorization())));
        this.neighbours =
                settings.map(_ ->
                        Neighbours.start(
                                me,
                                new Neighbours.Surroundings(
                                        () ->
                                                around.config()
                                                        .local()
                                                        .restapi()
                                                        .allowlistIncludeMembers(),
                                        around.dcs()::readGroups,
                                        () -> around.config().inForce().ha().loopWait())));
    }

    private Standing standing(Surroundings around) {
        boolean leads =
                around.guard().lease() instanceof Lease.Held(var until)
                        && around.clock().get().isBefore(until);
        return leads && role == Role.PRIMARY ? Standing.LEADS : Standing.FOLLOWS;
    }

    private static CoordinatorNotices.Patience patience(DynamicConfig config) {
        var settings = config.inForce().ha();
        return new CoordinatorNotices.Patience(settings.ttl(), settings.retryTimeout());
    }

    /// What another group's leader tells the coordinator's; waits as [NodeKeeper#tell] does.
    public void tell(GroupEvent event) {
        keeper.ifPresent(k -> k.tell(event));
    }

    /// API URLs of the members of all groups, as last seen; returns at once.
    public List<String> neighbours() {
        return neighbours.map(Neighbours::apiUrls).orElse(List.of());
    }

    /// Right before a clean stop, on the thread that stops; waits as
    /// [CoordinatorNotices#beforeStop] does.
    public void beforeStop() {
        notices.ifPresent(CoordinatorNotices::beforeStop);
    }

    /// After each cycle, on the loop's thread; waits for nothing.
    public void saw(HaLoop.Cycle cycle) {
        role = cycle.view().postgres() instanceof LocalPostgres.Primary ? Role.PRIMARY : Role.OTHER;
        notices.ifPresent(n -> n.saw(cycle));
    }

    @Override
    public void close() {
        keeper.ifPresent(NodeKeeper::close);
        notices.ifPresent(CoordinatorNotices::close);
        neighbours.ifPresent(Neighbours::close);
    }
}
