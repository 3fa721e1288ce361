package io.toomai.proxy.config;

import io.toomai.core.model.Secret;
import io.toomai.proxy.auth.StoredPassword;
import io.toomai.proxy.auth.UserList;
import io.toomai.settings.Problem;
import io.toomai.settings.Warning;
import io.toomai.settings.text.Position;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// All that the files of a pooler say: its settings, its users and who may come in. A reload takes
/// all of it or nothing.
public record Configuration(ProxySettings settings, UserList users, Access access) {
    /// The same users and rules with other settings. What settings name as files is not read again.
    public Configuration with(ProxySettings next) {
        return new Configuration(next, users, access);
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
        return complete(PgBouncerFile.read(ini), ini.toString());
    }

    /// @param source of the settings, for messages
    private static Loading complete(PgBouncerFile.Result result, String source) throws IOException {
        return switch (result) {
            case PgBouncerFile.Result.Rejected(var problems) -> new Loading.Rejected(problems);
            case PgBouncerFile.Result.Loaded(var settings, var warnings) -> {
                UserList.Reading users = users(settings.values().given("auth_file"));
                List<Problem> problems = new ArrayList<>(users.problems());
                Access access = Access.read(settings.values(), source, problems);
                yield problems.isEmpty()
                        ? new Loading.Loaded(
                                new Configuration(settings, users.list(), access), warnings)
                        : new Loading.Rejected(problems);
            }
        };
    }

    /// What would stand in a `pgbouncer.ini`, written elsewhere: name and value of each section.
    public record Sections(
            Map<String, String> pgbouncer,
            Map<String, String> databases,
            Map<String, String> users) {
        List<IniLine> lines(String source) {
            Position at = new Position(source, 0);
            List<IniLine> lines = new ArrayList<>();
            pgbouncer.forEach(
                    (name, value) -> lines.add(new IniLine("pgbouncer", name, value, at)));
            databases.forEach(
                    (name, value) -> lines.add(new IniLine("databases", name, value, at)));
            users.forEach((name, value) -> lines.add(new IniLine("users", name, value, at)));
            return lines;
        }

        /// Without the values, which may be secrets.
        @Override
        public String toString() {
            return "Sections" + pgbouncer.keySet();
        }
    }

    /// Reads settings of another document, and the files that they name.
    ///
    /// @param source of the settings, for messages
    /// @param known passwords besides those of `auth_file`, by user
    /// @throws IOException if a file cannot be read
    public static Loading of(Sections sections, String source, Map<String, Secret> known)
            throws IOException {
        Loading loading = complete(PgBouncerFile.of(sections.lines(source)), source);
        if (!(loading instanceof Loading.Loaded(var read, var warnings))) {
            return loading;
        }
        Map<String, Optional<StoredPassword>> users = new HashMap<>();
        known.forEach((name, password) -> users.put(name, StoredPassword.of(password.reveal())));
        users.putAll(read.users().users());
        return new Loading.Loaded(
                new Configuration(read.settings(), new UserList(users), read.access()), warnings);
    }

    private static UserList.Reading users(Optional<String> file) throws IOException {
        return file.isEmpty()
                ? new UserList.Reading(UserList.EMPTY, List.of())
                : UserList.parse(Files.readString(Path.of(file.get())), file.get());
    }
}
