package io.toomai.proxy.config;

import io.toomai.settings.Problem;
import io.toomai.settings.text.ByteOrderMark;
import io.toomai.settings.text.Position;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Reads a file in PgBouncer's ini format: `[section]`, `name = value`, `;` or `#` at the beginning
/// of a line for a comment, `%include file`. One object for one reading.
///
/// Names may stand in double quotes (`""` for one), for databases with other characters than
/// letters, digits, `_`, `-` and `.`.
final class IniReader {
    /// Files within files; PgBouncer's limit.
    private static final int DEEPEST = 10;

    private final List<IniLine> lines = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();
    private String section = "";

    /// @throws IOException if the file itself cannot be read
    static IniReader of(Path file) throws IOException {
        IniReader reader = new IniReader();
        reader.file(file, 0);
        return reader;
    }

    List<IniLine> lines() {
        return lines;
    }

    /// What was passed over; one is enough to refuse the file.
    List<Problem> problems() {
        return problems;
    }

    private void file(Path file, int depth) throws IOException {
        String text;
        try {
            text = ByteOrderMark.without(Files.readString(file));
        } catch (CharacterCodingException e) {
            problem(new Position(file.toString(), 0), "is not in UTF-8");
            return;
        }
        int number = 0;
        for (String raw : text.lines().toList()) {
            number++;
            line(raw.strip(), new Position(file.toString(), number), file, depth);
        }
    }

    private void line(String line, Position at, Path file, int depth) {
        if (line.isEmpty() || line.startsWith(";") || line.startsWith("#")) {
            return;
        }
        if (line.startsWith("%include")) {
            include(line.substring("%include".length()).strip(), at, file, depth);
        } else if (line.startsWith("[")) {
            int end = line.indexOf(']');
            if (end < 0 || !line.substring(end + 1).isBlank()) {
                problem(at, "a section is written [name]");
            } else {
                section = line.substring(1, end).strip();
            }
        } else {
            assignment(line, at);
        }
    }

    private void include(String name, Position at, Path from, int depth) {
        if (name.isEmpty()) {
            problem(at, "%include names no file");
        } else if (depth >= DEEPEST) {
            problem(at, "%include in more than " + DEEPEST + " files within files");
        } else {
            try {
                file(Path.of(name), depth + 1);
            } catch (IOException | InvalidPathException e) {
                problem(at, "cannot read " + name + " that " + from + " includes");
            }
        }
    }

    private void assignment(String line, Position at) {
        int nameEnd = line.startsWith("\"") ? quotedEnd(line) : line.indexOf('=');
        int equals = nameEnd < 0 ? -1 : line.indexOf('=', nameEnd);
        if (equals < 0 || !line.substring(nameEnd, equals).isBlank()) {
            problem(at, "neither a section nor name = value");
            return;
        }
        String name = line.substring(0, nameEnd).strip();
        if (line.startsWith("\"")) {
            name = name.substring(1, name.length() - 1).replace("\"\"", "\"");
        }
        if (section.isEmpty()) {
            problem(at, name + " stands before any [section]");
        } else {
            lines.add(new IniLine(section, name, line.substring(equals + 1).strip(), at));
        }
    }

    /// Behind the quote that ends a name; -1 without one.
    private static int quotedEnd(String line) {
        int at = 1;
        while (at < line.length()) {
            if (line.charAt(at) == '"') {
                if (at + 1 >= line.length() || line.charAt(at + 1) != '"') {
                    return at + 1;
                }
                at++;
            }
            at++;
        }
        return -1;
    }

    private void problem(Position at, String message) {
        problems.add(new Problem("", at.source(), at.line(), message));
    }
}
