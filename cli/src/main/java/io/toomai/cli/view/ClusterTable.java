package io.toomai.cli.view;

import io.toomai.cli.data.Yaml;
import io.toomai.cli.data.YamlLine;
import io.toomai.cli.view.ClusterAnswer.Grouping;
import io.toomai.cli.view.ClusterAnswer.MemberRow;
import io.toomai.cli.view.TextTable.Align;
import io.toomai.settings.json.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// The members of a cluster in every format of `list` and `topology`. Pure; scripts parse this, so
/// the texts are compared byte for byte in the tests.
public final class ClusterTable {
    private static final long MEBIBYTE = 1024 * 1024;
    private static final int LONGEST_REASON = 50;
    private static final List<String> RIGHT = List.of("Group", "TL", "Receive LSN", "Replay LSN");
    private static final List<String> EXTENDED =
            List.of("Pending restart", "Pending restart reason", "Scheduled restart", "Tags");

    private final ClusterAnswer cluster;
    private final Columns wanted;

    private ClusterTable(ClusterAnswer cluster, Columns wanted) {
        this.cluster = cluster;
        this.wanted = wanted;
    }

    /// Which of the rare columns are shown.
    public enum Columns {
        AS_NEEDED,
        EXTENDED
    }

    /// Whether the leader and trouble stand out; colours belong on a terminal only.
    public enum Colour {
        PLAIN,
        ANSI
    }

    /// The whole output, without a line feed at the end (YAML has its own).
    public static String render(
            ClusterAnswer cluster, Format format, Columns columns, Colour colour) {
        var table = new ClusterTable(cluster, columns);
        return switch (format) {
            case PRETTY, TOPOLOGY -> table.framed(format, colour);
            case TSV -> table.tsv();
            case JSON -> table.objects().spaced();
            case YAML -> Yaml.block(table.objects());
        };
    }

    private String framed(Format format, Colour colour) {
        List<Tree.Node> nodes =
                cluster.groups().stream()
                        .flatMap(group ->
                                (format == Format.TOPOLOGY ? Tree.of(group) : Tree.flat(group))
                                        .stream())
                        .toList();
        var rows = new ArrayList<Map<String, Json>>();
        for (Tree.Node node : nodes) {
            var row = row(node.member());
            row.put("Member", Json.of(node.prefix() + node.member().name()));
            rows.add(row);
        }
        List<String> keys = keys(rows);
        keys.remove("Cluster");
        if (cluster.grouping() == Grouping.ONE) {
            keys.remove("Group");
        }
        var columns =
                keys.stream()
                        .map(key ->
                                new TextTable.Column(
                                        key.endsWith(" Lag") ? "Lag" : key,
                                        RIGHT.contains(key) || key.endsWith(" Lag")
                                                ? Align.RIGHT
                                                : Align.LEFT))
                        .toList();
        var cells =
                rows.stream()
                        .map(row -> keys.stream().map(key -> cell(key, row, format)).toList())
                        .toList();
        var table = new TextTable(title(), columns, cells);
        String text = colour == Colour.ANSI ? table.render(new RolePaint(nodes)) : table.render();
        String notices = cluster.notices();
        return notices.isEmpty() ? text : text + "\n" + notices;
    }

    private String title() {
        return switch (cluster.grouping()) {
            case NONE -> " Cluster: %s (%s) ".formatted(cluster.scope(), cluster.identity());
            case ONE ->
                    " Citus cluster: %s (group: %d, %s) "
                            .formatted(cluster.scope(), cluster.group(), cluster.identity());
            case ALL -> " Citus cluster: %s ".formatted(cluster.scope());
        };
    }

    private String tsv() {
        var rows = cluster.members().stream().map(this::row).toList();
        List<String> keys = keys(rows);
        return Format.tsv(
                keys,
                rows.stream()
                        .map(row -> keys.stream().map(key -> cell(key, row, Format.TSV)).toList())
                        .toList());
    }

    private Json objects() {
        var objects = new ArrayList<Json>();
        for (MemberRow member : cluster.members()) {
            var fields = new LinkedHashMap<>(row(member));
            fields.values().removeIf(ClusterTable::isBlank);
            objects.add(new Json.Obj(fields));
        }
        return new Json.Arr(objects);
    }

    private static boolean isBlank(Json value) {
        return switch (value) {
            case Json.Text(var text) -> text.isEmpty();
            case Json.Obj(var fields) -> fields.isEmpty();
            case Json.Null _ -> true;
            case Json.Num _, Json.Bool _, Json.Arr _ -> false;
        };
    }

    private List<String> keys(List<? extends Map<String, Json>> rows) {
        var keys =
                new ArrayList<>(
                        List.of(
                                "Cluster",
                                "Member",
                                "Host",
                                "Role",
                                "State",
                                "TL",
                                "Receive LSN",
                                "Receive Lag",
                                "Replay LSN",
                                "Replay Lag"));
        if (cluster.grouping() != Grouping.NONE) {
            keys.add(1, "Group");
        }
        for (String key : EXTENDED) {
            if (wanted == Columns.EXTENDED
                    || rows.stream()
                            .anyMatch(r -> !isBlank(r.getOrDefault(key, Json.Null.VALUE)))) {
                keys.add(key);
            }
        }
        return keys;
    }

    private static String cell(String key, Map<String, Json> row, Format format) {
        Json value = row.getOrDefault(key, Json.Null.VALUE);
        if (key.equals("Tags") && !isBlank(value)) {
            return format == Format.PRETTY ? Yaml.block(value).strip() : YamlLine.of(value).strip();
        }
        if (key.equals("Pending restart reason") && format == Format.PRETTY) {
            return value.scalar()
                    .lines()
                    .map(ClusterTable::shortReason)
                    .collect(Collectors.joining("\n"));
        }
        return value.scalar();
    }

    private static String shortReason(String reason) {
        int colon = reason.indexOf(": ");
        return reason.length() > LONGEST_REASON && colon > 0
                ? reason.substring(0, colon) + ": [hidden - too long]"
                : reason;
    }

    private Map<String, Json> row(MemberRow member) {
        var row = new LinkedHashMap<String, Json>();
        row.put("Cluster", Json.of(cluster.scope()));
        if (cluster.grouping() != Grouping.NONE) {
            row.put("Group", Json.of((long) member.group()));
        }
        row.put("Member", Json.of(member.name()));
        row.put("Host", Json.of(host(member)));
        row.put("Role", Json.of(roleTitle(member.role())));
        row.put("State", Json.of(state(member)));
        row.put("TL", member.json().at("timeline"));
        positions(member, row);
        row.put("Pending restart", Json.of(member.hasPendingRestart() ? "*" : ""));
        row.put("Pending restart reason", Json.of(reasons(member)));
        row.put("Scheduled restart", Json.of(scheduledRestart(member)));
        row.put("Tags", member.tags());
        return row;
    }

    /// A standby that takes no more WAL from a leader that seems dead says so, and a primary why it
    /// does not serve.
    private static String state(MemberRow member) {
        if (!member.trouble().isEmpty()) {
            return member.state() + ", " + member.trouble();
        }
        return member.hasPledged() ? member.state() + ", pledged" : member.state();
    }

    /// Members older than Patroni 4.1 publish one position only, and tell of others no position but
    /// how far it is behind; it fills the pair it belongs to.
    private static void positions(MemberRow member, Map<String, Json> row) {
        Json received = member.json().at("receive_lsn");
        Json replayed = member.json().at("replay_lsn");
        Json receiveLag = member.json().at("receive_lag");
        Json replayLag = member.json().at("replay_lag");
        Json old = member.json().at("lsn");
        Json lag = member.json().at("lag");
        if (isUnknown(received) && isUnknown(replayed) && !(isUnknown(old) && isUnknown(lag))) {
            if (member.state().equals("streaming")) {
                received = old;
                receiveLag = lag;
            } else {
                replayed = old;
                replayLag = lag;
            }
        }
        if (member.leads()) {
            received = Json.Null.VALUE;
            replayed = Json.Null.VALUE;
        }
        row.put("Receive LSN", received);
        row.put("Receive Lag", member.leads() ? Json.Null.VALUE : mebibytes(receiveLag));
        row.put("Replay LSN", replayed);
        row.put("Replay Lag", member.leads() ? Json.Null.VALUE : mebibytes(replayLag));
    }

    private static boolean isUnknown(Json told) {
        return told.scalar().isEmpty() || told.scalar().equals("unknown");
    }

    /// Half a mebibyte goes to the even neighbour, as Python rounds.
    private static Json mebibytes(Json bytes) {
        if (!(bytes instanceof Json.Num(var literal))) {
            return Json.Null.VALUE;
        }
        return Json.of((long) Math.rint((double) Long.parseLong(literal) / MEBIBYTE));
    }

    private String host(MemberRow member) {
        List<MemberRow> members = cluster.members();
        Set<String> hosts = new HashSet<>();
        members.forEach(m -> hosts.add(m.host()));
        boolean portsMatter =
                hosts.size() < members.size()
                        || members.stream().anyMatch(m -> !m.host().isEmpty() && m.port() != 5432);
        return portsMatter && !member.host().isEmpty()
                ? member.host() + ":" + member.port()
                : member.host();
    }

    /// `sync_standby` becomes `Sync Standby`.
    static String roleTitle(String role) {
        return java.util.Arrays.stream(role.split("_", -1))
                .filter(word -> !word.isEmpty())
                .map(word -> Character.toUpperCase(word.charAt(0)) + word.substring(1))
                .collect(Collectors.joining(" "));
    }

    private static String reasons(MemberRow member) {
        return member.json().at("pending_restart_reason").entries().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(reason ->
                        reason.getKey()
                                + ": "
                                + reason.getValue().textAt("old_value")
                                + "->"
                                + reason.getValue().textAt("new_value"))
                .collect(Collectors.joining("\n"));
    }

    private static String scheduledRestart(MemberRow member) {
        Json restart = member.json().at("scheduled_restart");
        String version = restart.textAt("postgres_version");
        return restart.textAt("schedule") + (version.isEmpty() ? "" : " if version < " + version);
    }

    /// The leader bold, members in trouble red, members on their way yellow.
    private record RolePaint(List<Tree.Node> nodes) implements TextTable.Paint {
        @Override
        public String paint(int row, String heading, String cell) {
            MemberRow member = nodes.get(row).member();
            if (heading.equals("State")) {
                return switch (member.state()) {
                    case "running", "streaming" -> cell;
                    case "starting", "creating replica", "in archive recovery", "restarting" ->
                            "\u001b[33m" + cell + "\u001b[0m";
                    default -> "\u001b[31m" + cell + "\u001b[0m";
                };
            }
            boolean bold = member.leads() && (heading.equals("Member") || heading.equals("Role"));
            return bold ? "\u001b[1m" + cell + "\u001b[0m" : cell;
        }
    }
}
