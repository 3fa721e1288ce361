package io.toomai.cli.rest;

import io.toomai.settings.json.Json;
import io.toomai.settings.text.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Remembers between runs what costs nothing to lose: which other members a cluster had (so a
/// command works while the configured one is down) and where the newest demo runs. Failures to read
/// or write are ignored; nothing secret is kept.
public final class PeerCache {
    private static final int MOST_CLUSTERS = 50;

    private final Path folder;

    public PeerCache(Path folder) {
        this.folder = folder;
    }

    /// `$XDG_CACHE_HOME/toomai`, else `~/.cache/toomai`.
    public static PeerCache of(Map<String, String> environment) {
        String base = environment.getOrDefault("XDG_CACHE_HOME", "");
        Path cache =
                base.isEmpty()
                        ? Path.of(System.getProperty("user.home", "/"), ".cache")
                        : Path.of(base);
        return new PeerCache(cache.resolve("toomai"));
    }

    public Path folder() {
        return folder;
    }

    /// Other members of the cluster that the given address belongs to.
    public List<Node> peers(Node node) {
        return read().at(node.toString()).items().stream()
                .map(Json::scalar)
                .flatMap(text -> parsed(text).stream())
                .toList();
    }

    /// Keeps the members that an address told us about; writes only when they changed.
    public void remember(Node node, List<Node> members) {
        Json known = new Json.Arr(members.stream().map(m -> Json.of(m.toString())).toList());
        Json all = read();
        if (all.at(node.toString()).equals(known)) {
            return;
        }
        Json.Obj kept =
                all instanceof Json.Obj object && object.fields().size() < MOST_CLUSTERS
                        ? object
                        : Json.Obj.EMPTY;
        write("peers.json", kept.with(node.toString(), known).compact());
    }

    /// The folder of the newest demo, if its description still exists.
    public Optional<Path> demo() {
        try {
            Path demo = Path.of(Files.readString(folder.resolve("demo")).strip());
            return Files.isReadable(demo.resolve("demo.json"))
                    ? Optional.of(demo)
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    public void rememberDemo(Path demo) {
        write("demo", demo.toAbsolutePath() + "\n");
    }

    private Json read() {
        try {
            return Json.parse(Files.readString(folder.resolve("peers.json")));
        } catch (IOException | SettingsException e) {
            return Json.Obj.EMPTY;
        }
    }

    private void write(String name, String text) {
        try {
            Files.createDirectories(folder);
            Path fresh = Files.createTempFile(folder, name, ".new");
            Files.writeString(fresh, text);
            Files.move(fresh, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException _) {
            // Only a convenience is lost.
        }
    }

    private static Optional<Node> parsed(String text) {
        try {
            return Optional.of(Node.parse(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
