package io.toomai.cli.demo;

import io.toomai.core.model.Secret;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/// Everything that is decided before the demo starts: folders, ports, passwords, programs.
///
/// @param folder holds one folder per node and `demo.json`
/// @param programs PostgreSQL's programs
public record DemoPlan(
        Path folder,
        List<NodePlan> nodes,
        Passwords passwords,
        Programs programs,
        Replication replication) {
    public static final String SCOPE = "demo";
    public static final String SUPERUSER = "postgres";
    public static final String HOST = "127.0.0.1";

    public DemoPlan {
        nodes = List.copyOf(nodes);
    }

    /// Whether a commit waits for a replica.
    public enum Replication {
        SYNCHRONOUS,
        ASYNCHRONOUS
    }

    /// PostgreSQL's programs and what they can do.
    ///
    /// @param version as `postgres --version` names it, for people
    public record Programs(Path folder, String version, Rejoin rejoin) {}

    /// How a former primary comes back.
    public enum Rejoin {
        REWIND,
        /// `pg_rewind` is missing: by a fresh copy.
        CLONE
    }

    /// Made anew for each demo.
    public record Passwords(Secret superuser, Secret replication, Secret rewind, Secret store) {}

    /// One node: an agent with its PostgreSQL and, as far as the count is odd, a voter.
    ///
    /// @param id 1, 2, 3 …
    public record NodePlan(int id, Path folder, Ports ports) {
        public String name() {
            return "pg" + id;
        }

        public Path config() {
            return folder.resolve("patroni.yml");
        }

        public Path data() {
            return folder.resolve("data");
        }

        public Path log() {
            return folder.resolve("agent.log");
        }

        public String restapi() {
            return HOST + ":" + ports.rest();
        }
    }

    /// @param proxy leads to the primary, wherever it is
    public record Ports(int postgres, int proxy, int rest, int client, int peer, int election) {
        public static final int COUNT = 6;
    }

    /// The nodes whose agents vote in the store: an even number of voters survives no more than one
    /// voter less.
    public List<NodePlan> voters() {
        return nodes.subList(0, nodes.size() % 2 == 0 ? nodes.size() - 1 : nodes.size());
    }

    public NodePlan node(String name) {
        return nodes.stream()
                .filter(node -> node.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no node " + name));
    }

    /// JDBC URL of one node.
    public static String jdbcUrl(NodePlan node) {
        return "jdbc:postgresql://" + HOST + ":" + node.ports().postgres() + "/postgres";
    }

    /// All nodes' proxies, for psql's `port=`.
    public String proxyPorts() {
        return nodes.stream()
                .map(node -> Integer.toString(node.ports().proxy()))
                .collect(Collectors.joining(","));
    }
}
