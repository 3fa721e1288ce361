package io.toomai.dcs;

/// What a key must be like for a write to happen.
public sealed interface Expect {
    /// Write whatever is there.
    record Anything() implements Expect {}

    /// The key must not exist.
    record Absent() implements Expect {}

    /// The key must still be at this revision (`Versioned.revision`).
    record Revision(long revision) implements Expect {}

    Expect ANYTHING = new Anything();
    Expect ABSENT = new Absent();
}
