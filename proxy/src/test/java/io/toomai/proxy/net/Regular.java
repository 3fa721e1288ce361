package io.toomai.proxy.net;

import io.toomai.proxy.net.PlainClient.Heard;
import java.io.IOException;
import java.util.List;

/// A client that does what is usual, and knows what it must hear. Whatever else happens in the
/// proxy is none of its business.
final class Regular implements AutoCloseable {
    private final PlainClient client;
    private final String zone;
    private long round;

    Regular(int port) throws IOException {
        client = PlainClient.of(port);
        zone = client.ask("SHOW TimeZone").get(1).body();
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
                                PlainClient.parse(name, "SELECT '" + own + "'"),
                                PlainClient.bind(name),
                                PlainClient.execute(),
                                PlainClient.sync())
                        .untilReady());
        expect(
                "2DCZ",
                own,
                client.send(PlainClient.bind(name), PlainClient.execute(), PlainClient.sync())
                        .untilReady());
        expect("EZ", "division by zero", client.ask("SELECT 1/0"));
        expect("TDCZ", zone, client.ask("SHOW TimeZone"));
    }

    private void expect(String types, String word, List<Heard> heard) {
        boolean isToldIt = heard.stream().anyMatch(each -> each.body().contains(word));
        if (!PlainClient.types(heard).equals(types) || !isToldIt) {
            throw new AssertionError(
                    "a client that behaves waited for "
                            + types
                            + " with '"
                            + word
                            + "' and heard "
                            + heard);
        }
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
