package io.toomai.proxy.console;

import io.toomai.core.model.MemberName;
import io.toomai.proxy.console.Command.Shutdown.Manner;
import io.toomai.proxy.route.Duty;
import io.toomai.settings.Nearest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Reads a line of the console: a verb and perhaps a word, or `SET key = value`. Case does not
/// matter but in names; names in `"`, values in `'`; one `;` may end it. Comments are skipped.
final class CommandReader {
    /// What drivers ask and set without need; PgBouncer's answers.
    private static final Map<String, String> PARAMETERS =
            Map.of(
                    "client_encoding", "UTF-8",
                    "default_transaction_isolation", "read committed",
                    "standard_conforming_strings", "on",
                    "datestyle", "ISO",
                    "timezone", "GMT",
                    "extra_float_digits", "2");

    private static final List<String> VERBS =
            List.of(
                    "SHOW",
                    "PAUSE",
                    "RESUME",
                    "RECONNECT",
                    "KILL",
                    "WAIT_CLOSE",
                    "DISABLE",
                    "ENABLE",
                    "DRAIN",
                    "MAINTENANCE",
                    "READY",
                    "KILL_CLIENT",
                    "SUSPEND",
                    "RELOAD",
                    "SHUTDOWN");

    private static final List<String> SUBJECTS =
            Arrays.stream(Subject.values()).map(Subject::name).toList();

    private final String text;
    private final List<Word> words;

    /// What a line means.
    sealed interface Reading {
        record Understood(Command command) implements Reading {}

        /// @param needed who may hear so: others hear that they may not do it
        /// @param hint what may have been meant; empty if nothing comes near
        record Wrong(Right needed, String why, String hint) implements Reading {
            Wrong(Right needed, String why) {
                this(needed, why, "");
            }
        }
    }

    /// A part of a line.
    private record Word(Kind kind, String text) {
        enum Kind {
            BARE,
            /// In `"`.
            NAME,
            /// In `'`.
            VALUE,
            /// `=` or `;`
            SIGN
        }

        boolean is(String other) {
            return kind != Kind.VALUE && text.equalsIgnoreCase(other);
        }
    }

    private CommandReader(String text, List<Word> words) {
        this.text = text;
        this.words = words;
    }

    static Reading read(String text) {
        Optional<List<Word>> words = words(text);
        if (words.isEmpty()) {
            return invalid(text);
        }
        List<Word> line = words.get();
        if (!line.isEmpty() && line.getLast().equals(new Word(Word.Kind.SIGN, ";"))) {
            line.removeLast();
        }
        return new CommandReader(text, line).meaning();
    }

    private Reading meaning() {
        if (words.size() == 4 && words.get(0).is("set") && isTo(words.get(2))) {
            return set(words.get(1).text(), words.get(3));
        }
        boolean isPlain =
                words.stream()
                        .allMatch(w -> w.kind() == Word.Kind.BARE || w.kind() == Word.Kind.NAME);
        boolean isNameless = words.stream().anyMatch(w -> w.text().isEmpty()); // not all of them
        if (words.isEmpty() || words.size() > 2 || !isPlain || isNameless) {
            return invalid(text);
        }
        String verb = words.getFirst().text().toLowerCase(Locale.ROOT);
        return meaning(verb, words.size() == 2 ? words.get(1).text() : "");
    }

    private static boolean isTo(Word word) {
        return word.is("=") || word.is("to");
    }

    private Reading meaning(String verb, String argument) {
        Optional<String> database = Optional.of(argument).filter(name -> !name.isEmpty());
        return switch (verb) {
            case "show", "select" -> show(argument);
            case "pause" -> understood(new Command.Pause(database));
            case "resume" -> understood(new Command.Resume(database));
            case "reconnect" -> understood(new Command.Reconnect(database));
            case "kill" -> understood(new Command.Kill(database));
            case "wait_close" -> understood(new Command.WaitClose(database));
            case "disable" -> database.map(d -> understood(new Command.Disable(d))).orElse(NO_NAME);
            case "enable" -> database.map(d -> understood(new Command.Enable(d))).orElse(NO_NAME);
            case "drain", "maintenance", "ready" -> assign(verb, argument);
            case "kill_client" -> killClient(argument);
            case "suspend" -> alone(argument, new Command.Suspend());
            case "reload" -> alone(argument, new Command.Reload());
            case "shutdown" -> shutdown(argument);
            default -> invalid(text, hint("", verb, VERBS));
        };
    }

    private static final Reading NO_NAME = new Reading.Wrong(Right.ADMIN, "a database is required");

    private Reading show(String word) {
        String value = PARAMETERS.get(word.toLowerCase(Locale.ROOT));
        if (value != null) {
            return understood(new Command.ShowParameter(word.toLowerCase(Locale.ROOT), value));
        }
        return Subject.of(word)
                .map(subject -> understood(new Command.Show(subject)))
                .orElseGet(() -> invalid(text, hint("SHOW ", word, SUBJECTS)));
    }

    private static Reading killClient(String argument) {
        return argument.matches("[0-9]{1,18}")
                ? understood(new Command.KillClient(Long.parseLong(argument)))
                : new Reading.Wrong(Right.ADMIN, "invalid client pointer supplied");
    }

    private static Reading assign(String verb, String member) {
        if (member.isEmpty()) {
            return new Reading.Wrong(Right.ADMIN, "a member is required");
        }
        MemberName name;
        try {
            name = new MemberName(member);
        } catch (IllegalArgumentException e) {
            return new Reading.Wrong(Right.ADMIN, "no such member: " + member);
        }
        return understood(new Command.Assign(name, Duty.of(verb).orElseThrow()));
    }

    private Reading shutdown(String argument) {
        return switch (argument.toLowerCase(Locale.ROOT)) {
            case "" -> understood(new Command.Shutdown(Manner.NOW));
            case "wait_for_servers" -> understood(new Command.Shutdown(Manner.WAIT_FOR_SERVERS));
            case "wait_for_clients" -> understood(new Command.Shutdown(Manner.WAIT_FOR_CLIENTS));
            default -> {
                List<String> manners = List.of("WAIT_FOR_SERVERS", "WAIT_FOR_CLIENTS");
                yield invalid(text, hint("SHUTDOWN ", argument, manners));
            }
        };
    }

    private Reading alone(String argument, Command command) {
        return argument.isEmpty() ? understood(command) : invalid(text);
    }

    private Reading set(String key, Word value) {
        if (value.kind() == Word.Kind.SIGN) {
            return invalid(text);
        }
        return PARAMETERS.containsKey(key.toLowerCase(Locale.ROOT))
                ? understood(new Command.SetParameter())
                : understood(new Command.Set(key, value.text()));
    }

    private static Reading understood(Command command) {
        return new Reading.Understood(command);
    }

    private static Reading invalid(String text) {
        return invalid(text, "");
    }

    private static Reading invalid(String text, String hint) {
        return new Reading.Wrong(
                Right.STATS, "invalid command '" + text + "', use SHOW HELP;", hint);
    }

    private static String hint(String before, String word, List<String> known) {
        return Nearest.to(word.toUpperCase(Locale.ROOT), known)
                .map(near -> "did you mean " + before + near + "?")
                .orElse("");
    }

    // ---- words

    /// Nothing where a quote or a comment does not end.
    private static Optional<List<Word>> words(String text) {
        List<Word> words = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (Character.isWhitespace(c)) {
                at++;
            } else if (text.startsWith("--", at)) {
                int end = text.indexOf('\n', at);
                at = end < 0 ? text.length() : end;
            } else if (text.startsWith("/*", at)) {
                int end = text.indexOf("*/", at + 2);
                if (end < 0) {
                    return Optional.empty();
                }
                at = end + 2;
            } else if (c == '"' || c == '\'') {
                StringBuilder quoted = new StringBuilder();
                at = quoted(text, at, quoted);
                if (at < 0) {
                    return Optional.empty();
                }
                words.add(new Word(c == '"' ? Word.Kind.NAME : Word.Kind.VALUE, quoted.toString()));
            } else if (c == '=' || c == ';') {
                words.add(new Word(Word.Kind.SIGN, String.valueOf(c)));
                at++;
            } else {
                int end = at;
                while (end < text.length() && isBare(text.charAt(end))) {
                    end++;
                }
                words.add(new Word(Word.Kind.BARE, text.substring(at, end)));
                at = end;
            }
        }
        return Optional.of(words);
    }

    private static boolean isBare(char c) {
        return !Character.isWhitespace(c) && c != '"' && c != '\'' && c != '=' && c != ';';
    }

    /// @return where the text goes on; -1 if the quote does not end
    private static int quoted(String text, int start, StringBuilder into) {
        char quote = text.charAt(start);
        int at = start + 1;
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == quote) {
                if (at >= text.length() || text.charAt(at) != quote) {
                    return at;
                }
                at++;
            }
            into.append(c);
        }
        return -1;
    }
}
