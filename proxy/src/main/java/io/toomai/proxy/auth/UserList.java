package io.toomai.proxy.auth;

import io.toomai.settings.Problem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The users of a `userlist.txt`: `"name" "password"` in each line, `""` for a quote within, `;` or
/// `#` before a comment.
public record UserList(Map<String, Optional<StoredPassword>> users) {
    public static final UserList EMPTY = new UserList(Map.of());

    public UserList {
        users = Map.copyOf(users);
    }

    /// Empty also for a user that has none, or is not in the list.
    public Optional<StoredPassword> passwordOf(String user) {
        return users.getOrDefault(user, Optional.empty());
    }

    public boolean has(String user) {
        return users.containsKey(user);
    }

    /// Whether all passwords are kept as SCRAM verifiers.
    public boolean isAllScram() {
        return users.values().stream()
                .flatMap(Optional::stream)
                .allMatch(StoredPassword.Scram.class::isInstance);
    }

    /// What reading a file gave.
    ///
    /// @param problems one is enough to refuse the file; none holds a password
    public record Reading(UserList list, List<Problem> problems) {}

    /// @param source its name, for messages
    public static Reading parse(String text, String source) {
        Map<String, Optional<StoredPassword>> users = new HashMap<>();
        List<Problem> problems = new ArrayList<>();
        int number = 0;
        for (String raw : text.lines().toList()) {
            number++;
            String line = raw.strip();
            if (line.isEmpty() || line.startsWith(";") || line.startsWith("#")) {
                continue;
            }
            List<String> words = new ArrayList<>();
            if (quoted(line, words) && words.size() >= 2 && !words.getFirst().isEmpty()) {
                users.put(words.get(0), StoredPassword.of(words.get(1)));
            } else {
                problems.add(
                        new Problem("", source, number, "a line is written \"name\" \"password\""));
            }
        }
        return new Reading(new UserList(users), problems);
    }

    /// @return whether the line consists of words in quotes, and comments behind them
    private static boolean quoted(String line, List<String> words) {
        int at = 0;
        while (at < line.length() && line.charAt(at) == '"') {
            StringBuilder word = new StringBuilder();
            at++;
            while (true) {
                if (at >= line.length()) {
                    return false;
                }
                char c = line.charAt(at++);
                if (c == '"') {
                    if (at >= line.length() || line.charAt(at) != '"') {
                        break;
                    }
                    at++;
                }
                word.append(c);
            }
            words.add(word.toString());
            while (at < line.length() && Character.isWhitespace(line.charAt(at))) {
                at++;
            }
        }
        return at >= line.length() || line.charAt(at) == ';' || line.charAt(at) == '#';
    }
}
