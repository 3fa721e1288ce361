package io.toomai.settings;

import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.PermanentSlot;
import io.toomai.core.ha.SlotRules;
import io.toomai.settings.DynamicSettings.FailsafeMode;
import io.toomai.settings.DynamicSettings.Invalid;
import io.toomai.settings.DynamicSettings.Pause;
import io.toomai.settings.DynamicSettings.Result;
import io.toomai.settings.DynamicSettings.Strictness;
import io.toomai.settings.DynamicSettings.Takeover;
import io.toomai.settings.DynamicSettings.TimelineCheck;
import io.toomai.settings.DynamicSettings.Valid;
import io.toomai.settings.Key.Scope;
import io.toomai.settings.text.JsonText;
import io.toomai.settings.text.Parsed;
import io.toomai.settings.text.Position;
import io.toomai.settings.text.Tree;
import io.toomai.settings.text.Tree.Mapping;
import io.toomai.settings.text.Tree.Sequence;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Turns the document of the store into `DynamicSettings`. Used once per document.
final class DynamicReader {
    private static final Pattern SLOT_NAME = Pattern.compile("[a-z0-9_]{1,63}");
    private static final Duration LEAST_SUSPICION = Duration.ofMillis(200);
    private static final Duration LEAST_PROBE = Duration.ofMillis(500);

    private final Mapping raw;
    private final Values values;
    private final Findings findings;

    /// Names that the configuration wants something of, nobody knows what.
    private final Set<String> malformedSlots = new TreeSet<>();

    private DynamicReader(Mapping raw, Mapping current, Findings findings) {
        this.raw = raw;
        this.values = new Values(current);
        this.findings = findings;
    }

    static Result parse(String json, TimeoutFloor floor) {
        return switch (JsonText.read(json, "/config")) {
            case Parsed.Whole(Mapping document) -> of(document, floor);
            case Parsed.Whole(Tree other) ->
                    new Invalid(List.of(Problem.at(other.at(), "", "expected a JSON object")));
            case Parsed.Broken(List<Parsed.Fault> faults) ->
                    new Invalid(
                            faults.stream()
                                    .map(fault -> Problem.at(fault.at(), "", fault.message()))
                                    .toList());
        };
    }

    static Result of(Mapping raw, TimeoutFloor floor) {
        Findings findings = new Findings();
        Mapping current = Aliases.replaced(raw, Scope.DYNAMIC, findings);
        new TreeCheck(Scope.DYNAMIC, TreeCheck.UnknownKeys.WARN, findings).check(current);
        OwnedParameters.check(current, findings);
        if (!findings.isClean()) {
            return new Invalid(findings.problems());
        }
        DynamicSettings settings = new DynamicReader(raw, current, findings).settings(floor);
        return findings.isClean()
                ? new Valid(settings, findings.warnings())
                : new Invalid(findings.problems());
    }

    private DynamicSettings settings(TimeoutFloor floor) {
        Strictness strictness = flag("synchronous_mode_strict", Strictness.class);
        return new DynamicSettings(
                configured(),
                repaired(floor),
                values.size("maximum_lag_on_failover"),
                Optional.of(values.size("maximum_lag_on_syncnode")).filter(lag -> lag.bytes() > 0),
                flag("check_timeline", TimelineCheck.class),
                values.whole("max_timelines_history"),
                values.durationIfSet("primary_start_timeout"),
                values.durationOf("primary_stop_timeout"),
                values.durationOf("primary_race_backoff"),
                word("synchronous_mode", SynchronousMode.class),
                strictness,
                nodeCount(strictness),
                flag("failsafe_mode", FailsafeMode.class),
                flag("pause", Pause.class),
                values.durationOf("member_slots_ttl"),
                slots(),
                ignoreSlots(),
                word("toomai.unknown_slots", SlotRules.Unknown.class),
                standbyCluster(),
                word("toomai.takeover", Takeover.class),
                atLeast("toomai.suspect_after", LEAST_SUSPICION),
                atLeast("toomai.probe_timeout", LEAST_PROBE),
                crashLimit(),
                new HaSettings.Drain(
                        values.durationOf("toomai.switchover_drain"),
                        word("toomai.switchover_drain_end", HaSettings.Drain.AtEnd.class)),
                raw);
    }

    private OptionalInt crashLimit() {
        int limit = values.whole("toomai.crash_limit");
        return limit == 0 ? OptionalInt.empty() : OptionalInt.of(limit);
    }

    /// The first constant is off, the second on.
    private <E extends Enum<E>> E flag(String path, Class<E> type) {
        return type.getEnumConstants()[values.flag(path) ? 1 : 0];
    }

    private <E extends Enum<E>> E word(String path, Class<E> type) {
        return Enum.valueOf(type, values.requiredText(path).toUpperCase(Locale.ROOT));
    }

    private Timeouts configured() {
        return new Timeouts(
                Duration.ofSeconds(values.whole("ttl")),
                Duration.ofSeconds(values.whole("loop_wait")),
                Duration.ofSeconds(values.whole("retry_timeout")));
    }

    /// Contract §4.1: the minima, then one loop and two attempts must fit into the ttl.
    private Timeouts repaired(TimeoutFloor floor) {
        long ttl = raised("ttl", floor.ttl, floor);
        long loopWait = raised("loop_wait", floor.loopWait, floor);
        long retryTimeout = raised("retry_timeout", floor.retryTimeout, floor);
        long least = floor.loopWait;
        if (least + 2 * retryTimeout > ttl) {
            long shorter = (ttl - least) / 2;
            warn(
                    "retry_timeout",
                    "loop_wait %d and retry_timeout %d are too long for ttl %d; %d and %d are used"
                            .formatted(loopWait, retryTimeout, ttl, least, shorter));
            loopWait = least;
            retryTimeout = shorter;
        } else if (loopWait + 2 * retryTimeout > ttl) {
            long shorter = ttl - 2 * retryTimeout;
            warn(
                    "loop_wait",
                    "%d is too long for ttl %d with retry_timeout %d; %d is used"
                            .formatted(loopWait, ttl, retryTimeout, shorter));
            loopWait = shorter;
        }
        return new Timeouts(
                Duration.ofSeconds(ttl),
                Duration.ofSeconds(loopWait),
                Duration.ofSeconds(retryTimeout));
    }

    private long raised(String path, long least, TimeoutFloor floor) {
        long value = values.whole(path);
        if (value >= least) {
            return value;
        }
        String members =
                switch (floor) {
                    case TOOMAI -> "";
                    case PATRONI -> " while a member is Patroni";
                };
        warn(path, "%d is less than %d%s; %2$d is used".formatted(value, least, members));
        return least;
    }

    private Duration atLeast(String path, Duration least) {
        Duration value = values.durationOf(path);
        if (value.compareTo(least) >= 0) {
            return value;
        }
        warn(path, "is less than %d ms; %1$d ms is used".formatted(least.toMillis()));
        return least;
    }

    private int nodeCount(Strictness strictness) {
        int count = values.whole("synchronous_node_count");
        if (count == 0 && strictness == Strictness.STRICT) {
            warn("synchronous_node_count", "0 is not strict; 1 is used");
            return 1;
        }
        return count;
    }

    private void warn(String path, String message) {
        findings.warning(values.at(path).map(Tree::at).orElse(raw.at()), path, message);
    }

    private List<PermanentSlot> slots() {
        List<PermanentSlot> slots = new ArrayList<>();
        if (values.at("slots").orElse(Mapping.EMPTY) instanceof Mapping all) {
            all.entries().forEach((name, tree) -> slot(name, tree).ifPresent(slots::add));
        }
        return slots;
    }

    /// A slot that cannot be made is left out with a warning, as Patroni does; one of that name
    /// that exists already is not dropped for it.
    private Optional<PermanentSlot> slot(String name, Tree tree) {
        String path = "slots." + name;
        if (!SLOT_NAME.matcher(name).matches()) {
            findings.warning(
                    tree.at(), path, "is no slot name (a-z, 0-9, _; at most 63); it is ignored");
            return Optional.empty();
        }
        SortedMap<String, String> properties = Values.textMap(tree);
        Optional<PermanentSlot.Kind> kind = kind(properties);
        if (kind.isEmpty()) {
            findings.warning(
                    tree.at(),
                    path,
                    "needs type physical, or type logical with database and plugin; it is ignored,"
                            + " and a slot of that name stays as it is");
            malformedSlots.add(name);
        }
        return kind.map(k ->
                new PermanentSlot(name, k, Optional.ofNullable(properties.get("cluster_type"))));
    }

    private static Optional<PermanentSlot.Kind> kind(SortedMap<String, String> properties) {
        String database = properties.get("database");
        String plugin = properties.get("plugin");
        return switch (properties.getOrDefault("type", impliedType(properties))) {
            case "physical" -> Optional.of(new PermanentSlot.Physical());
            case "logical" ->
                    database == null || plugin == null
                            ? Optional.empty()
                            : Optional.of(
                                    new PermanentSlot.Logical(
                                            database, plugin, carrier(properties)));
            default -> Optional.empty();
        };
    }

    private static PermanentSlot.Carrier carrier(SortedMap<String, String> properties) {
        return Set.of("false", "off", "no", "0")
                        .contains(properties.getOrDefault("failover", "").toLowerCase(Locale.ROOT))
                ? PermanentSlot.Carrier.AGENT
                : PermanentSlot.Carrier.SERVER;
    }

    private static String impliedType(SortedMap<String, String> properties) {
        return properties.containsKey("plugin") || properties.containsKey("database")
                ? "logical"
                : "physical";
    }

    private List<SlotRules.Matcher> ignoreSlots() {
        Stream<SortedMap<String, String>> configured =
                values.at("ignore_slots").stream()
                        .flatMap(t -> t instanceof Sequence all ? all.items().stream() : null)
                        .map(Values::textMap)
                        .filter(matcher -> !matcher.isEmpty());
        Stream<Map<String, String>> malformed =
                malformedSlots.stream().map(name -> Map.of("name", name));
        return Stream.concat(configured, malformed).map(SlotRules.Matcher::new).toList();
    }

    private Optional<StandbyCluster> standbyCluster() {
        StandbyCluster remote =
                new StandbyCluster(
                        set("standby_cluster.host"),
                        set("standby_cluster.port"),
                        set("standby_cluster.primary_slot_name"),
                        values.texts("standby_cluster.create_replica_methods"),
                        set("standby_cluster.restore_command"),
                        set("standby_cluster.archive_cleanup_command"),
                        set("standby_cluster.recovery_min_apply_delay"));
        boolean active = remote.host().or(remote::port).or(remote::restoreCommand).isPresent();
        remote.port().ifPresent(ports -> checkPorts(ports, remote.host().orElse("")));
        return Optional.of(remote).filter(_ -> active);
    }

    private void checkPorts(String ports, String hosts) {
        String path = "standby_cluster.port";
        String[] each = ports.split(",", -1);
        boolean numbers =
                Arrays.stream(each)
                        .map(String::strip)
                        .allMatch(p -> p.matches("[0-9]{1,5}") && isPort(Integer.parseInt(p)));
        Position at = values.at(path).map(Tree::at).orElse(Position.NOWHERE);
        if (!numbers) {
            findings.problem(at, path, "'%s' is no port, nor ports with commas".formatted(ports));
        } else if (each.length > 1 && each.length != hosts.split(",", -1).length) {
            findings.problem(
                    at,
                    path,
                    "names %d ports for %d hosts; give one port, or one for each host"
                            .formatted(each.length, hosts.split(",", -1).length));
        }
    }

    private static boolean isPort(int number) {
        return number > 0 && number <= 65_535;
    }

    private Optional<String> set(String path) {
        return values.text(path).filter(text -> !text.isEmpty());
    }
}
