package io.toomai.postgres.install;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// How programs of PostgreSQL are started: words put before each command, and the root directory
/// that these words switch to. Production uses `DIRECT`.
///
/// @param prefix e.g. `chroot --userspec=postgres:postgres DIR`; must exec, not fork
/// @param root what the started program sees as `/`
public record Launch(List<String> prefix, Path root) {
    public static final Launch DIRECT = new Launch(List.of(), Path.of("/"));

    public Launch {
        prefix = List.copyOf(prefix);
    }

    /// The path by which the started program knows a file.
    public String inside(Path file) {
        Path absolute = file.toAbsolutePath();
        return absolute.startsWith(root) ? "/" + root.relativize(absolute) : absolute.toString();
    }

    /// A file by the absolute path that the started program gives it.
    public Path outside(String file) {
        return root.resolve(file.substring(1));
    }

    public List<String> command(Path program, List<String> arguments) {
        List<String> words = new ArrayList<>(prefix);
        words.add(inside(program));
        words.addAll(arguments);
        return words;
    }
}
