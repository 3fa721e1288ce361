package io.toomai.proxy.relay;

import io.toomai.proxy.relay.ClientStatements.Unnamed;
import org.jspecify.annotations.Nullable;

/// A client's unnamed statement on its way to servers. It is kept for the next one ([Unnamed]), and
/// goes when PostgreSQL would drop it: with a simple query, and with each Parse of an unnamed one
/// that a server gets to, even if that fails. Belongs to an event loop.
final class UnnamedStatement {
    private final ClientStatements names;
    private final Statements statements;
    private final OwnTexts texts;

    UnnamedStatement(ClientStatements names, Statements statements, OwnTexts texts) {
        this.names = names;
        this.statements = statements;
        this.texts = texts;
    }

    /// It is another from here on, if the server gets to it.
    void becomes(Unnamed next, ServerSide to, Request by) {
        Unnamed before = names.unnamed();
        long undone =
                statements instanceof Statements.OfOneThatMoves ? to.unnamed : ServerSide.UNKNOWN;
        names.unnamed(next);
        to.unnamed = next.number();
        to.ask(by, Answer.PASSES, new Subject.Nameless(before, undone));
    }

    /// A simple query ends it: so says the protocol.
    ///
    /// @return what is undone if the server never gets to the query
    @Nullable Subject endsWithQuery(ServerSide to) {
        Unnamed before = names.unnamed();
        names.unnamed(Unnamed.NONE);
        return to.isOpenPipeline() && (before.number() != 0 || to.unnamed != 0)
                ? new Subject.Nameless(before, ServerSide.UNKNOWN)
                : null;
    }

    /// It is to be used on a server that may have another one, or none.
    void parseIfMissing(Cursor cursor, ServerSide to, Output toServer) {
        Unnamed unnamed = names.unnamed();
        if (to.unnamed == unnamed.number() || !texts.isAllSeen()) {
            return;
        }
        cursor.flush(toServer);
        Subject undone = new Subject.Nameless(unnamed, ServerSide.UNKNOWN);
        if (unnamed.number() == 0) { // somebody else's is still there
            OwnMessages.close(new byte[0], toServer);
            to.ask(Request.CLOSE, Answer.IS_DROPPED, undone);
        } else {
            OwnMessages.parse(new byte[0], unnamed.body(), toServer);
            to.ask(Request.PARSE, Answer.IS_DROPPED, undone);
        }
        to.unnamed = unnamed.number();
    }
}
