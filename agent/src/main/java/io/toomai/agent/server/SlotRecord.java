package io.toomai.agent.server;

import io.toomai.postgres.os.DurableFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The names of slots that were this cluster's on this node while they existed, one a line: only
/// these are dropped when nobody names them any more (decision 0023). A file that is lost costs no
/// slot: what is wanted is recorded again, what is not stays and is mentioned.
final class SlotRecord {
    private static final Predicate<String> NAME =
            Pattern.compile("[a-z0-9_]{1,63}").asMatchPredicate();

    private final Path path;

    SlotRecord(Path directory) {
        this.path = directory.resolve("slots");
    }

    /// What is no name is passed over, and so is a last line without its end, which may be half of
    /// another name: a damaged file has fewer names, but does not keep the agent down.
    SortedSet<String> read() {
        String text =
                DurableFiles.readBytes(path)
                        .map(bytes -> new String(bytes, StandardCharsets.ISO_8859_1))
                        .orElse("");
        return text.substring(0, text.lastIndexOf('\n') + 1)
                .lines()
                .filter(NAME)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /// Durable when it returns.
    void add(SortedSet<String> names) {
        SortedSet<String> all = read();
        if (all.addAll(names)) {
            write(all);
        }
    }

    void remove(String name) {
        SortedSet<String> all = read();
        if (all.remove(name)) {
            write(all);
        }
    }

    private void write(SortedSet<String> names) {
        DurableFiles.write(path, names.stream().map(n -> n + "\n").collect(Collectors.joining()));
    }
}
