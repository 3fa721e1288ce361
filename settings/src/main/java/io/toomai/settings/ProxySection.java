package io.toomai.settings;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;

/// `toomai.proxy`: the proxy that a node runs beside its PostgreSQL.
///
/// @param listen where clients come that are led to the primary
/// @param readPort at the same address, where clients come that are led to replicas
/// @param pgbouncer settings by PgBouncer's names, as written
/// @param databases entries of PgBouncer's `[databases]`, as written; they may hold passwords
/// @param users entries of PgBouncer's `[users]`, as written
public record ProxySection(
        HostPort listen,
        Optional<Integer> readPort,
        SortedMap<String, String> pgbouncer,
        SortedMap<String, String> databases,
        SortedMap<String, String> users,
        Reads reads) {
    /// Which replicas are read from.
    ///
    /// @param maximumLag bytes behind the leader
    /// @param tags that a replica must have, with these values
    public record Reads(
            FromPrimary fromPrimary,
            OptionalLong maximumLag,
            SortedMap<String, String> tags,
            Balance balance,
            Duration slowStart) {}

    /// Where reads go while no replica is fit.
    public enum FromPrimary {
        ALLOWED,
        NEVER
    }

    /// How fit replicas share the connections.
    public enum Balance {
        LEAST_CONNECTIONS,
        ROUND_ROBIN
    }

    /// The same where that one listens: a reload does not change that.
    public ProxySection listeningAs(ProxySection other) {
        return new ProxySection(other.listen, other.readPort, pgbouncer, databases, users, reads);
    }

    static Optional<ProxySection> of(Values values) {
        return values.text("toomai.proxy.listen")
                .map(HostPort::listening)
                .map(listen ->
                        new ProxySection(
                                listen,
                                values.wholeIfSet("toomai.proxy.read_port"),
                                values.textMap("toomai.proxy.pgbouncer"),
                                values.scalarMap("toomai.proxy.databases"),
                                values.scalarMap("toomai.proxy.users"),
                                reads(values)));
    }

    /// As members' tags are compared; null asks for nothing.
    private static SortedMap<String, String> tags(Values values) {
        SortedMap<String, String> tags = values.scalarMap("toomai.proxy.tags");
        tags.values().removeIf(String::isEmpty);
        return tags;
    }

    private static Reads reads(Values values) {
        return new Reads(
                values.flag("toomai.proxy.read_from_primary")
                        ? FromPrimary.ALLOWED
                        : FromPrimary.NEVER,
                values.text("toomai.proxy.maximum_lag")
                        .map(text -> OptionalLong.of(Values.bytes(text)))
                        .orElse(OptionalLong.empty()),
                tags(values),
                values.requiredText("toomai.proxy.balance").equals("round-robin")
                        ? Balance.ROUND_ROBIN
                        : Balance.LEAST_CONNECTIONS,
                values.durationOf("toomai.proxy.slow_start"));
    }

    /// Without what may be a secret.
    @Override
    public String toString() {
        return "ProxySection[listen="
                + listen
                + ", readPort="
                + readPort
                + ", reads="
                + reads
                + "]";
    }
}
