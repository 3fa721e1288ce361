package io.toomai.proxy.session;

import java.nio.charset.Charset;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// What a client has set, in its StartupMessage and since, and what it was told. Not thread safe:
/// belongs to an event loop.
public final class ClientSettings {
    Parameters wished;
    Parameters told;

    /// What is set whatever becomes of a transaction.
    private Parameters lasting;

    /// @param settings of its StartupMessage
    /// @param said what servers of its pool say of themselves when a session is new
    /// @throws io.toomai.proxy.relay.ProtocolViolation when they are too many
    public ClientSettings(
            ParameterTable table, Map<String, String> settings, Map<String, String> said) {
        wished = table.same(Parameters.of(settings));
        lasting = wished;
        Map<String, String> reported = new HashMap<>();
        said.forEach((name, value) -> {
            String own = wished.get(name);
            reported.put(name, own == null ? value : own);
        });
        told = table.same(Parameters.of(reported));
    }

    /// What the client hears when it comes in. Of a wish, its own words: how the server puts them
    /// it hears when it gets one.
    public Parameters welcome() {
        return told;
    }

    /// In which it reads what it is told.
    public Charset encoding() {
        return Encodings.of(told.get("client_encoding"));
    }

    /// The same object for all clients that want the same.
    public Object wish() {
        return wished;
    }

    /// No transaction is open: what is set stays so.
    public void settle() {
        lasting = wished;
    }

    /// A transaction is lost, and what it has set.
    public void takeBack() {
        wished = lasting;
    }

    /// A name in a StartupMessage that no parameter can have.
    public static Optional<String> unnameable(Map<String, String> settings) {
        return new TreeSet<>(settings.keySet())
                .stream().filter(name -> !Adjustment.isName(name)).findFirst();
    }
}
