package io.toomai.settings;

import io.toomai.settings.text.JsonText;
import io.toomai.settings.text.Parsed;
import io.toomai.settings.text.Tree;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Changes of the dynamic configuration as the REST API takes them (contract §2.6): a whole new
/// document or a partial one in which null deletes, mappings merge and everything else replaces.
/// Stateless.
public final class ConfigPatch {
    private ConfigPatch() {}

    /// What came of a change.
    public sealed interface Result {}

    /// @param json the new document
    /// @param warnings what the new document says that is not taken as written
    public record Applied(String json, Change change, List<Warning> warnings) implements Result {
        public Applied {
            warnings = List.copyOf(warnings);
        }
    }

    /// The stored document stays.
    public record Refused(List<Problem> problems) implements Result {
        public Refused {
            problems = List.copyOf(problems);
        }
    }

    /// Whether a write is needed.
    public enum Change {
        NONE,
        CHANGED
    }

    /// PATCH: merges `patch` into `current`.
    public static Result patch(String current, String patch) {
        return switch (JsonText.read(current, "/config")) {
            case Parsed.Broken broken -> refused(broken);
            case Parsed.Whole(Tree.Mapping before) -> patch(before, patch);
            case Parsed.Whole(Tree other) -> notAnObject(other);
        };
    }

    /// PUT: replaces `current` by `document`.
    public static Result put(String current, String document) {
        return switch (JsonText.read(document, "request")) {
            case Parsed.Broken broken -> refused(broken);
            case Parsed.Whole(Tree.Mapping after) -> {
                boolean same =
                        JsonText.read(current, "/config") instanceof Parsed.Whole(Tree before)
                                && canonical(before).equals(canonical(after));
                yield judged(after, same ? Change.NONE : Change.CHANGED);
            }
            case Parsed.Whole(Tree other) -> notAnObject(other);
        };
    }

    private static Result patch(Tree.Mapping before, String patch) {
        return switch (JsonText.read(patch, "request")) {
            case Parsed.Broken broken -> refused(broken);
            case Parsed.Whole(Tree.Mapping changes) -> {
                Tree.Mapping after = merge(before, changes);
                boolean same = canonical(before).equals(canonical(after));
                yield judged(after, same ? Change.NONE : Change.CHANGED);
            }
            case Parsed.Whole(Tree other) -> notAnObject(other);
        };
    }

    private static Result judged(Tree.Mapping after, Change change) {
        return switch (DynamicSettings.of(after, TimeoutFloor.TOOMAI)) {
            case DynamicSettings.Valid(_, List<Warning> warnings) ->
                    new Applied(JsonText.write(after), change, warnings);
            case DynamicSettings.Invalid(List<Problem> problems) -> new Refused(problems);
        };
    }

    private static Tree.Mapping merge(Tree.Mapping before, Tree.Mapping changes) {
        Map<String, Tree> merged = new LinkedHashMap<>(before.entries());
        changes.entries()
                .forEach((name, change) -> {
                    Tree old = merged.get(name);
                    if (change instanceof Tree.Scalar s && s.kind() == Tree.Kind.NULL) {
                        merged.remove(name);
                    } else if (change instanceof Tree.Mapping inner) {
                        merged.put(
                                name,
                                merge(
                                        old instanceof Tree.Mapping outer
                                                ? outer
                                                : Tree.Mapping.EMPTY,
                                        inner));
                    } else if (old == null || !canonical(old).equals(canonical(change))) {
                        merged.put(name, change);
                    }
                });
        return new Tree.Mapping(before.at(), merged);
    }

    /// Values as text, so that 10 and "10" are the same and a patch that changes nothing is seen.
    private static String canonical(Tree tree) {
        return switch (tree) {
            case Tree.Mapping mapping -> {
                Map<String, String> sorted = new TreeMap<>();
                mapping.entries().forEach((name, child) -> sorted.put(name, canonical(child)));
                yield sorted.toString();
            }
            case Tree.Sequence sequence ->
                    sequence.items().stream().map(ConfigPatch::canonical).toList().toString();
            case Tree.Scalar scalar -> scalar.text();
        };
    }

    private static Refused refused(Parsed.Broken broken) {
        return new Refused(
                broken.faults().stream()
                        .map(fault -> Problem.at(fault.at(), "", fault.message()))
                        .toList());
    }

    private static Refused notAnObject(Tree tree) {
        return new Refused(List.of(Problem.at(tree.at(), "", "expected a JSON object")));
    }
}
