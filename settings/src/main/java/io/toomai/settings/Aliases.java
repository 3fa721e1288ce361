package io.toomai.settings;

import io.toomai.settings.Key.Scope;
import io.toomai.settings.text.Tree;
import io.toomai.settings.text.Tree.Mapping;
import java.util.LinkedHashMap;
import java.util.Map;

/// Moves values from older names to today's; where both are written today's name counts. Stateless.
final class Aliases {
    private Aliases() {}

    static Mapping replaced(Mapping root, Scope place, Findings findings) {
        Mapping result = root;
        for (Key key : Catalogue.INSTANCE.keys()) {
            if (key.type() == Key.Type.ALIAS && key.scope().covers(place)) {
                result = replaced(result, key, findings);
            }
        }
        return result;
    }

    private static Mapping replaced(Mapping root, Key alias, Findings findings) {
        int dot = alias.path().indexOf('.');
        String today = alias.defaultText().orElseThrow();
        String newName = today.substring(today.lastIndexOf('.') + 1);
        if (dot < 0) {
            return moved(root, alias, newName, findings);
        }
        String section = alias.path().substring(0, dot);
        if (!(root.entries().get(section) instanceof Mapping inner)) {
            return root;
        }
        Map<String, Tree> entries = new LinkedHashMap<>(root.entries());
        entries.put(section, moved(inner, alias, newName, findings));
        return new Mapping(root.at(), entries);
    }

    private static Mapping moved(Mapping mapping, Key alias, String newName, Findings findings) {
        Tree value = mapping.entries().get(alias.name());
        if (value == null) {
            return mapping;
        }
        Map<String, Tree> entries = new LinkedHashMap<>(mapping.entries());
        entries.remove(alias.name());
        if (mapping.child(newName).isPresent()) {
            String message = "is ignored because " + alias.defaultText().orElseThrow() + " is set";
            findings.warning(value.at(), alias.path(), message);
        } else {
            entries.put(newName, value);
        }
        return new Mapping(mapping.at(), entries);
    }
}
