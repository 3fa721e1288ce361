package io.toomai.core.citus;

/// One change of `pg_dist_node`, by a function of Citus.
public sealed interface NodeCall {
    /// `citus_set_coordinator_host`: the first row of group 0, which holds no shards.
    record SetCoordinator(NodeAddress address) implements NodeCall {}

    /// `citus_add_node`. Runs on the primaries of all groups, so all of them must be reachable.
    record Add(int group, NodeAddress address, NodeRow.Role role) implements NodeCall {}

    /// `citus_update_node`. Works whoever is reachable.
    record Update(int id, NodeAddress address) implements NodeCall {}

    /// `citus_remove_node`. Runs on the primaries of all groups.
    record Remove(NodeAddress address) implements NodeCall {}
}
