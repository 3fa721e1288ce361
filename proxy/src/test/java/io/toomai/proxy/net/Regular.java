package io.toomai.proxy.net;

import io.toomai.proxy.net.RawClient.Answer;
import java.io.IOException;

/// A client that does what is usual, and knows what it must hear. Whatever else happens in the
/// proxy is none of its business.
final class Regular implements AutoCloseable {
    private final RawClient client;
    private final String zone;
    private long round;

    Regular(int port) throws IOException {
        client = RawClient.postgres(port);
        zone = client.ask("SHOW TimeZone").messages().get(1).text();
    }

    /// Asks in all the ways that there are.
    ///
    /// @throws AssertionError if an answer is not its own
    void asks() throws IOException {
        round++;
        String own = "regular-" + round;
        expect("TDCZ", own, client.ask("SELECT '" + own + "'"));
        expect("CZ", "BEGIN", client.ask("BEGIN"));
        expect("TDCZ", own, client.ask("SELECT '" + own + "' || current_setting('TimeZone')"));
        expect("CZ", "COMMIT", client.ask("COMMIT"));
        String name = "mine" + round % 7;
        expect(
                "312DCZ",
                own,
                client.send(
                                FakeServer.message('C', FakeServer.text("S" + name)),
                                RawClient.parse(name, "SELECT '" + own + "'"),
                                RawClient.bind(name),
                                RawClient.execute(),
                                RawClient.sync())
                        .answer());
        expect(
                "2DCZ",
                own,
                client.send(RawClient.bind(name), RawClient.execute(), RawClient.sync()).answer());
        expect("EZ", "division by zero", client.ask("SELECT 1/0"));
        expect("TDCZ", zone, client.ask("SHOW TimeZone"));
    }

    private void expect(String types, String word, Answer heard) {
        boolean isToldIt = heard.messages().stream().anyMatch(each -> each.text().contains(word));
        if (!heard.types().equals(types) || !isToldIt) {
            throw new AssertionError(
                    "a client that behaves waited for "
                            + types
                            + " with '"
                            + word
                            + "' and heard "
                            + heard.words());
        }
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
