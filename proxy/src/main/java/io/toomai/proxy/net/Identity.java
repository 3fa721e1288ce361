package io.toomai.proxy.net;

import java.util.Map;

/// Who a client is, once it has proven it.
///
/// @param number no other client of this process has it
/// @param database what the client calls it
/// @param settings of its StartupMessage, by name, without user and database
/// @param origin from where it came
record Identity(
        long number, String user, String database, Map<String, String> settings, Origin origin) {
    Identity {
        settings = Map.copyOf(settings);
    }
}
