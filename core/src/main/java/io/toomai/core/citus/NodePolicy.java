package io.toomai.core.citus;

import io.toomai.core.citus.NodeRow.Role;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What must be called so that `pg_dist_node` has one group's nodes as wanted.
///
/// Promises: the row of the primary keeps its number; no two rows ever have one address, not even
/// between two calls; while the primary's row changes nothing is added or removed, because that
/// needs a primary that every group can reach, and would undo the change with itself. What is left
/// over then is mended by the next look, when the primary's row is right.
public final class NodePolicy {
    private NodePolicy() {}

    /// @param rows of that group
    /// @return in the order in which they must be made, in one transaction; empty when all is well
    public static List<NodeCall> calls(List<NodeRow> rows, WantedGroup wanted) {
        return rows.stream()
                .filter(row -> row.role() == Role.PRIMARY)
                .findFirst()
                .map(primary -> change(primary, secondariesOf(rows), wanted))
                .orElseGet(() -> found(rows, wanted));
    }

    private static List<NodeRow> secondariesOf(List<NodeRow> rows) {
        return rows.stream().filter(row -> row.role() == Role.SECONDARY).toList();
    }

    private static List<NodeCall> found(List<NodeRow> rows, WantedGroup wanted) {
        if (wanted.traffic() == WantedGroup.Traffic.WAITS) {
            return List.of(); // there is nothing that could wait for a node that nobody knows
        }
        List<NodeCall> calls = new ArrayList<>();
        rows.forEach(stray -> calls.add(new NodeCall.Remove(stray.address())));
        calls.add(
                wanted.group() == 0
                        ? new NodeCall.SetCoordinator(wanted.primary())
                        : new NodeCall.Add(wanted.group(), wanted.primary(), Role.PRIMARY));
        for (NodeAddress secondary : wanted.secondaries()) {
            calls.add(new NodeCall.Add(wanted.group(), secondary, Role.SECONDARY));
        }
        return calls;
    }

    private static List<NodeCall> change(
            NodeRow primary, List<NodeRow> secondaries, WantedGroup wanted) {
        NodeAddress target =
                switch (wanted.traffic()) {
                    case FLOWS -> wanted.primary();
                    case WAITS -> wanted.primary().unreachable();
                };
        NodeAddress former = primary.address().real();
        List<NodeAddress> missing = missing(secondaries, wanted, former);
        List<NodeRow> spare = spare(secondaries, wanted);
        Map<NodeRow, NodeAddress> moves = new LinkedHashMap<>();
        while (!spare.isEmpty() && !missing.isEmpty()) {
            moves.put(spare.removeFirst(), missing.removeFirst());
        }
        if (primary.address().equals(target)) {
            List<NodeCall> calls = inOrder(moves);
            spare.forEach(row -> calls.add(new NodeCall.Remove(row.address())));
            missing.forEach(a -> calls.add(new NodeCall.Add(wanted.group(), a, Role.SECONDARY)));
            return calls;
        }
        moves.put(primary, target);
        // The promoted node's own row cannot be removed now, and its address is needed.
        boolean formerIsTaken = secondaries.stream().anyMatch(r -> r.address().equals(former));
        spare.stream()
                .filter(row -> row.address().equals(target))
                .forEach(row -> moves.put(row, formerIsTaken ? target.unreachable() : former));
        return inOrder(moves);
    }

    /// Wanted as secondary and in no row of one; the former primary first, so that its address and
    /// that of its successor change places.
    private static List<NodeAddress> missing(
            List<NodeRow> secondaries, WantedGroup wanted, NodeAddress former) {
        List<NodeAddress> missing = new ArrayList<>(wanted.secondaries());
        secondaries.forEach(row -> missing.remove(row.address()));
        if (missing.remove(former)) {
            missing.addFirst(former);
        }
        return missing;
    }

    /// Rows of nodes that are no secondaries any more; that of the new primary first.
    private static List<NodeRow> spare(List<NodeRow> secondaries, WantedGroup wanted) {
        List<NodeRow> spare = new ArrayList<>();
        for (NodeRow row : secondaries) {
            if (row.address().equals(wanted.primary())) {
                spare.addFirst(row);
            } else if (!wanted.secondaries().contains(row.address())) {
                spare.add(row);
            }
        }
        return spare;
    }

    /// No row gets an address that another one still has. Where two change places one of them is
    /// the primary's row: it steps aside to an address that nobody has.
    private static List<NodeCall> inOrder(Map<NodeRow, NodeAddress> moves) {
        Map<NodeRow, NodeAddress> at = new LinkedHashMap<>();
        moves.keySet().forEach(row -> at.put(row, row.address()));
        Map<NodeRow, NodeAddress> left = new LinkedHashMap<>(moves);
        List<NodeCall> calls = new ArrayList<>();
        while (!left.isEmpty()) {
            Map.Entry<NodeRow, NodeAddress> next =
                    left.entrySet().stream()
                            .filter(move -> !at.containsValue(move.getValue()))
                            .findFirst()
                            .orElseGet(() -> aside(left));
            calls.add(new NodeCall.Update(next.getKey().id(), next.getValue()));
            at.put(next.getKey(), next.getValue());
            left.remove(next.getKey(), next.getValue());
        }
        return calls;
    }

    private static Map.Entry<NodeRow, NodeAddress> aside(Map<NodeRow, NodeAddress> left) {
        return left.keySet().stream()
                .filter(row -> row.role() == Role.PRIMARY)
                .findFirst()
                .map(row -> Map.entry(row, row.address().unreachable()))
                .orElseThrow(() ->
                        new IllegalStateException("secondaries never change places: " + left));
    }
}
