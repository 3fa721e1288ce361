package io.toomai.proxy.net;

import io.toomai.proxy.relay.ServerError;
import io.toomai.proxy.session.Belongings;
import java.util.List;

/// The server of a session that has nothing under way is asked, before a switchover, what it keeps
/// for the session. A session of which it keeps nothing that the proxy could not make anew goes on
/// without it, and gets another server for its next request (decision 0033). Belongs to the event
/// loop.
record Moving(ClientConnection client, ServerConnection server, Belongings.Reader answer)
        implements OwnQuery.End {
    static void begin(ClientConnection client, ServerConnection server) {
        Belongings.Reader answer = new Belongings.Reader(server.settings().encoding());
        server.ask(Belongings.QUESTION, new Moving(client, server, answer));
    }

    @Override
    public void row(List<byte[]> columns) {
        answer.row(columns);
    }

    @Override
    public void succeeded() {
        client.toldOf(answer.read(), server);
    }

    @Override
    public void failed(ServerError error) {
        client.toldOf(Belongings.tied("what it was asked for and refused to say"), server);
    }

    @Override
    public void lost() {
        client.lostUntold();
    }
}
