package io.toomai.postgres.os;

import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import java.util.ArrayList;
import java.util.List;

/// Splits a command line of the operator's into words as a POSIX shell does: by blanks, quotes and
/// backslashes. No shell runs, so nothing else of what a shell knows means anything: `$`, `|` and
/// `*` stay as they are, as with Patroni.
public final class ShellWords {
    private final String line;
    private final String setting;
    private final List<String> words = new ArrayList<>();
    private final StringBuilder word = new StringBuilder();
    private int at;

    private ShellWords(String line, String setting) {
        this.line = line;
        this.setting = setting;
    }

    /// The words, at least one.
    ///
    /// @param setting that holds the line, for messages
    /// @throws PostgresException `PROGRAM_FAILED` where a quote is not closed or nothing is there
    public static List<String> split(String line, String setting) {
        ShellWords reading = new ShellWords(line, setting);
        reading.readAll();
        if (reading.words.isEmpty()) {
            throw reading.unusable("it is empty");
        }
        return List.copyOf(reading.words);
    }

    private PostgresException unusable(String why) {
        return new PostgresException(
                Code.PROGRAM_FAILED,
                setting + " is no command: " + why + "; correct it in the configuration");
    }

    private void readAll() {
        boolean within = false;
        while (at < line.length()) {
            char c = line.charAt(at++);
            if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
                if (within) {
                    end();
                }
                within = false;
            } else {
                within = true;
                switch (c) {
                    case '\'' -> readLiteral();
                    case '"' -> readQuoted();
                    case '\\' -> word.append(escaped());
                    default -> word.append(c);
                }
            }
        }
        if (within) {
            end();
        }
    }

    private void end() {
        words.add(word.toString());
        word.setLength(0);
    }

    private void readLiteral() {
        int close = line.indexOf('\'', at);
        if (close < 0) {
            throw unusable("a single quote is not closed");
        }
        word.append(line, at, close);
        at = close + 1;
    }

    private void readQuoted() {
        while (at < line.length()) {
            char c = line.charAt(at++);
            if (c == '"') {
                return;
            }
            if (c == '\\') {
                char next = escaped();
                if (next != '"' && next != '\\') {
                    word.append('\\');
                }
                word.append(next);
            } else {
                word.append(c);
            }
        }
        throw unusable("a double quote is not closed");
    }

    private char escaped() {
        if (at == line.length()) {
            throw unusable("nothing follows its last backslash");
        }
        return line.charAt(at++);
    }
}
