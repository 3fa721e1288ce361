package io.toomai.proxy.config;

import io.toomai.core.model.Secret;
import io.toomai.proxy.auth.StoredPassword;
import io.toomai.proxy.auth.UserList;
import io.toomai.settings.Problem;
import io.toomai.settings.Warning;
import io.toomai.settings.text.Position;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// All that the files of a pooler say: its settings, its users and who may come in. A reload takes
/// all of it or nothing.
///
/// @param known passwords besides those of `auth_file`, by user
public record Configuration(
        ProxySettings settings, UserList users, Access access, Map<String, Secret> known) {
    public Configuration {
        known = Map.copyOf(known);
    }

    /// The same users and rules with other settings. What settings name as files is not read again.
    public Configuration with(ProxySettings next) {
        return new Configuration(next, users, access, known);
    }

    /// Other settings, of which one is new, with what the files say that they name.
    ///
    /// @param source of the new one, for messages
    /// @throws IOException if a file cannot be read
    public Loading read(ProxySettings next, String source) throws IOException {
        return read(next, known, source);
    }

    private static Loading read(ProxySettings settings, Map<String, Secret> known, String source)
            throws IOException {
        List<Problem> problems = new ArrayList<>();
        UserList users = users(settings.values(), known, source, problems);
        List<Warning> warnings = new ArrayList<>();
        Access access = Access.read(settings.values(), source, problems, warnings);
        return problems.isEmpty()
                ? new Loading.Loaded(new Configuration(settings, users, access, known), warnings)
                : new Loading.Rejected(problems);
    }

    /// What reading gave.
    public sealed interface Loading {
        record Loaded(Configuration configuration, List<Warning> warnings) implements Loading {}

        /// Each names file, line and key.
        record Rejected(List<Problem> problems) implements Loading {}
    }

    /// Reads `pgbouncer.ini` and the files that it names.
    ///
    /// @throws IOException if one of them cannot be read
    public static Loading load(Path ini) throws IOException {
        return complete(PgBouncerFile.read(ini), new OfIni(ini.toString()), Map.of());
    }

    private static Loading complete(
            PgBouncerFile.Result result, Places places, Map<String, Secret> known)
            throws IOException {
        String source = places.of("pgbouncer", "").source();
        return switch (result) {
            case PgBouncerFile.Result.Rejected(var problems) -> new Loading.Rejected(problems);
            case PgBouncerFile.Result.Loaded(var settings, var warnings, var lines) ->
                    switch (read(settings, known, source)) {
                        case Loading.Loaded(var read, var more) ->
                                new Loading.Loaded(
                                        read,
                                        Stream.concat(
                                                        warnings.stream(),
                                                        more.stream()
                                                                .map(each ->
                                                                        placed(
                                                                                each, lines,
                                                                                places)))
                                                .toList());
                        case Loading.Rejected(var problems) ->
                                new Loading.Rejected(
                                        problems.stream()
                                                .map(each -> placed(each, lines, places))
                                                .toList());
                    };
        };
    }

    private static Warning placed(Warning warning, Map<String, IniLine> lines, Places places) {
        Problem alike =
                placed(
                        new Problem(
                                warning.key(), warning.file(), warning.line(), warning.message()),
                        lines,
                        places);
        return new Warning(alike.key(), alike.file(), alike.line(), alike.message());
    }

    /// What is wrong with a setting together with others is found later than its line was read.
    private static Problem placed(Problem problem, Map<String, IniLine> lines, Places places) {
        String name = problem.key();
        Position nearest = places.of("pgbouncer", name);
        if (!problem.file().equals(nearest.source()) || !Catalogue.SETTINGS.containsKey(name)) {
            return problem; // of another file
        }
        IniLine line = lines.get(name);
        Position at = line == null ? nearest : line.at();
        return new Problem(
                places.key("pgbouncer", name), at.source(), at.line(), problem.message());
    }

    /// What would stand in a `pgbouncer.ini`, written elsewhere: name and value of each section.
    public record Sections(
            Map<String, String> pgbouncer,
            Map<String, String> databases,
            Map<String, String> users) {
        List<IniLine> lines(Places places) {
            List<IniLine> lines = new ArrayList<>();
            add("pgbouncer", pgbouncer, places, lines);
            add("databases", databases, places, lines);
            add("users", users, places, lines);
            return lines;
        }

        private static void add(
                String section, Map<String, String> entries, Places places, List<IniLine> lines) {
            entries.forEach((name, value) ->
                    lines.add(
                            new IniLine(
                                    places.key(section, name),
                                    section,
                                    name,
                                    value,
                                    places.of(section, name))));
        }

        /// Without the values, which may be secrets.
        @Override
        public String toString() {
            return "Sections" + pgbouncer.keySet();
        }
    }

    /// Where the document has what would stand in a `pgbouncer.ini`.
    public interface Places {
        /// What messages call it.
        String key(String section, String name);

        /// Its line; of what is not written, the nearest one.
        Position of(String section, String name);
    }

    /// Of what is not in the file.
    private record OfIni(String file) implements Places {
        @Override
        public String key(String section, String name) {
            return name;
        }

        @Override
        public Position of(String section, String name) {
            return new Position(file, 0);
        }
    }

    /// Reads settings of another document, and the files that they name.
    ///
    /// @param places for messages
    /// @param known passwords besides those of `auth_file`, by user
    /// @throws IOException if a file cannot be read
    public static Loading of(Sections sections, Places places, Map<String, Secret> known)
            throws IOException {
        return complete(PgBouncerFile.of(sections.lines(places)), places, known);
    }

    private static UserList users(
            ValuesOf values, Map<String, Secret> known, String source, List<Problem> problems) {
        Map<String, Optional<StoredPassword>> users = new HashMap<>();
        known.forEach((name, password) -> users.put(name, StoredPassword.of(password.reveal())));
        users.putAll(listed(values, source, problems).users());
        return new UserList(users);
    }

    private static UserList listed(ValuesOf values, String source, List<Problem> problems) {
        Optional<String> text = NamedFile.text(values, "auth_file", source, problems);
        if (text.isEmpty()) {
            return UserList.EMPTY;
        }
        UserList.Reading reading = UserList.parse(text.get(), values.text("auth_file"));
        problems.addAll(reading.problems());
        return reading.list();
    }
}
