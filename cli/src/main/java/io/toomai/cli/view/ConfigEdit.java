package io.toomai.cli.view;

import io.toomai.settings.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Changes to the dynamic configuration, on values. The rules are those of `PATCH /config`: null
/// deletes, objects merge, everything else replaces.
public final class ConfigEdit {
    private ConfigEdit() {}

    /// `config` with `patch` merged in.
    public static Json.Obj merge(Json.Obj config, Json.Obj patch) {
        var fields = new LinkedHashMap<>(config.fields());
        patch.fields()
                .forEach((name, value) -> {
                    switch (value) {
                        case Json.Null _ -> fields.remove(name);
                        case Json.Obj inner when fields.get(name) instanceof Json.Obj old ->
                                fields.put(name, merge(old, inner));
                        case Json other -> fields.put(name, other);
                    }
                });
        return new Json.Obj(fields);
    }

    /// What to send to `PATCH /config` so that `before` becomes `after`; nothing when a patch
    /// cannot say it (a null value that must stay).
    public static Optional<Json.Obj> patch(Json.Obj before, Json.Obj after) {
        Json.Obj patch = difference(before, after);
        return equalUnordered(merge(before, patch), after) ? Optional.of(patch) : Optional.empty();
    }

    private static Json.Obj difference(Json.Obj before, Json.Obj after) {
        var patch = new LinkedHashMap<String, Json>();
        before.fields()
                .keySet()
                .forEach(name -> {
                    if (!after.fields().containsKey(name)) {
                        patch.put(name, Json.Null.VALUE);
                    }
                });
        after.fields()
                .forEach((name, value) -> {
                    Json old = before.fields().get(name);
                    if (old instanceof Json.Obj oldObject && value instanceof Json.Obj newObject) {
                        Json.Obj inner = difference(oldObject, newObject);
                        if (!inner.fields().isEmpty()) {
                            patch.put(name, inner);
                        }
                    } else if (!value.equals(old)) {
                        patch.put(name, value);
                    }
                });
        return new Json.Obj(patch);
    }

    /// Equal, whatever the order of keys at any depth.
    public static boolean equalUnordered(Json a, Json b) {
        if (a instanceof Json.Obj(var left) && b instanceof Json.Obj(var right)) {
            return left.keySet().equals(right.keySet())
                    && left.entrySet().stream()
                            .allMatch(field ->
                                    equalUnordered(
                                            field.getValue(),
                                            right.getOrDefault(field.getKey(), Json.Null.VALUE)));
        }
        return a.equals(b);
    }

    /// Sets one dotted path; below `postgresql.parameters` the rest of the path is one name,
    /// because extension parameters have dots themselves. Null removes.
    public static Json.Obj set(Json.Obj config, String path, Json value) {
        return set(config, split(path), value);
    }

    private static List<String> split(String path) {
        var parts = new ArrayList<String>();
        String rest = path;
        while (!String.join(".", parts).equals("postgresql.parameters")) {
            int dot = rest.indexOf('.');
            if (dot < 0) {
                break;
            }
            parts.add(rest.substring(0, dot));
            rest = rest.substring(dot + 1);
        }
        parts.add(rest);
        return parts;
    }

    private static Json.Obj set(Json.Obj config, List<String> path, Json value) {
        String name = path.getFirst();
        if (path.size() == 1) {
            return value.isNull() ? config.without(name) : config.with(name, value);
        }
        Json inner = config.at(name);
        Json.Obj object = inner instanceof Json.Obj existing ? existing : Json.Obj.EMPTY;
        if (value.isNull() && object.fields().isEmpty()) {
            return config;
        }
        Json.Obj changed = set(object, path.subList(1, path.size()), value);
        return changed.fields().isEmpty() && value.isNull()
                ? config.without(name)
                : config.with(name, changed);
    }

    /// Splits `KEY=VALUE` of the command line.
    ///
    /// @throws IllegalArgumentException when there is no `=`
    public static Map.Entry<String, String> assignment(String text) {
        int equals = text.indexOf('=');
        if (equals < 1) {
            throw new IllegalArgumentException("Invalid parameter setting " + text);
        }
        return Map.entry(text.substring(0, equals).strip(), text.substring(equals + 1).strip());
    }
}
