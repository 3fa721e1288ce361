package io.toomai.proxy.net;

import io.toomai.proxy.console.Lookout.Detail;
import io.toomai.proxy.console.Overview.Alike;
import io.toomai.proxy.console.Overview.HostLine;
import io.toomai.proxy.console.Overview.PinLine;
import io.toomai.proxy.console.Overview.SocketLine;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What the wings of a proxy say of themselves: one of them, or all together.
///
/// @param clients in the order in which they came; none unless each connection was asked for
/// @param servers as clients
/// @param alike how many clients are; none unless more than numbers was asked for
/// @param pins as clients; none unless more than numbers was asked for
/// @param serverCount those that are logged in
/// @param hosts that were looked up
/// @param past of pools that are there no more
/// @param contacts by the target's name
record Survey(
        List<PoolView> pools,
        List<SocketLine> clients,
        List<SocketLine> servers,
        Map<Alike, Integer> alike,
        List<PinLine> pins,
        int serverCount,
        List<HostLine> hosts,
        Past past,
        Map<String, Contact> contacts) {

    /// To be called on the wing's loop.
    static Survey of(Wing wing, Detail detail) {
        long now = System.nanoTime();
        boolean withConnections = detail == Detail.CONNECTIONS;
        boolean withMore = detail != Detail.NUMBERS;
        return new Survey(
                wing.pools().all().stream().map(pool -> PoolView.of(pool, now, withMore)).toList(),
                withConnections
                        ? Stream.concat(
                                        wing.clients().all().stream().map(SocketLines::of),
                                        wing.replication().all().stream()
                                                .map(SocketLines::ofClient))
                                .sorted(Comparator.comparingLong(SocketLine::id))
                                .toList()
                        : List.of(),
                withConnections
                        ? Stream.concat(
                                        wing.pools().all().stream()
                                                .flatMap(pool -> pool.connections().stream())
                                                .map(SocketLines::of),
                                        wing.replication().all().stream()
                                                .map(SocketLines::ofServer))
                                .toList()
                        : List.of(),
                withMore ? SocketLines.alike(wing) : Map.of(),
                withMore ? PinLines.of(wing, now) : List.of(),
                wing.pools().all().stream().mapToInt(pool -> pool.connections().size()).sum()
                        + wing.replication().all().size(),
                wing.dialer().hosts(),
                wing.pools().past(),
                Map.copyOf(wing.dialer().contacts()));
    }

    /// All together.
    static Survey of(List<Survey> wings) {
        if (wings.size() == 1) {
            return wings.getFirst();
        }
        List<PoolView> pools = new ArrayList<>();
        List<SocketLine> clients = new ArrayList<>();
        List<SocketLine> servers = new ArrayList<>();
        Map<Alike, Integer> alike = new LinkedHashMap<>();
        List<PinLine> pins = new ArrayList<>();
        int serverCount = 0;
        Map<String, HostLine> hosts = new TreeMap<>();
        Past past = Past.NONE;
        Map<String, Contact> contacts = new TreeMap<>();
        for (Survey wing : wings) {
            pools.addAll(wing.pools());
            clients.addAll(wing.clients());
            servers.addAll(wing.servers());
            wing.alike().forEach((which, count) -> alike.merge(which, count, Integer::sum));
            pins.addAll(wing.pins());
            serverCount += wing.serverCount();
            past = past.plus(wing.past());
            wing.contacts().forEach((name, last) -> contacts.merge(name, last, Contact::later));
            wing.hosts().forEach(host -> hosts.putIfAbsent(host.name(), host));
        }
        clients.sort(Comparator.comparingLong(SocketLine::id));
        pins.sort(PinLines.AS_THEY_CAME);
        return new Survey(
                pools,
                clients,
                servers,
                alike,
                pins,
                serverCount,
                List.copyOf(hosts.values()),
                past,
                contacts);
    }
}
