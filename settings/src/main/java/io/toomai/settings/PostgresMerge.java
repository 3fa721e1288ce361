package io.toomai.settings;

import io.toomai.settings.EffectivePostgres.Feature;
import io.toomai.settings.text.Position;
import io.toomai.settings.text.Tree;
import io.toomai.settings.text.Tree.Mapping;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// Merges built-in defaults, the dynamic `postgresql` section and the file's into what PostgreSQL
/// gets (contract §4.1): parameters merge by name, everything else is replaced whole. Used once.
final class PostgresMerge {
    private final Settings local;
    private final int majorVersion;
    private final Mapping dynamicSection;
    private final Values merged;
    private final List<String> standbyMethods;
    private final Findings findings = new Findings();

    private PostgresMerge(Settings local, DynamicSettings dynamic, int majorVersion) {
        this.local = local;
        this.majorVersion = majorVersion;
        Mapping raw = Aliases.replaced(dynamic.raw(), Key.Scope.DYNAMIC, new Findings());
        this.dynamicSection =
                raw.child("postgresql").orElse(Mapping.EMPTY) instanceof Mapping m
                        ? m
                        : Mapping.EMPTY;
        this.merged = new Values(mergedSection());
        this.standbyMethods =
                dynamic.standbyCluster()
                        .map(StandbyCluster::createReplicaMethods)
                        .filter(names -> !names.isEmpty())
                        .orElse(List.of(MethodSettings.BASEBACKUP));
    }

    static EffectivePostgres merge(Settings local, DynamicSettings dynamic, int majorVersion) {
        return new PostgresMerge(local, dynamic, majorVersion).effective();
    }

    private EffectivePostgres effective() {
        SortedMap<String, String> parameters = parameters();
        SortedMap<String, String> owned = new TreeMap<>(parameters);
        owned.keySet().removeIf(name -> !OwnedParameters.onCommandLine(name));
        List<String> replicaMethods = merged.texts("postgresql.create_replica_methods");
        return new EffectivePostgres(
                parameters,
                owned,
                merged.texts("postgresql.pg_hba"),
                merged.texts("postgresql.pg_ident"),
                merged.textMap("postgresql.recovery_conf"),
                features(),
                Duration.ofSeconds(merged.whole("postgresql.pg_ctl_timeout")),
                methods("postgresql.create_replica_methods", replicaMethods),
                methods("standby_cluster.create_replica_methods", standbyMethods),
                Options.of(merged.at("postgresql.basebackup"), Options.BASEBACKUP, findings),
                Options.of(merged.at("postgresql.rewind"), Options.REWIND, findings),
                merged.textMap("postgresql.callbacks"),
                merged.text("postgresql.custom_conf"),
                merged.text("postgresql.pre_promote"),
                merged.text("postgresql.before_stop"),
                findings.warnings());
    }

    /// A document with only the section `postgresql`; parameters are merged elsewhere.
    private Mapping mergedSection() {
        Map<String, Tree> entries = new LinkedHashMap<>();
        dynamicSection
                .entries()
                .forEach((name, tree) -> {
                    if (mayBeDynamic(name)) {
                        entries.put(name, tree);
                    }
                });
        Mapping file = local.postgresql().overlay();
        file.entries()
                .forEach((name, tree) -> {
                    if (!name.equals("use_slots") && file.child(name).isPresent()) {
                        entries.put(name, tree);
                    }
                });
        Mapping section = new Mapping(Position.NOWHERE, entries);
        return new Mapping(Position.NOWHERE, Map.of("postgresql", section));
    }

    private static boolean mayBeDynamic(String name) {
        Optional<Key> key = Catalogue.INSTANCE.find("postgresql." + name);
        return key.isEmpty()
                ? !name.equals("authentication") && !name.equals("bin_name")
                : key.get().scope().covers(Key.Scope.DYNAMIC);
    }

    private SortedMap<String, String> parameters() {
        Mapping shared = parametersOf(dynamicSection);
        SortedMap<String, String> all = new TreeMap<>(Values.textMap(shared));
        Mapping own = parametersOf(local.postgresql().overlay());
        own.entries()
                .forEach((name, tree) -> {
                    if (OwnedParameters.isOwned(name)) {
                        warnOfOwned(name, tree);
                    } else {
                        Values.parameterText(tree)
                                .ifPresentOrElse(
                                        text -> all.put(name, text), () -> all.remove(name));
                    }
                });
        all.keySet().removeIf(OwnedParameters::isOwned);
        all.putAll(OwnedParameters.values(shared, majorVersion));
        all.put("listen_addresses", local.postgresql().listen().parameter());
        all.put("port", String.valueOf(local.postgresql().listen().port()));
        all.put("cluster_name", local.scope());
        local.citus()
                .ifPresent(_ -> CitusSettings.adjust(all, local.postgresql().listen().localHost()));
        return all;
    }

    private void warnOfOwned(String name, Tree tree) {
        String source =
                OwnedParameters.NEVER_SETTABLE.contains(name)
                        ? "it comes from postgresql.listen and scope"
                        : "it must be equal on all members, set it with edit-config";
        findings.warning(tree.at(), Catalogue.OWNED_PREFIX + name, "is ignored: " + source);
    }

    private static Mapping parametersOf(Mapping section) {
        return section.child("parameters").orElse(Mapping.EMPTY) instanceof Mapping m
                ? m
                : Mapping.EMPTY;
    }

    private Set<Feature> features() {
        Set<Feature> features = EnumSet.noneOf(Feature.class);
        for (Feature feature : Feature.values()) {
            if (merged.flag("postgresql." + feature.name().toLowerCase(Locale.ROOT))) {
                features.add(feature);
            }
        }
        return features;
    }

    /// @param setting that names them
    private List<MethodSettings> methods(String setting, List<String> names) {
        List<MethodSettings> methods = new ArrayList<>();
        for (String name : names) {
            Optional<Tree> section = merged.at("postgresql." + name);
            if (name.equals(MethodSettings.BASEBACKUP)) {
                methods.add(new MethodSettings(name, "", Set.of(), Map.of(), Map.of()));
            } else if (section.orElse(Mapping.EMPTY) instanceof Mapping m
                    && m.child("command").isPresent()) {
                methods.add(Options.method(name, m));
            } else {
                Position at = merged.at(setting).map(Tree::at).orElse(Position.NOWHERE);
                findings.warning(
                        at,
                        setting,
                        "method '%s' is left out: postgresql.%1$s has no command".formatted(name));
            }
        }
        return methods;
    }
}
