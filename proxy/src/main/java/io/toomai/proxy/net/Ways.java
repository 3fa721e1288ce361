package io.toomai.proxy.net;

import io.toomai.proxy.config.Database;
import io.toomai.proxy.console.Overview.ClientNumbers;
import io.toomai.proxy.console.Overview.Rank;
import io.toomai.proxy.console.Overview.Stand;
import io.toomai.proxy.console.Overview.Standing;
import io.toomai.proxy.console.Overview.StopLine;
import io.toomai.proxy.console.Overview.StopNumbers;
import io.toomai.proxy.console.Overview.WayLine;
import io.toomai.proxy.pool.Statistics.Totals;
import io.toomai.proxy.route.Obstacle;
import io.toomai.proxy.route.Place;
import io.toomai.proxy.route.Route;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The routes as balancers show theirs: who comes by each, and where each leads. Looked at a few
/// times each second, so that it is known since when. Belongs to the first wing's event loop.
final class Ways {
    /// Hosts that a file names and nobody has tried; more are not shown until they are.
    private static final int MOST_UNTRIED = 200;

    private final Premises premises;
    private final Standings standings = new Standings();

    Ways(Premises premises) {
        this.premises = premises;
    }

    /// Notices what has changed.
    void tick(Survey survey, long now) {
        Set<String> keys = new HashSet<>();
        ports(survey)
                .keySet()
                .forEach(route -> {
                    List<StopLine> stops = stops(route, survey, now);
                    standing(route, stops, now);
                    keys.add(route.word());
                    stops.forEach(stop -> keys.add(key(route, stop.name())));
                });
        standings.keep(keys);
    }

    private static String key(Route route, String stop) {
        return route.word() + " " + stop;
    }

    List<WayLine> lines(Survey survey, long now) {
        List<WayLine> lines = new ArrayList<>();
        ports(survey).forEach((route, port) -> lines.add(line(route, port, survey, now)));
        return lines;
    }

    /// Of each route that has a port or a client has come by.
    private Map<Route, Integer> ports(Survey survey) {
        Map<Route, Integer> ports = new EnumMap<>(Route.class);
        survey.pools().forEach(pool -> ports.put(pool.name().route(), 0));
        ports.putAll(premises.directions().morePorts());
        ports.put(Route.WRITE, premises.configuration().settings().values().number("listen_port"));
        return ports;
    }

    private static List<PoolView> pools(Route route, Survey survey) {
        return survey.pools().stream().filter(pool -> pool.name().route() == route).toList();
    }

    private WayLine line(Route route, int port, Survey survey, long now) {
        int clients = 0;
        int waiting = 0;
        long longest = 0;
        Totals total = survey.past().ofRoutes().getOrDefault(route, Totals.NONE);
        for (PoolView pool : pools(route, survey)) {
            clients += pool.clients().all();
            waiting += pool.clients().waiting();
            longest = Math.max(longest, pool.clients().longestWait());
            total = total.plus(pool.totals());
        }
        List<StopLine> stops = stops(route, survey, now);
        return new WayLine(
                route.word(),
                port,
                premises.configuration().settings().values().number("max_client_conn"),
                new ClientNumbers(Math.max(0, clients - waiting), waiting, 0, 0),
                TimeUnit.NANOSECONDS.toMicros(longest),
                total,
                standing(route, stops, now),
                stops);
    }

    private Standing standing(Route route, List<StopLine> stops, long now) {
        boolean leads =
                stops.stream()
                        .map(stop -> stop.standing().stand())
                        .anyMatch(stand -> stand == Stand.UP || stand == Stand.UNTRIED);
        return standings.tell(route.word(), leads ? Stand.UP : Stand.DOWN, now);
    }

    // ---- stops

    private List<StopLine> stops(Route route, Survey survey, long now) {
        Map<String, StopNumbers> connections = connections(route, survey);
        List<StopLine> stops = new ArrayList<>();
        Set<String> named = new HashSet<>();
        for (Directions.Stop stop : premises.directions().stops(route)) {
            String name = stop.place().name().value();
            named.add(name);
            stops.add(
                    member(
                            stop,
                            connections.getOrDefault(name, new StopNumbers(0, 0)),
                            standings.tell(key(route, name), stand(stop.obstacle()), now)));
        }
        hosts(route, connections)
                .forEach((name, numbers) -> {
                    if (named.add(name)) {
                        Stand stand = stand(numbers, survey.contacts().get(name));
                        stops.add(
                                host(name, numbers, standings.tell(key(route, name), stand, now)));
                    }
                });
        return stops;
    }

    private static StopLine member(
            Directions.Stop stop, StopNumbers connections, Standing standing) {
        Place place = stop.place();
        return new StopLine(
                place.name().value(),
                place.host(),
                place.port(),
                stop.role(),
                place.isBackup() ? Rank.BACKUP : Rank.ACTIVE,
                place.weight(),
                place.lag().orElse(-1),
                stop.obstacle().map(Obstacle::sentence).orElse(""),
                connections,
                standing);
    }

    private static Stand stand(Optional<Obstacle> obstacle) {
        if (obstacle.isEmpty()) {
            return Stand.UP;
        }
        return switch (obstacle.get()) {
            case MAINTENANCE -> Stand.MAINTENANCE;
            case DRAIN -> Stand.DRAIN;
            case AWAY -> Stand.DOWN;
            case NOT_PRIMARY,
                    IS_PRIMARY,
                    NO_WEIGHT,
                    NO_LOAD_BALANCE,
                    OTHER_TAGS,
                    LAG_UNKNOWN,
                    LAG,
                    OLD_TIMELINE,
                    IS_BACKUP ->
                    Stand.PASSED_BY;
        };
    }

    private static Stand stand(StopNumbers connections, @Nullable Contact last) {
        if (connections.open() > 0) {
            return Stand.UP;
        }
        return last != null && last.outcome() == Contact.Outcome.FAILED
                ? Stand.DOWN
                : Stand.UNTRIED;
    }

    private static String why(Stand stand) {
        return switch (stand) {
            case UP -> "";
            case DOWN -> "the last attempt to reach it has failed";
            case UNTRIED, MAINTENANCE, DRAIN, PASSED_BY -> "no client has needed it";
        };
    }

    /// @param name such as `10.0.0.1:5432`
    private static StopLine host(String name, StopNumbers connections, Standing standing) {
        int colon = name.lastIndexOf(':');
        return new StopLine(
                name,
                name.substring(0, colon),
                Integer.parseInt(name.substring(colon + 1)),
                "",
                Rank.ACTIVE,
                100,
                -1,
                why(standing.stand()),
                connections,
                standing);
    }

    /// Those that the file names, and those beyond that are connected to.
    private Map<String, StopNumbers> hosts(Route route, Map<String, StopNumbers> connections) {
        Map<String, StopNumbers> hosts = new LinkedHashMap<>();
        for (Database database : premises.configuration().settings().databases().values()) {
            if (database.route().orElse(Route.WRITE) == route && hosts.size() < MOST_UNTRIED) {
                premises.directions()
                        .hosts(database, premises.configuration().settings().values())
                        .forEach(host ->
                                hosts.put(host + ":" + database.port(), new StopNumbers(0, 0)));
            }
        }
        connections.forEach((name, numbers) -> {
            if (name.matches(".+:\\d{1,5}")) { // else it is a member's
                hosts.put(name, numbers);
            }
        });
        return hosts;
    }

    private static Map<String, StopNumbers> connections(Route route, Survey survey) {
        Map<String, StopNumbers> connections = new LinkedHashMap<>();
        for (PoolView pool : pools(route, survey)) {
            pool.targets()
                    .forEach((name, numbers) -> connections.merge(name, numbers, PoolView::both));
        }
        return connections;
    }
}
