package io.toomai.proxy.net;

import io.toomai.proxy.login.ReplicationWish;
import java.util.Map;
import java.util.Optional;

/// Who a client is, once it has proven it.
///
/// @param number no other client of this process has it
/// @param database what the client calls it
/// @param settings of its StartupMessage, by name
/// @param causalGroup of the connections whose writes it must read ([CausalWish])
/// @param origin from where it came
record Identity(
        long number,
        String user,
        String database,
        Map<String, String> settings,
        ReplicationWish replication,
        Optional<String> causalGroup,
        Origin origin) {
    Identity {
        settings = Map.copyOf(settings);
    }

    /// How the log calls it, as PgBouncer does.
    String label() {
        return "C-0x%x: %s/%s@%s"
                .formatted(number, Printable.of(database), Printable.of(user), origin);
    }
}
