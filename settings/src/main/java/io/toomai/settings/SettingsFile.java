package io.toomai.settings;

import io.toomai.settings.Key.Presence;
import io.toomai.settings.Key.Scope;
import io.toomai.settings.LoadResult.Loaded;
import io.toomai.settings.LoadResult.Rejected;
import io.toomai.settings.text.Parsed;
import io.toomai.settings.text.Position;
import io.toomai.settings.text.Tree;
import io.toomai.settings.text.Tree.Kind;
import io.toomai.settings.text.Tree.Mapping;
import io.toomai.settings.text.Tree.Scalar;
import io.toomai.settings.text.YamlReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Reads a node's settings: a `patroni.yml`, or a directory of such files, with the environment
/// laid over it. A file with a `toomai` section is read strictly: a key that does not exist refuses
/// it. A file without one is Patroni's and such keys only give warnings. Used once per load; blocks
/// on the disk only.
public final class SettingsFile {
    private final Findings findings = new Findings();

    private SettingsFile() {}

    /// @param path file or directory; where it does not exist the environment alone counts, as in
    ///   Patroni
    public static LoadResult load(Path path, Map<String, String> environment) {
        SettingsFile file = new SettingsFile();
        if (Files.exists(path)) {
            return file.judged(file.read(path), environment, path.toString());
        }
        String whole = environment.get(Environment.CONFIGURATION);
        if (whole != null) {
            String source = "environment " + Environment.CONFIGURATION;
            return file.judged(file.parsed(whole, source), Map.of(), source);
        }
        if (environment.keySet().stream().noneMatch(Environment::isOurs)) {
            file.findings.problem(
                    new Position(path.toString(), 0),
                    "",
                    "does not exist; name the settings file or set PATRONI_* variables");
            return file.rejected();
        }
        return file.judged(Optional.of(Mapping.EMPTY), environment, "environment");
    }

    /// As `load`, of a node's member of the embedded store alone.
    public static StoreNode.Loading loadStoreNode(Path path, Map<String, String> environment) {
        SettingsFile file = new SettingsFile();
        Optional<Mapping> root = Files.exists(path) ? file.read(path) : Optional.of(Mapping.EMPTY);
        return root.map(found -> file.storeNode(found, environment, path.toString()))
                .orElseGet(() -> new StoreNode.Loading.Refused(file.rejected()));
    }

    private StoreNode.Loading storeNode(
            Mapping file, Map<String, String> variables, String source) {
        Mapping root = new Environment(variables, findings).overlay(file);
        root = Aliases.replaced(root, Scope.LOCAL, findings);
        new TreeCheck(Scope.LOCAL, TreeCheck.UnknownKeys.REFUSE, findings).check(root);
        Values values = new Values(root);
        for (String key : List.of("name", "toomai.store.voters", "toomai.store.id")) {
            if (values.at(key).isEmpty()) {
                findings.problem(
                        nearestSection(values, key, source),
                        key,
                        "is missing: this node has no member of the embedded store without it");
            }
        }
        if (values.path("postgresql.data_dir").isEmpty()
                && values.path("toomai.data_dir").isEmpty()
                && values.path("toomai.store.data_dir").isEmpty()) {
            findings.problem(
                    nearestSection(values, "toomai.store.data_dir", source),
                    "toomai.store.data_dir",
                    "is missing; name a directory for the store alone");
        }
        names(values);
        if (!findings.isClean()) {
            return new StoreNode.Loading.Refused(rejected());
        }
        StoreNode node = new SettingsBuilder(root, findings).storeNode();
        return findings.isClean()
                ? new StoreNode.Loading.Loaded(node, findings.warnings())
                : new StoreNode.Loading.Refused(rejected());
    }

    /// As `load`, of what an operator's command needs; nothing is required, not even the file.
    ///
    /// @param path absent for the environment alone
    public static OperatorSettings.Loading loadOperator(
            Optional<Path> path, Map<String, String> environment) {
        SettingsFile file = new SettingsFile();
        Optional<Mapping> root =
                path.isPresent() ? file.read(path.get()) : Optional.of(Mapping.EMPTY);
        return root.map(found -> file.operator(found, environment))
                .orElseGet(() -> new OperatorSettings.Loading.Refused(file.rejected()));
    }

    private OperatorSettings.Loading operator(Mapping file, Map<String, String> variables) {
        Mapping root = new Environment(variables, findings).overlay(file);
        root = Aliases.replaced(root, Scope.LOCAL, findings);
        TreeCheck.UnknownKeys unknown =
                file.child("toomai").isPresent()
                        ? TreeCheck.UnknownKeys.REFUSE
                        : TreeCheck.UnknownKeys.WARN;
        new TreeCheck(Scope.LOCAL, unknown, findings).check(root);
        root = CitusSettings.keptIfWhole(root, findings);
        names(new Values(root));
        if (!findings.isClean()) {
            return new OperatorSettings.Loading.Refused(rejected());
        }
        OperatorSettings settings = new SettingsBuilder(root, findings).operator();
        return findings.isClean()
                ? new OperatorSettings.Loading.Loaded(settings, findings.warnings())
                : new OperatorSettings.Loading.Refused(rejected());
    }

    /// As `load`, of a proxy that runs alone beside applications.
    public static LoneProxySettings.Loading loadLoneProxy(
            Path path, Map<String, String> environment) {
        SettingsFile file = new SettingsFile();
        return file.read(path)
                .map(found -> file.loneProxy(found, environment, path.toString()))
                .orElseGet(() -> new LoneProxySettings.Loading.Refused(file.rejected()));
    }

    private LoneProxySettings.Loading loneProxy(
            Mapping file, Map<String, String> variables, String source) {
        Mapping root = new Environment(variables, findings).overlay(file);
        root = Aliases.replaced(root, Scope.LOCAL, findings);
        new TreeCheck(Scope.LOCAL, TreeCheck.UnknownKeys.REFUSE, findings).check(root);
        root = CitusSettings.keptIfWhole(root, findings);
        Values values = new Values(root);
        names(values);
        LoneProxySettings.check(values, key -> nearestSection(values, key, source), findings);
        if (!findings.isClean()) {
            return new LoneProxySettings.Loading.Refused(rejected());
        }
        LoneProxySettings settings = new SettingsBuilder(root, findings).loneProxy();
        return findings.isClean()
                ? new LoneProxySettings.Loading.Loaded(settings, findings.warnings())
                : new LoneProxySettings.Loading.Refused(rejected());
    }

    /// As `load` for a text that is in memory already.
    ///
    /// @param source the name that messages carry
    public static LoadResult parse(String yaml, String source, Map<String, String> environment) {
        SettingsFile file = new SettingsFile();
        return file.judged(file.parsed(yaml, source), environment, source);
    }

    private Rejected rejected() {
        return new Rejected(findings.problems(), findings.warnings());
    }

    private Optional<Mapping> read(Path path) {
        return Files.isDirectory(path) ? directory(path) : single(path);
    }

    private Optional<Mapping> directory(Path directory) {
        List<Path> files;
        try (Stream<Path> all = Files.list(directory)) {
            files = all.filter(SettingsFile::isYaml).sorted().toList();
        } catch (IOException e) {
            findings.problem(at(directory), "", "cannot be read: " + e.getMessage());
            return Optional.empty();
        }
        if (files.isEmpty()) {
            findings.problem(at(directory), "", "holds no file that ends with .yml or .yaml");
        }
        Mapping merged = new Mapping(at(directory), Map.of());
        for (Path file : files) {
            Mapping below = merged;
            merged = single(file).map(above -> merged(below, above)).orElse(below);
        }
        return Optional.of(merged).filter(_ -> findings.isClean());
    }

    private static boolean isYaml(Path path) {
        String name = path.toString();
        return (name.endsWith(".yml") || name.endsWith(".yaml")) && Files.isRegularFile(path);
    }

    private static Position at(Path path) {
        return new Position(path.toString(), 0);
    }

    private Optional<Mapping> single(Path file) {
        try {
            return parsed(Files.readString(file), file.toString());
        } catch (CharacterCodingException _) {
            findings.problem(at(file), "", "is not UTF-8 text");
        } catch (IOException e) {
            findings.problem(at(file), "", "cannot be read: " + e);
        }
        return Optional.empty();
    }

    private Optional<Mapping> parsed(String yaml, String source) {
        return switch (YamlReader.read(yaml, source)) {
            case Parsed.Whole(Mapping mapping) -> Optional.of(mapping);
            case Parsed.Whole(Scalar scalar) when scalar.kind() == Kind.NULL ->
                    Optional.of(new Mapping(scalar.at(), Map.of()));
            case Parsed.Whole(Tree other) -> {
                findings.problem(other.at(), "", "expected a mapping of settings");
                yield Optional.empty();
            }
            case Parsed.Broken(List<Parsed.Fault> faults) -> {
                faults.forEach(fault -> findings.problem(fault.at(), "", fault.message()));
                yield Optional.empty();
            }
        };
    }

    /// A later file wins; its null deletes.
    private static Mapping merged(Mapping below, Mapping above) {
        Map<String, Tree> entries = new LinkedHashMap<>(below.entries());
        above.entries()
                .forEach((name, value) -> {
                    if (value instanceof Scalar scalar && scalar.kind() == Kind.NULL) {
                        entries.remove(name);
                    } else if (value instanceof Mapping inner
                            && entries.get(name) instanceof Mapping outer) {
                        entries.put(name, merged(outer, inner));
                    } else {
                        entries.put(name, value);
                    }
                });
        return new Mapping(below.at(), entries);
    }

    private LoadResult judged(
            Optional<Mapping> file, Map<String, String> variables, String source) {
        if (file.isEmpty()) {
            return rejected();
        }
        boolean strict = file.get().child("toomai").isPresent();
        Mapping root = new Environment(variables, findings).overlay(file.get());
        root = Aliases.replaced(root, Scope.LOCAL, findings);
        TreeCheck.UnknownKeys unknown =
                strict ? TreeCheck.UnknownKeys.REFUSE : TreeCheck.UnknownKeys.WARN;
        new TreeCheck(Scope.LOCAL, unknown, findings).check(root);
        root = CitusSettings.keptIfWhole(root, findings);
        Values values = new Values(root);
        required(values, source);
        StoreSection.check(values, nearestSection(values, "toomai.store.voters", source), findings);
        names(values);
        bootstrapDcs(values);
        ignoredSections(values);
        if (!findings.isClean()) {
            return rejected();
        }
        Settings settings = new SettingsBuilder(root, findings).settings();
        return findings.isClean() ? new Loaded(settings, findings.warnings()) : rejected();
    }

    private void required(Values values, String source) {
        for (Key key : Catalogue.INSTANCE.keys()) {
            if (key.presence() == Presence.REQUIRED && values.at(key.path()).isEmpty()) {
                String variable =
                        key.environment().stream()
                                .findFirst()
                                .map(name -> " (or " + name + " in the environment)")
                                .orElse("");
                findings.problem(
                        nearestSection(values, key.path(), source),
                        key.path(),
                        "is missing; set it" + variable);
            }
        }
    }

    private static Position nearestSection(Values values, String path, String source) {
        String section = path;
        while (section.indexOf('.') >= 0) {
            section = section.substring(0, section.lastIndexOf('.'));
            Optional<Tree> tree = values.at(section);
            if (tree.isPresent()) {
                return tree.get().at();
            }
        }
        return new Position(source, values.root().at().line());
    }

    private void names(Values values) {
        for (String key : List.of("name", "scope")) {
            values.at(key)
                    .filter(tree ->
                            Values.scalarText(tree)
                                    .filter(t -> t.isBlank() || t.indexOf('/') >= 0)
                                    .isPresent())
                    .ifPresent(tree ->
                            findings.problem(tree.at(), key, "is blank or contains a slash"));
        }
    }

    private void bootstrapDcs(Values values) {
        if (!(values.at("bootstrap.dcs").orElse(Mapping.EMPTY) instanceof Mapping document)) {
            return;
        }
        String prefix = "bootstrap.dcs.";
        switch (DynamicSettings.of(document, TimeoutFloor.TOOMAI)) {
            case DynamicSettings.Valid(_, List<Warning> warnings) ->
                    warnings.forEach(w ->
                            findings.warning(
                                    new Position(w.file(), w.line()),
                                    prefix + w.key(),
                                    w.message()));
            case DynamicSettings.Invalid(List<Problem> problems) ->
                    problems.forEach(p ->
                            findings.problem(
                                    new Position(p.file(), p.line()),
                                    prefix + p.key(),
                                    p.message()));
        }
    }

    private void ignoredSections(Values values) {
        String path = "bootstrap.users";
        values.at(path)
                .ifPresent(tree ->
                        findings.warning(
                                tree.at(),
                                path,
                                "is not supported in this version; it is ignored"));
    }
}
