package io.toomai.proxy.relay;

/// How statements are treated: in session pooling a server belongs to one client and nothing needs
/// another name.
public sealed interface Statements {
    record AsTheyAre() implements Statements {}

    /// As they are, but the session may move to another server while it is idle: what cannot be
    /// asked of a server then is kept here.
    record OfOneThatMoves(StatementTable table) implements Statements {}

    record Shared(StatementTable table) implements Statements {}
}
