package io.toomai.core.ha;

import io.toomai.core.ha.HaSettings.SynchronousStrictness;
import io.toomai.core.model.MemberName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/// The text of `synchronous_standby_names` in the forms that mode `on` writes: nothing, one name,
/// or `N (a,b)` (PostgreSQL manual, runtime-config-replication).
public final class SyncNames {
    private SyncNames() {}

    /// All of `standbys` must confirm. Without any, a strict cluster waits for whoever comes (`*`)
    /// and a relaxed one goes on alone.
    public static String format(Collection<MemberName> standbys, SynchronousStrictness strictness) {
        if (standbys.isEmpty()) {
            return strictness == SynchronousStrictness.STRICT ? "*" : "";
        }
        String list =
                standbys.stream().sorted().map(SyncNames::quote).collect(Collectors.joining(","));
        return standbys.size() == 1 ? list : standbys.size() + " (" + list + ")";
    }

    /// The names in such a text; `*` names nobody.
    public static List<String> parse(String parameter) {
        int open = parameter.indexOf('(');
        String list =
                open < 0 ? parameter : parameter.substring(open + 1, parameter.lastIndexOf(')'));
        List<String> names = new ArrayList<>();
        StringBuilder name = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < list.length(); i++) {
            char c = list.charAt(i);
            if (c == '"') {
                if (quoted && i + 1 < list.length() && list.charAt(i + 1) == '"') {
                    name.append('"');
                    i++;
                } else {
                    quoted = !quoted;
                }
            } else if (c == ',' && !quoted) {
                add(names, name);
            } else if (quoted || !Character.isWhitespace(c)) {
                name.append(c);
            }
        }
        add(names, name);
        return List.copyOf(names);
    }

    private static void add(List<String> names, StringBuilder name) {
        if (!name.isEmpty() && !name.toString().equals("*")) {
            names.add(name.toString());
        }
        name.setLength(0);
    }

    private static String quote(MemberName name) {
        boolean plain =
                name.value().chars().allMatch(c -> (c >= 'a' && c <= 'z') || c == '_' || isDigit(c))
                        && !isDigit(name.value().charAt(0));
        return plain ? name.value() : '"' + name.value().replace("\"", "\"\"") + '"';
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }
}
