package io.toomai.core.ha;

import io.toomai.core.ha.HaSettings.SynchronousStrictness;
import io.toomai.core.model.MemberName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/// The text of `synchronous_standby_names` in the forms that we write: nothing, one name or `N
/// (a,b)` in mode `on`, `ANY N (a,b)` in mode `quorum` (PostgreSQL manual,
/// runtime-config-replication).
public final class SyncNames {
    private SyncNames() {}

    /// All of `standbys` must confirm. Without any, a strict cluster waits for whoever comes (`*`)
    /// and a relaxed one goes on alone.
    public static String format(Collection<MemberName> standbys, SynchronousStrictness strictness) {
        if (standbys.isEmpty()) {
            return strictness == SynchronousStrictness.STRICT ? "*" : "";
        }
        String list = list(standbys);
        return standbys.size() == 1 ? list : standbys.size() + " (" + list + ")";
    }

    /// `count` of the names must confirm, whoever is first.
    public static String any(SyncParameter parameter, SynchronousStrictness strictness) {
        return parameter.names().isEmpty()
                ? format(List.of(), strictness)
                : "ANY " + parameter.count() + " (" + list(parameter.names()) + ")";
    }

    private static String list(Collection<MemberName> standbys) {
        return standbys.stream().sorted().map(SyncNames::quote).collect(Collectors.joining(","));
    }

    /// How many of the names such a text demands; all of them where it names no number.
    public static int count(String parameter) {
        int names = parse(parameter).size();
        int open = parameter.indexOf('(');
        if (open < 0) {
            return names;
        }
        String number = parameter.substring(0, open).replaceAll("[^0-9]", "");
        return number.isEmpty() ? names : Math.min(names, Integer.parseInt(number));
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
