package io.toomai.proxy.net;

import io.toomai.proxy.pool.Places;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// How many servers a database or a user may have on all wings together. Thread safe.
final class Limits {
    private final Map<String, Places> ofDatabase = new ConcurrentHashMap<>();
    private final Map<String, Places> ofUser = new ConcurrentHashMap<>();

    /// @param most if nobody has asked before; 0 = no limit
    Places ofDatabase(String name, int most) {
        return ofDatabase.computeIfAbsent(name, _ -> new Places(most));
    }

    /// @param name as which servers are logged in to
    /// @param most if nobody has asked before; 0 = no limit
    Places ofUser(String name, int most) {
        return ofUser.computeIfAbsent(name, _ -> new Places(most));
    }
}
