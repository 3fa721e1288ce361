package io.toomai.proxy.net;

import io.netty.channel.EventLoop;
import io.toomai.core.model.MemberName;
import io.toomai.proxy.config.Database;
import io.toomai.proxy.config.ValuesOf;
import io.toomai.proxy.console.Overview.RouteLine;
import io.toomai.proxy.net.Destination.Target;
import io.toomai.proxy.route.Claim;
import io.toomai.proxy.route.Duty;
import io.toomai.proxy.route.Keeping;
import io.toomai.proxy.route.Picture;
import io.toomai.proxy.route.Pictures;
import io.toomai.proxy.route.Place;
import io.toomai.proxy.route.Route;
import io.toomai.proxy.route.RouteRules;
import io.toomai.proxy.route.RoutingTable;
import io.toomai.proxy.route.RoutingTable.Taking;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Leads the pools of one proxy to the members of one cluster, by pictures that somebody brings.
/// What the table knows belongs to the event loop; public methods may be called by any thread and
/// return at once. Made for one proxy; nothing happens before that has started.
public final class Routing implements Directions, Pictures {
    private static final Logger log = LoggerFactory.getLogger(Routing.class);

    private final AtomicReference<@Nullable Picture> latest = new AtomicReference<>();
    private final RoutingTable table;
    private final Map<Route, Integer> ports;
    private final Map<MemberName, Integer> connections = new HashMap<>();

    /// When a connection to a member failed last, where none has succeeded since; monotonic, in
    /// nanoseconds.
    private final Map<MemberName, Long> failures = new HashMap<>();

    /// For so long another member is preferred, in nanoseconds: what a picture says of one that has
    /// fallen silent comes up to a ttl late.
    private static final long DISTRUST = TimeUnit.SECONDS.toNanos(30);

    private Map<String, InetAddress> addresses = Map.of();

    private @Nullable EventLoop loop;
    private Runnable review = () -> {};

    private final Addresses names;

    /// @param ports beside `listen_port`; 0: any free port
    public Routing(RouteRules rules, Map<Route, Integer> ports) {
        this(rules, ports, InetAddress::getByName);
    }

    Routing(RouteRules rules, Map<Route, Integer> ports, Addresses.Lookup lookup) {
        this.table = new RoutingTable(rules);
        this.ports = Map.copyOf(ports);
        this.names = new Addresses(lookup, this::answeredLate);
    }

    @Override
    public Map<Route, Integer> morePorts() {
        return ports;
    }

    @Override
    public synchronized void begin(EventLoop on, Runnable afterwards) {
        loop = on;
        review = afterwards;
        if (latest.get() != null) {
            Thread.startVirtualThread(this::deliver);
        }
    }

    private synchronized @Nullable EventLoop loop() {
        return loop;
    }

    @Override
    public void take(Picture picture) {
        Picture before = latest.getAndAccumulate(picture, Routing::newer);
        if (before == null && loop() != null) {
            Thread.startVirtualThread(this::deliver);
        }
    }

    @Override
    public void takeAgain(Picture picture) {
        if (isInsistedOn(picture)) {
            take(picture);
        }
    }

    private synchronized boolean isInsistedOn(Picture picture) {
        return table.isInsistedOn(picture, System.nanoTime());
    }

    /// Of the same age, the one that came last.
    private static @Nullable Picture newer(@Nullable Picture waiting, @Nullable Picture told) {
        return waiting != null
                        && told != null
                        && told.epoch().after(waiting.epoch()).compareTo(waiting.epoch()) < 0
                ? waiting
                : told;
    }

    /// Host names are looked up here, where that may take its time.
    private void deliver() {
        Picture next = latest.get();
        EventLoop on = loop();
        while (next != null && on != null) {
            names.lookUp(next.places());
            Picture seen = next;
            on.execute(() -> entered(seen));
            next = latest.compareAndSet(next, null) ? null : latest.get();
        }
    }

    /// Of what is known the addresses may be known only now.
    private void answeredLate() {
        EventLoop on = loop();
        if (on != null) {
            on.execute(() -> {
                if (takesAddresses()) {
                    review.run();
                }
            });
        }
    }

    /// An answer may have come since a picture was looked up.
    private synchronized boolean takesAddresses() {
        Map<String, InetAddress> now = names.known();
        boolean differ = !now.equals(addresses);
        addresses = now;
        return differ;
    }

    private void entered(Picture picture) {
        if (isNews(picture)) {
            review.run();
        }
    }

    private synchronized boolean isNews(Picture picture) {
        Optional<MemberName> before = table.picture().primary();
        Taking taking = table.take(picture, System.nanoTime());
        names.judged(picture.places(), table.picture().places());
        boolean isElsewhere = takesAddresses();
        if (taking == Taking.TOO_OLD) {
            log.debug("proxy: a picture of epoch {} came late", picture.epoch());
            return isElsewhere;
        }
        Picture now = table.picture();
        if (!now.primary().equals(before)) {
            log.info(
                    "proxy: writes go to {} epoch={}",
                    now.primary().map(MemberName::value).orElse("nobody, they wait"),
                    now.epoch());
        }
        return taking == Taking.CHANGED || isElsewhere;
    }

    /// An operator's order.
    public void order(MemberName member, Duty duty) {
        change(() -> table.order(member, duty, System.nanoTime()));
    }

    public void rules(RouteRules rules) {
        change(() -> table.rules(rules, System.nanoTime()));
    }

    private void change(Runnable how) {
        EventLoop on = loop();
        if (on == null) {
            locked(how);
        } else {
            on.execute(() -> {
                locked(how);
                review.run();
            });
        }
    }

    private synchronized void locked(Runnable how) {
        how.run();
    }

    @Override
    public boolean assign(MemberName member, Duty duty) {
        if (!knows(member)) {
            return false;
        }
        log.info("proxy: {} is told to be {}", member, duty.word());
        order(member, duty);
        return true;
    }

    private synchronized boolean knows(MemberName member) {
        return table.picture().place(member).isPresent();
    }

    @Override
    public synchronized List<RouteLine> rows() {
        List<RouteLine> rows = new ArrayList<>();
        for (Place place : table.picture().places()) {
            MemberName name = place.name();
            rows.add(
                    new RouteLine(
                            name.value(),
                            place.host(),
                            place.port(),
                            role(name),
                            place.condition().name().toLowerCase(java.util.Locale.ROOT),
                            table.duty(name).word(),
                            place.lag().orElse(-1),
                            connections.getOrDefault(name, 0)));
        }
        return rows;
    }

    private String role(MemberName name) {
        return table.picture().primary().filter(name::equals).isPresent() ? "primary" : "replica";
    }

    @Override
    public synchronized List<Stop> stops(Route route) {
        return table.picture().places().stream()
                .map(place -> new Stop(place, role(place.name()), table.obstacle(route, place)))
                .toList();
    }

    /// Databases whose hosts the file names are led there.
    @Override
    public List<String> hosts(Database database, ValuesOf values) {
        return database.hosts();
    }

    @Override
    public Destination to(Database database, Route route, ValuesOf values) {
        return database.hosts().isEmpty()
                ? led(route)
                : Directions.super.to(database, route, values);
    }

    Destination led(Route route) {
        return new Led(route);
    }

    private synchronized Optional<Target> nextOf(Route route) {
        Optional<Place> place = choose(route, System.nanoTime());
        Optional<Target> target = place.flatMap(this::target);
        target.ifPresent(_ -> connections.merge(place.get().name(), 1, Integer::sum));
        return target;
    }

    /// One that has just failed is taken only where there is no other: it has no connections, so it
    /// would be chosen again and again.
    private Optional<Place> choose(Route route, long now) {
        failures.values().removeIf(at -> now - at >= DISTRUST);
        Optional<Place> place = Optional.empty();
        for (int i = 0; i <= failures.size(); i++) {
            place = table.choose(route, this::load, now);
            if (place.isEmpty() || !failures.containsKey(place.get().name())) {
                return place;
            }
        }
        return place;
    }

    private int load(MemberName name) {
        return connections.getOrDefault(name, 0) + (failures.containsKey(name) ? 1 << 20 : 0);
    }

    private synchronized void distrust(Target target) {
        failures.put(new MemberName(target.name()), System.nanoTime());
    }

    private synchronized void trust(Target target) {
        failures.remove(new MemberName(target.name()));
    }

    private Optional<Target> target(Place place) {
        return Optional.ofNullable(addresses.get(place.host()))
                .map(address ->
                        new Target(
                                new InetSocketAddress(address, place.port()),
                                place.name().value()));
    }

    private synchronized Set<Target> targetsOf(Route route) {
        return table.picture().places().stream()
                .filter(place -> table.obstacle(route, place).isEmpty())
                .flatMap(place -> target(place).stream())
                .collect(Collectors.toSet());
    }

    private synchronized void forget(Target target) {
        connections.computeIfPresent(
                new MemberName(target.name()), (_, count) -> count == 1 ? null : count - 1);
    }

    private synchronized boolean isAllowed(Route route, Claim claim) {
        return table.allows(route, claim);
    }

    private synchronized boolean mayLeadToPrimary(Route route) {
        return table.mayLeadToPrimary(route);
    }

    private synchronized boolean mayBePrimary(Target target) {
        return table.mayBePrimary(new MemberName(target.name()));
    }

    private synchronized Keeping keepingOf(Route route, Target target) {
        return table.keeping(route, new MemberName(target.name()));
    }

    /// The way of one route.
    private final class Led implements Destination {
        private final Route route;

        Led(Route route) {
            this.route = route;
        }

        @Override
        public Optional<Target> next() {
            return nextOf(route);
        }

        @Override
        public void left(Target target) {
            forget(target);
        }

        @Override
        public void failed(Target target) {
            distrust(target);
        }

        @Override
        public void reached(Target target) {
            trust(target);
        }

        @Override
        public boolean allows(Claim claim) {
            return isAllowed(route, claim);
        }

        @Override
        public Object prospects() {
            return targetsOf(route);
        }

        @Override
        public Keeping keeping(Target target) {
            return keepingOf(route, target);
        }

        /// Those that only read go on reading from replicas, where there are any for them.
        @Override
        public boolean waitsForSwitchover() {
            return mayLeadToPrimary(route);
        }

        @Override
        public boolean endsInSwitchover(Target target) {
            return mayBePrimary(target);
        }

        @Override
        public Outage outage() {
            return Outage.IS_WAITED_OUT;
        }
    }
}
