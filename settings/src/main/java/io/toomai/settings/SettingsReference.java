package io.toomai.settings;

import io.toomai.settings.Key.Presence;
import io.toomai.settings.Key.Scope;
import java.util.List;
import java.util.function.Predicate;

/// Writes `docs/reference/settings.md` from the catalogue. Stateless; the same catalogue gives the
/// same page.
public final class SettingsReference {
    private SettingsReference() {}

    /// The whole page as Markdown.
    public static String page() {
        StringBuilder out = new StringBuilder();
        out.append(
                """
                # Settings

                Generated from `settings/…/Catalogue.java`; a test fails when this page is stale. To write it anew:
                `./mvnw -pl settings -am test -Dtoomai.docs=write -Dtest=SettingsReferenceTest -Dsurefire.failIfNoSpecifiedTests=false`

                - A **local** key stands in the node's own file (or a directory of files, merged in the order of their names).
                  Environment variables override the file. A file with a `toomai` section is refused when it holds a key that does
                  not exist; without that section such a key only gives a warning.
                - A **dynamic** key stands in the store and is equal for all members: `bootstrap.dcs` at first, then
                  `toomai edit-config` or `PATCH /config`.
                - A key that is **both** may stand in either place; the file wins.
                - Times are seconds unless they have a unit (`ms`, `s`, `min`, `h`, `d`); sizes are bytes unless they have one
                  (`kB`, `MB`, `GB`, `TB`).
                """);
        section(out, "Local", key -> key.scope() == Scope.LOCAL);
        section(out, "Both", key -> key.scope() == Scope.BOTH);
        section(out, "Dynamic", key -> key.scope() == Scope.DYNAMIC && !key.isOwnedRow());
        section(out, "PostgreSQL parameters that are equal on all members", Key::isOwnedRow);
        return out.toString();
    }

    private static void section(StringBuilder out, String title, Predicate<Key> which) {
        List<Key> keys = Catalogue.INSTANCE.keys().stream().filter(which).toList();
        boolean variables = keys.stream().anyMatch(key -> !key.environment().isEmpty());
        out.append("\n## ").append(title).append("\n\n");
        out.append("| key | type | default | meaning | change needs |");
        out.append(variables ? " environment | since |\n" : " since |\n");
        out.append("|---|---|---|---|---|---|");
        out.append(variables ? "---|\n" : "\n");
        keys.forEach(key -> row(out, key, variables ? Columns.ALL : Columns.WITHOUT_VARIABLES));
    }

    private enum Columns {
        ALL,
        WITHOUT_VARIABLES
    }

    private static void row(StringBuilder out, Key key, Columns columns) {
        String limits = key.limits().toString();
        cell(out, "`" + key.path() + "`");
        cell(out, key.type().caption + (limits.isEmpty() ? "" : " " + limits));
        cell(out, key.presence() == Presence.REQUIRED ? "**required**" : defaultOf(key));
        cell(out, key.meaning());
        cell(out, key.apply() == Key.Apply.RESTART ? "restart" : "reload");
        if (columns == Columns.ALL) {
            String names = String.join(", ", key.environment());
            cell(out, names.isEmpty() ? "" : "`" + names.replace(", ", "`, `") + "`");
        }
        cell(out, key.since());
        out.append("|\n");
    }

    private static String defaultOf(Key key) {
        return key.defaultText().map(text -> "`" + text + "`").orElse("");
    }

    private static void cell(StringBuilder out, String text) {
        out.append("| ").append(text.replace("|", "\\|")).append(' ');
    }
}
