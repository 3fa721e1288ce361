package io.toomai.settings.text;

import java.util.List;

/// What reading a text gave: the tree, or why there is none.
public sealed interface Parsed {
    record Whole(Tree tree) implements Parsed {}

    record Broken(List<Fault> faults) implements Parsed {
        public Broken {
            faults = List.copyOf(faults);
        }
    }

    /// One reason; the message never quotes a value.
    record Fault(Position at, String message) {}
}
