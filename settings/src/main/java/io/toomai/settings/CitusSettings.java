package io.toomai.settings;

import io.toomai.settings.text.Tree;
import io.toomai.settings.text.Tree.Kind;
import io.toomai.settings.text.Tree.Mapping;
import io.toomai.settings.text.Tree.Scalar;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Stream;

/// The section `citus`: this cluster is one group of a Citus cluster (contract §4.2, §5.13).
///
/// @param group 0 is the coordinator's
/// @param database where the extension is
public record CitusSettings(int group, String database) {
    /// The coordinator's group.
    public static final int COORDINATOR = 0;

    private static final String SECTION = "citus";
    private static final String EXTENSION = "citus";

    public boolean isCoordinator() {
        return group == COORDINATOR;
    }

    static Optional<CitusSettings> of(Values values) {
        return values.at(SECTION)
                .map(_ ->
                        new CitusSettings(
                                values.whole("citus.group"),
                                values.requiredText("citus.database")));
    }

    /// As in Patroni, half a section is none.
    static Mapping keptIfWhole(Mapping root, Findings findings) {
        Values values = new Values(root);
        Optional<Tree> section = values.at(SECTION);
        List<String> missing =
                Stream.of("citus.group", "citus.database")
                        .filter(key -> values.text(key).isEmpty())
                        .toList();
        if (section.isEmpty() || missing.isEmpty()) {
            return root;
        }
        findings.warning(
                section.get().at(),
                SECTION,
                "is ignored, this is no Citus cluster: "
                        + String.join(" and ", missing)
                        + " is missing");
        Map<String, Tree> entries = new LinkedHashMap<>(root.entries());
        entries.remove(SECTION);
        return new Mapping(root.at(), entries);
    }

    /// The first dynamic configuration: what distributes transactions shall not lose one.
    static Mapping dynamicDefaults(Mapping written, Tree section) {
        if (written.child("synchronous_mode").isPresent()) {
            return written;
        }
        Map<String, Tree> entries = new LinkedHashMap<>(written.entries());
        entries.put("synchronous_mode", new Scalar(section.at(), Kind.TEXT, "quorum"));
        return new Mapping(written.at(), entries);
    }

    /// What Citus asks of PostgreSQL, whatever is written.
    ///
    /// @param localHost where the agent itself connects to
    static void adjust(SortedMap<String, String> parameters, String localHost) {
        List<String> others =
                Stream.of(parameters.getOrDefault("shared_preload_libraries", "").split(","))
                        .map(String::strip)
                        .filter(library -> !library.isEmpty() && !library.equals(EXTENSION))
                        .toList();
        parameters.put(
                "shared_preload_libraries",
                String.join(",", Stream.concat(Stream.of(EXTENSION), others.stream()).toList()));
        parameters.computeIfPresent(
                "max_prepared_transactions",
                (_, prepared) ->
                        prepared.equals("0") ? twice(parameters, "max_connections") : prepared);
        parameters.put("wal_level", "logical"); // shards move by logical replication
        parameters.put("citus.local_hostname", localHost);
    }

    /// @param name of an owned parameter, which always has a value
    private static String twice(SortedMap<String, String> parameters, String name) {
        return String.valueOf(2 * Integer.parseInt(Objects.requireNonNull(parameters.get(name))));
    }
}
