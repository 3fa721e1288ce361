package io.toomai.cli.view;

import io.toomai.cli.view.ClusterAnswer.MemberRow;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/// Who streams from whom: the leader, below it its replicas, below them theirs.
final class Tree {
    private Tree() {}

    /// One member and what stands before its name.
    record Node(String prefix, MemberRow member) {}

    static List<Node> flat(ClusterAnswer cluster) {
        return cluster.members().stream().map(member -> new Node("", member)).toList();
    }

    /// Depth first, children by name. Members in a ring of `replicatefrom` are listed at the end,
    /// so nobody is missing from the output.
    static List<Node> of(ClusterAnswer cluster) {
        var children = new TreeMap<String, List<MemberRow>>();
        String top = cluster.leader().map(MemberRow::name).orElse("");
        for (MemberRow member : cluster.members()) {
            if (!member.leads()) {
                String source = member.tags().textAt("replicatefrom");
                boolean cascades =
                        !source.equals(member.name())
                                && cluster.member(source).filter(m -> !m.leads()).isPresent();
                children.computeIfAbsent(cascades ? source : top, _ -> new ArrayList<>())
                        .add(member);
            }
        }
        var nodes = new ArrayList<Node>();
        Set<String> seen = new HashSet<>();
        cluster.leader().ifPresent(leader -> nodes.add(new Node("", leader)));
        cluster.leader().ifPresent(leader -> seen.add(leader.name()));
        addChildren(top, 0, new Walk(children, nodes, seen));
        for (MemberRow member : cluster.members()) {
            if (seen.add(member.name())) {
                nodes.add(new Node("+ ", member));
            }
        }
        return nodes;
    }

    private record Walk(
            TreeMap<String, List<MemberRow>> children, List<Node> nodes, Set<String> seen) {}

    private static void addChildren(String parent, int depth, Walk walk) {
        for (MemberRow child : walk.children().getOrDefault(parent, List.of())) {
            if (walk.seen().add(child.name())) {
                walk.nodes().add(new Node("  ".repeat(depth) + "+ ", child));
                addChildren(child.name(), depth + 1, walk);
            }
        }
    }
}
