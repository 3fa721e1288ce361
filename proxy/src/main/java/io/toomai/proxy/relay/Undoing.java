package io.toomai.proxy.relay;

/// What a request has changed in what is known of statements is taken back where it has failed, or
/// never happens: the latest first.
final class Undoing {
    private Undoing() {}

    static void undo(Subject subject, ServerSide of, ClientStatements names) {
        switch (subject) {
            case Subject.Named(var prepared, var there, var before) -> {
                names.remove(prepared);
                if (there != null) {
                    of.statements.remove(there);
                }
                if (before != null) {
                    names.putBack(before);
                }
            }
            case Subject.Again(var there) -> of.statements.remove(there);
            case Subject.Unnamed(var prepared) -> names.putBack(prepared);
            case Subject.Evicted(var there) -> of.statements.putBack(there);
            case Subject.Retired(var there) -> of.statements.stays(there);
            case Subject.Nameless(var before, long there) -> {
                names.unnamed(before);
                of.unnamed = there;
            }
            case Subject.Twice _ -> {}
            case Subject.Commit _ -> {}
            case Listening.Alone _ -> {}
            case Listening.Several _ -> {}
            case ServerStatements.Named _ -> {}
        }
    }
}
