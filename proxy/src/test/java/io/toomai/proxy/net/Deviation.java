package io.toomai.proxy.net;

import io.toomai.proxy.config.PoolMode;
import io.toomai.proxy.net.Stage.Line;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Scenes in which our clients hear something else than PgBouncer's, and why that is meant.
///
/// @param modes in which it is so
record Deviation(String reason, Kind kind, Set<PoolMode> modes, List<String> scenes) {
    /// How much is different.
    enum Kind {
        /// Words in an error of the program's own.
        WORDS("\\|[MD][^|]*"),
        /// Its SQLSTATE, too.
        CODE("\\|[MDC][^|]*"),
        /// What becomes of the client.
        MORE("");

        private final String ignored;

        Kind(String ignored) {
            this.ignored = ignored;
        }

        /// Nothing where they are the same.
        static Optional<Kind> between(List<Line> theirs, List<Line> ours) {
            if (theirs.equals(ours)) {
                return Optional.empty();
            }
            if (WORDS.without(theirs).equals(WORDS.without(ours))) {
                return Optional.of(WORDS);
            }
            return CODE.without(theirs).equals(CODE.without(ours))
                    ? Optional.of(CODE)
                    : Optional.of(MORE);
        }

        private List<String> without(List<Line> lines) {
            return lines.stream()
                    .flatMap(line -> line.heard().lines())
                    .map(each ->
                            each.startsWith("E ") && Voice.isOwn(each)
                                    ? each.replaceAll(ignored, "")
                                    : each)
                    .toList();
        }
    }

    /// What differs in this mode, by the scene.
    static Map<String, Kind> listed(PoolMode mode) {
        Map<String, Kind> all = new TreeMap<>();
        for (Deviation each : Deviations.ALL) {
            if (each.modes.contains(mode)) {
                each.scenes.forEach(scene -> all.put(scene, each.kind));
            }
        }
        return all;
    }
}
