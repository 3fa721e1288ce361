package io.toomai.proxy.config;

import io.toomai.proxy.config.Setting.Effect;
import io.toomai.settings.Nearest;
import io.toomai.settings.Problem;
import io.toomai.settings.Warning;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/// Reads a `pgbouncer.ini`. All of it or nothing counts: one problem, and the settings that were in
/// force stay.
public final class PgBouncerFile {
    private static final List<String> SECTIONS =
            List.of("pgbouncer", "databases", "users", "peers");

    private final Map<String, String> values = new LinkedHashMap<>(ValuesOf.defaults().values());
    private final Map<String, Database> databases = new HashMap<>();
    private final Map<String, UserLimits> users = new HashMap<>();
    private final Map<String, IniLine> settings = new HashMap<>();
    private final Map<String, IniLine> entries = new HashMap<>();
    private final Map<Integer, IniLine> peers = new LinkedHashMap<>();
    private final List<Problem> problems;
    private final List<Warning> warnings = new ArrayList<>();

    /// What reading gave.
    public sealed interface Result {
        /// @param lines of `[pgbouncer]`, the last of each name
        record Loaded(ProxySettings settings, List<Warning> warnings, Map<String, IniLine> lines)
                implements Result {}

        /// Each names file, line and key.
        record Rejected(List<Problem> problems) implements Result {}
    }

    private PgBouncerFile(List<Problem> problems) {
        this.problems = new ArrayList<>(problems);
    }

    /// @throws IOException if the file cannot be read
    public static Result read(Path file) throws IOException {
        IniReader read = IniReader.of(file);
        PgBouncerFile target = new PgBouncerFile(read.problems());
        read.lines().forEach(target::line);
        target.leadSomewhere();
        return target.result();
    }

    /// The same settings, from another document.
    static Result of(List<IniLine> lines) {
        PgBouncerFile target = new PgBouncerFile(List.of());
        lines.forEach(target::line);
        return target.result();
    }

    private void line(IniLine line) {
        switch (line.section()) {
            case "pgbouncer" -> setting(line);
            case "databases" -> {
                entries.put(line.name(), line);
                entry(line, databases, Entries::database);
            }
            case "users" -> entry(line, users, Entries::user);
            case "peers" -> {
                if (line.name().matches("\\d{1,5}")) {
                    peers.put(Integer.parseInt(line.name()), line);
                } else {
                    problem(line, "is no peer: its id is a number from 1 to 16383");
                }
            }
            default ->
                    problem(
                            line,
                            "stands in ["
                                    + line.section()
                                    + "], which is no section"
                                    + near(line.section(), SECTIONS));
        }
    }

    private void setting(IniLine line) {
        settings.put(line.name(), line);
        Setting setting = Catalogue.SETTINGS.get(line.name());
        if (setting == null) {
            problem(
                    line,
                    "is no setting" + near(line.name(), List.copyOf(Catalogue.SETTINGS.keySet())));
            return;
        }
        if (setting.effect() == Effect.NONE && !line.value().equals(setting.byDefault())) {
            warnings.add(
                    new Warning(
                            line.path(),
                            line.at().source(),
                            line.at().line(),
                            "has no effect here"));
        }
        setting.kind()
                .fault(line.value())
                .ifPresentOrElse(
                        fault -> problem(line, fault), () -> values.put(line.name(), line.value()));
    }

    private <T> void entry(
            IniLine line, Map<String, T> into, BiFunction<String, String, T> reader) {
        try {
            into.put(line.name(), reader.apply(line.name(), line.value()));
        } catch (IllegalArgumentException e) {
            problem(line, String.valueOf(e.getMessage()));
        }
    }

    /// No cluster is known here: what names no host is led to the socket beside the proxy's own.
    private void leadSomewhere() {
        if (new ValuesOf(values).given("unix_socket_dir").isEmpty()) {
            entries.forEach((name, line) -> {
                Database database = databases.get(name);
                if (database != null && database.hosts().isEmpty()) {
                    problem(
                            line,
                            "names no host, and unix_socket_dir, where its socket would be, is"
                                    + " empty");
                }
            });
        }
    }

    private Result result() {
        ValuesOf all = new ValuesOf(values);
        List<Peer> reached = new ArrayList<>();
        for (IniLine line : peers.values()) {
            try {
                reached.add(
                        Entries.peer(line.name(), line.value(), all.number("default_pool_size")));
            } catch (IllegalArgumentException e) {
                problem(line, String.valueOf(e.getMessage()));
            }
        }
        return problems.isEmpty()
                ? new Result.Loaded(
                        new ProxySettings(all, databases, users, reached), warnings, settings)
                : new Result.Rejected(problems);
    }

    private static String near(String word, List<String> candidates) {
        return Nearest.to(word, candidates).map(n -> ", did you mean " + n + "?").orElse("");
    }

    private void problem(IniLine line, String what) {
        problems.add(new Problem(line.path(), line.at().source(), line.at().line(), what));
    }
}
