package io.toomai.cli.view;

import io.toomai.settings.json.Json;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What `GET /cluster` said, with the system identifier that only a member's own status has; of a
/// Citus cluster the same for one group or for all of them.
///
/// @param grouping whether these are groups of a Citus cluster
/// @param parts by group; group 0 speaks for all, and is all there is of any other cluster
public record ClusterAnswer(Grouping grouping, SortedMap<Integer, Part> parts) {
    /// The group that speaks for a Citus cluster.
    public static final int COORDINATOR = 0;

    public ClusterAnswer {
        parts = Collections.unmodifiableSortedMap(new TreeMap<>(parts));
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("a cluster has at least one part");
        }
    }

    /// A cluster that is no Citus cluster.
    public ClusterAnswer(String identity, Json document) {
        this(Grouping.NONE, new TreeMap<>(Map.of(COORDINATOR, new Part(identity, document))));
    }

    /// One group of a Citus cluster.
    public static ClusterAnswer ofGroup(int group, String identity, Json document) {
        return new ClusterAnswer(
                Grouping.ONE, new TreeMap<>(Map.of(group, new Part(identity, document))));
    }

    /// A Citus cluster.
    public static ClusterAnswer ofGroups(SortedMap<Integer, Part> groups) {
        return new ClusterAnswer(Grouping.ALL, groups);
    }

    /// Which groups of a Citus cluster this is.
    public enum Grouping {
        NONE,
        ONE,
        ALL
    }

    /// @param identity system identifier, `initializing` or `uninitialized`
    /// @param document the answer as it came
    public record Part(String identity, Json document) {}

    /// One member of the answer; a view onto its object.
    public record MemberRow(int group, Json json) {
        public String name() {
            return json.textAt("name");
        }

        public String role() {
            return json.textAt("role");
        }

        public String state() {
            return json.textAt("state");
        }

        public String host() {
            return json.textAt("host");
        }

        public int port() {
            return (int) json.longAt("port").orElse(5432);
        }

        /// `http://host:port/patroni`; empty when the member has not published one.
        public String apiUrl() {
            return json.textAt("api_url");
        }

        public Json tags() {
            return json.at("tags");
        }

        public boolean leads() {
            return role().equals("leader") || role().equals("standby_leader");
        }

        public boolean isSynchronous() {
            return role().equals("sync_standby") || role().equals("quorum_standby");
        }

        public boolean isTaggedAway() {
            Json tag = tags().at("nofailover");
            return tag.scalar().toLowerCase(Locale.ROOT).equals("true")
                    || tags().longAt("failover_priority").orElse(1) <= 0;
        }

        public boolean hasPendingRestart() {
            return json.isTrueAt("pending_restart");
        }

        /// Whether it waits to take over, or for somebody who does.
        public boolean hasPledged() {
            return !json.at("toomai").at("pledge").textAt("leader").isEmpty();
        }

        /// What keeps this primary from serving its clients; empty where nothing does.
        public String trouble() {
            return json.at("toomai").textAt("trouble");
        }

        /// Where the member stands when one is asked: by role word of `--role`.
        public boolean plays(RoleWord word) {
            return switch (word) {
                case ANY -> true;
                case LEADER -> leads();
                case PRIMARY -> role().equals("leader");
                case STANDBY_LEADER -> role().equals("standby_leader");
                case REPLICA, STANDBY -> !leads();
            };
        }
    }

    /// The words of `--role`.
    public enum RoleWord {
        LEADER,
        PRIMARY,
        STANDBY_LEADER,
        REPLICA,
        STANDBY,
        ANY;

        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        @Override
        public String toString() {
            return text();
        }

        /// @throws IllegalArgumentException for a word that is none
        public static RoleWord named(String text) {
            for (RoleWord word : values()) {
                if (word.text().equals(text.replace('_', '-'))) {
                    return word;
                }
            }
            throw new IllegalArgumentException("not a role: " + text);
        }
    }

    /// Each group by itself, the first of them the one that speaks for all.
    public List<ClusterAnswer> groups() {
        return parts.entrySet().stream()
                .map(part ->
                        new ClusterAnswer(
                                grouping, new TreeMap<>(Map.of(part.getKey(), part.getValue()))))
                .toList();
    }

    public int group() {
        return parts.firstKey();
    }

    public String identity() {
        return parts.firstEntry().getValue().identity();
    }

    /// Of the group that speaks for all.
    public Json document() {
        return parts.firstEntry().getValue().document();
    }

    public String scope() {
        return document().textAt("scope");
    }

    /// Of all groups, in their order.
    public List<MemberRow> members() {
        return parts.entrySet().stream()
                .flatMap(part ->
                        part.getValue().document().at("members").items().stream()
                                .map(json -> new MemberRow(part.getKey(), json)))
                .toList();
    }

    public List<MemberRow> members(RoleWord role) {
        return members().stream().filter(member -> member.plays(role)).toList();
    }

    public Optional<MemberRow> member(String name) {
        return members().stream().filter(member -> member.name().equals(name)).findFirst();
    }

    public Optional<MemberRow> leader() {
        return members().stream().filter(MemberRow::leads).findFirst();
    }

    /// The leader, then the others in their order.
    public List<MemberRow> leaderFirst() {
        var ordered = new ArrayList<MemberRow>();
        leader().ifPresent(ordered::add);
        members().stream().filter(member -> !member.leads()).forEach(ordered::add);
        return ordered;
    }

    public boolean isPaused() {
        return document().isTrueAt("pause");
    }

    /// The lines under the table: maintenance mode, a scheduled switchover. Empty text for none.
    public String notices() {
        return switch (grouping) {
            case NONE, ONE -> String.join("\n", ownNotices());
            case ALL ->
                    groups().stream()
                            .flatMap(group -> {
                                List<String> own = group.ownNotices();
                                return own.isEmpty()
                                        ? Stream.empty()
                                        : Stream.concat(
                                                Stream.of("Citus group: " + group.group()),
                                                own.stream());
                            })
                            .collect(Collectors.joining("\n"));
        };
    }

    private List<String> ownNotices() {
        var lines = new ArrayList<String>();
        if (isPaused()) {
            lines.add(" Maintenance mode: on");
        }
        Map<String, Json> switchover = document().at("scheduled_switchover").entries();
        if (switchover.containsKey("at")) {
            lines.add(
                    " Switchover scheduled at: "
                            + document().at("scheduled_switchover").textAt("at"));
            if (switchover.containsKey("from")) {
                lines.add(
                        " ".repeat(20)
                                + "from: "
                                + document().at("scheduled_switchover").textAt("from"));
            }
            if (switchover.containsKey("to")) {
                lines.add(
                        " ".repeat(20)
                                + "  to: "
                                + document().at("scheduled_switchover").textAt("to"));
            }
        }
        return lines;
    }
}
