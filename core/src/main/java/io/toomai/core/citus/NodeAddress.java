package io.toomai.core.citus;

import io.toomai.core.cluster.Member;
import java.util.Comparator;
import java.util.Optional;

/// Where a node listens, as `pg_dist_node` has it: host and port are unique in the table.
public record NodeAddress(String host, int port) implements Comparable<NodeAddress> {
    /// As Patroni writes it, so that either finds what the other has left.
    private static final String UNREACHABLE = "-demoted";

    private static final Comparator<NodeAddress> BY_HOST_AND_PORT =
            Comparator.comparing(NodeAddress::host).thenComparingInt(NodeAddress::port);

    /// Empty where the member has not published a usable `conn_url`.
    public static Optional<NodeAddress> of(Member member) {
        return member.host().isEmpty()
                ? Optional.empty()
                : Optional.of(new NodeAddress(member.host(), member.port()));
    }

    /// An address that does not exist: who is sent there waits for the row's lock.
    NodeAddress unreachable() {
        return new NodeAddress(host + UNREACHABLE, port);
    }

    /// Without what [#unreachable] adds.
    NodeAddress real() {
        return host.endsWith(UNREACHABLE)
                ? new NodeAddress(host.substring(0, host.length() - UNREACHABLE.length()), port)
                : this;
    }

    @Override
    public int compareTo(NodeAddress other) {
        return BY_HOST_AND_PORT.compare(this, other);
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
