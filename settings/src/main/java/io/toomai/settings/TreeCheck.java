package io.toomai.settings;

import io.toomai.settings.Key.Scope;
import io.toomai.settings.text.Position;
import io.toomai.settings.text.Tree;
import io.toomai.settings.text.Tree.Kind;
import io.toomai.settings.text.Tree.Mapping;
import io.toomai.settings.text.Tree.Scalar;
import io.toomai.settings.text.Tree.Sequence;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Compares a whole tree with the catalogue: names, places, types, ranges. Used once.
final class TreeCheck {
    private final Scope place;
    private final UnknownKeys unknownKeys;
    private final Findings findings;

    /// What a name that the catalogue does not have leads to.
    enum UnknownKeys {
        REFUSE,
        WARN
    }

    TreeCheck(Scope place, UnknownKeys unknownKeys, Findings findings) {
        this.place = place;
        this.unknownKeys = unknownKeys;
        this.findings = findings;
    }

    void check(Mapping root) {
        section(root, "");
    }

    private void section(Mapping mapping, String section) {
        Set<String> methods = methodSections(mapping, section);
        mapping.entries()
                .forEach((name, value) -> {
                    String path = section.isEmpty() ? name : section + "." + name;
                    if (!methods.contains(name)) {
                        entry(path, value);
                    }
                });
    }

    private void entry(String path, Tree value) {
        Optional<Key> key = Catalogue.INSTANCE.find(path);
        if (key.isPresent()) {
            known(key.get(), path, value);
        } else if (!Catalogue.INSTANCE.isSection(path)) {
            unknown(path, value.at());
        } else if (value instanceof Mapping inner) {
            if (Catalogue.INSTANCE.namesBelow(path, place).isEmpty()) {
                misplaced(path, value.at());
            } else {
                section(inner, path);
            }
        } else if (!(value instanceof Scalar scalar && scalar.kind() == Kind.NULL)) {
            String found = value instanceof Sequence ? "a list" : "a single value";
            findings.problem(value.at(), path, "expected a mapping, found " + found);
        }
    }

    private void known(Key key, String path, Tree value) {
        if (!key.scope().covers(place)) {
            misplaced(path, value.at());
            return;
        }
        ValueCheck.complaint(key, value)
                .ifPresent(complaint -> findings.problem(value.at(), path, complaint));
    }

    private void misplaced(String path, Position at) {
        findings.warning(
                at,
                path,
                place == Scope.LOCAL
                        ? "is ignored here: it belongs to the dynamic configuration"
                                + " (bootstrap.dcs, edit-config)"
                        : "is ignored here: it belongs to the file of each member");
    }

    private void unknown(String path, Position at) {
        String message = "is not a setting" + suggestion(path);
        if (unknownKeys == UnknownKeys.REFUSE) {
            findings.problem(at, path, message);
        } else {
            findings.warning(at, path, message + "; it is ignored");
        }
    }

    private String suggestion(String path) {
        int dot = path.lastIndexOf('.');
        String name = path.substring(dot + 1);
        String section = dot < 0 ? "" : path.substring(0, dot);
        Optional<String> sibling =
                Nearest.to(name, Catalogue.INSTANCE.namesBelow(section, place))
                        .map(nearest -> section.isEmpty() ? nearest : section + "." + nearest);
        return sibling.or(() -> elsewhere(name))
                .map(nearest -> "; did you mean " + nearest + "?")
                .orElse("");
    }

    /// The only other place that has this very name.
    private Optional<String> elsewhere(String name) {
        NavigableSet<String> paths = new TreeSet<>();
        for (Key key : Catalogue.INSTANCE.keys()) {
            boolean fits = key.scope().covers(place) && key.type() != Key.Type.ALIAS;
            if (fits && key.name().equals(name)) {
                paths.add(key.path());
            }
        }
        return paths.size() == 1 ? Optional.of(paths.first()) : Optional.empty();
    }

    /// Names of sections that the configuration itself introduces: custom ways to create data
    /// directories.
    private static Set<String> methodSections(Mapping mapping, String section) {
        Set<String> names = new TreeSet<>();
        if (section.equals("bootstrap")) {
            mapping.child("method").flatMap(Values::scalarText).ifPresent(names::add);
        } else if (section.equals("postgresql")) {
            // A section with a command is a method even where only the other place lists it.
            mapping.entries()
                    .forEach((name, value) -> {
                        if (value instanceof Mapping m && m.child("command").isPresent()) {
                            names.add(name);
                        }
                    });
            mapping.child("create_replica_methods")
                    .ifPresent(tree -> names.addAll(Values.items(tree, section)));
        }
        names.removeAll(Catalogue.INSTANCE.namesBelow(section, Scope.LOCAL));
        names.removeAll(Catalogue.INSTANCE.namesBelow(section, Scope.DYNAMIC));
        return names;
    }
}
