package io.toomai.proxy.net;

import io.netty.channel.EventLoop;
import io.toomai.core.model.MemberName;
import io.toomai.proxy.config.Database;
import io.toomai.proxy.config.ValuesOf;
import io.toomai.proxy.console.Overview.RouteLine;
import io.toomai.proxy.route.Duty;
import io.toomai.proxy.route.Obstacle;
import io.toomai.proxy.route.Place;
import io.toomai.proxy.route.Route;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Tells each pool its destination. Called on the event loops of all wings: thread safe.
public interface Directions {
    /// The hosts that the file names, whatever the route; where it names none, the socket in the
    /// directory where the proxy has its own.
    Directions BY_HOST =
            (database, values) ->
                    database.hosts().isEmpty()
                            ? values.given("unix_socket_dir").stream().toList()
                            : database.hosts();

    /// Where a database's clients are led to, each an address or the directory of a Unix socket;
    /// none where members of the cluster are chosen.
    List<String> hosts(Database database, ValuesOf values);

    default Destination to(Database database, Route route, ValuesOf values) {
        return new HostList(hosts(database, values), database.port(), database.balance());
    }

    /// Ports beside `listen_port`, which is for writes, and where their clients are led. 0: any
    /// free port.
    default Map<Route, Integer> morePorts() {
        return Map.of();
    }

    /// The members of the cluster; none where the file names the hosts.
    default List<RouteLine> rows() {
        return List.of();
    }

    /// Each member of the cluster as a route sees it; none where the file names the hosts.
    default List<Stop> stops(Route route) {
        return List.of();
    }

    /// @param obstacle why the next connection does not go there
    record Stop(Place place, String role, Optional<Obstacle> obstacle) {}

    /// An operator's order.
    ///
    /// @return whether there is such a member
    default boolean assign(MemberName member, Duty duty) {
        return false;
    }

    /// Told once, before clients come.
    ///
    /// @param loop the first wing's
    /// @param review to be run on the loop whenever other servers are fit than before
    default void begin(EventLoop loop, Runnable review) {}
}
