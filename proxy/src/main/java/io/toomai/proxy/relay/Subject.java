package io.toomai.proxy.relay;

import org.jspecify.annotations.Nullable;

/// What an outstanding request is about, as far as that matters when something fails: what must be
/// undone when the server never gets to it, and which statement it uses.
sealed interface Subject
        permits Subject.Named,
                Subject.Again,
                Subject.Unnamed,
                Subject.Nameless,
                Subject.Evicted,
                Subject.Retired,
                Subject.Twice,
                Subject.Commit,
                Listening.Alone,
                Listening.Several,
                ServerStatements.Named {
    /// Whether names mean something else if the server never gets to it.
    default boolean changesNames() {
        return !(this instanceof ServerStatements.Named
                || this instanceof Commit
                || this instanceof Retired);
    }

    /// It does nothing but make the client's work last.
    enum Commit implements Subject {
        ALONE
    }

    /// The client gave a statement this name.
    ///
    /// @param there where the server was told too
    /// @param before what had the name, if a command that forgets all was sent before
    record Named(
            Prepared prepared, ServerStatements.@Nullable Named there, @Nullable Prepared before)
            implements Subject {}

    /// Prepared on the server for somebody who has the name since long.
    record Again(ServerStatements.Named there) implements Subject {}

    /// The client gave the name up; the server was not told.
    record Unnamed(Prepared prepared) implements Subject {}

    /// The unnamed statement was replaced.
    ///
    /// @param before the client's one until then
    /// @param there the number of what the server has if it is undone
    record Nameless(ClientStatements.Unnamed before, long there) implements Subject {}

    /// Closed on the server to make room.
    record Evicted(ServerStatements.Named there) implements Subject {}

    /// Closed on the server, where nobody uses it any more.
    record Retired(ServerStatements.Named there) implements Subject {}

    /// The client prepares under a name that it has given already: the server refuses that, and its
    /// words tell the server's name where the client must read its own.
    @SuppressWarnings("ArrayRecordComponent") // never changed, and compared by identity
    record Twice(Prepared prepared, byte[] nameThere) implements Subject {}
}
