package io.toomai.agent.server;

import io.toomai.core.ha.Upstream;
import io.toomai.settings.StandbyCluster;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What a standby cluster follows.
///
/// @param upstream `None` where only an archive is restored from
/// @param settings `standby_cluster`
public record Remote(Upstream upstream, StandbyCluster settings) {
    private static final int DEFAULT_PORT = 5432;

    /// Hosts and ports are lists with commas; one port counts for all hosts, as in libpq.
    public static Remote of(StandbyCluster settings) {
        List<String> ports = split(settings.port().orElse(""));
        List<String> hosts = split(settings.host().orElse(ports.isEmpty() ? "" : "localhost"));
        List<Upstream.Server> servers = new ArrayList<>();
        for (int i = 0; i < hosts.size(); i++) {
            servers.add(
                    new Upstream.Server(
                            hosts.get(i),
                            ports.isEmpty()
                                    ? DEFAULT_PORT
                                    : Integer.parseInt(ports.get(Math.min(i, ports.size() - 1)))));
        }
        Upstream upstream =
                switch (servers.size()) {
                    case 0 -> new Upstream.None();
                    case 1 -> servers.getFirst();
                    default -> new Upstream.FirstPrimaryOf(servers);
                };
        return new Remote(upstream, settings);
    }

    private static List<String> split(String list) {
        return Arrays.stream(list.split(",", -1))
                .map(String::strip)
                .filter(s -> !s.isEmpty())
                .toList();
    }
}
