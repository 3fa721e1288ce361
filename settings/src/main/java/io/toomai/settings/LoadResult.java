package io.toomai.settings;

import java.util.List;

/// What reading a settings file gave.
public sealed interface LoadResult {
    record Loaded(Settings settings, List<Warning> warnings) implements LoadResult {
        public Loaded {
            warnings = List.copyOf(warnings);
        }
    }

    /// At least one problem; nothing of the file may be used.
    record Rejected(List<Problem> problems, List<Warning> warnings) implements LoadResult {
        public Rejected {
            problems = List.copyOf(problems);
            warnings = List.copyOf(warnings);
        }
    }
}
