package io.toomai.proxy.auth;

import io.toomai.proxy.auth.HbaTokens.Word;
import io.toomai.settings.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// The lines of an ident file: `map system-name database-user`. Who proves a name of the system's
/// (by a certificate, or as peer on a Unix socket) may be those users. As in PostgreSQL a system
/// name that begins with `/` is a pattern, whose first group is `\1` in the user, and the user may
/// be `all`.
public record IdentFile(List<Line> lines) {
    public static final IdentFile EMPTY = new IdentFile(List.of());

    public IdentFile {
        lines = List.copyOf(lines);
    }

    /// One line.
    public record Line(String map, Word system, Word user) {}

    /// What reading a file gave.
    ///
    /// @param problems one is enough to refuse the file
    public record Reading(IdentFile file, List<Problem> problems) {}

    /// @param source its name, for messages
    public static Reading parse(String text, String source) {
        List<Line> lines = new ArrayList<>();
        List<Problem> problems = new ArrayList<>();
        int number = 0;
        for (String raw : text.lines().toList()) {
            number++;
            try {
                List<List<Word>> fields = HbaTokens.fields(raw);
                if (!fields.isEmpty()) {
                    lines.add(line(fields));
                }
            } catch (IllegalArgumentException e) {
                problems.add(new Problem("", source, number, String.valueOf(e.getMessage())));
            }
        }
        return new Reading(new IdentFile(lines), problems);
    }

    private static Line line(List<List<Word>> fields) {
        if (fields.size() != 3 || fields.stream().anyMatch(field -> field.size() != 1)) {
            throw new IllegalArgumentException("a line is written map system-name database-user");
        }
        Line line =
                new Line(
                        fields.get(0).getFirst().text(),
                        fields.get(1).getFirst(),
                        fields.get(2).getFirst());
        if (line.system().isPattern()) {
            try {
                Pattern.compile(line.system().text().substring(1));
            } catch (PatternSyntaxException e) {
                throw new IllegalArgumentException(line.system().text() + " is no pattern", e);
            }
        }
        return line;
    }

    public boolean has(String map) {
        return lines.stream().anyMatch(line -> line.map().equals(map));
    }

    /// Whether who has proven that system name may be that user.
    ///
    /// @param map absent: then the two names must be the same
    public boolean allows(Optional<String> map, String system, String user) {
        return map.map(name ->
                        lines.stream()
                                .filter(line -> line.map().equals(name))
                                .anyMatch(line -> allows(line, system, user)))
                .orElseGet(() -> system.equals(user));
    }

    private static boolean allows(Line line, String system, String user) {
        String wanted = line.user().text();
        if (line.system().isPattern()) {
            Matcher matcher = Pattern.compile(line.system().text().substring(1)).matcher(system);
            if (!matcher.find()) {
                return false;
            }
            String group = matcher.groupCount() > 0 ? matcher.group(1) : null;
            wanted = wanted.replace("\\1", group == null ? "" : group);
        } else if (!line.system().text().equals(system)) {
            return false;
        }
        return line.user().is("all") || wanted.equals(user);
    }
}
