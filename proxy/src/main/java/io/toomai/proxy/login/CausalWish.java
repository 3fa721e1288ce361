package io.toomai.proxy.login;

import java.util.Map;
import java.util.Optional;

/// To which group of connections a client says that it belongs: what one of them has written the
/// others read. `toomai.causal_group`, as a parameter of the startup or in `options`.
public final class CausalWish {
    public static final String NAME = "toomai.causal_group";

    /// Of a name, in characters.
    private static final int LONGEST = 200;

    private CausalWish() {}

    /// @return nothing for a client that wants none
    /// @throws io.toomai.proxy.relay.ProtocolViolation when `options` cannot be read
    public static Optional<String> of(Opening.Start start) {
        Map<String, String> parameters = start.parameters();
        String options = parameters.getOrDefault("options", "");
        return Optional.ofNullable(parameters.get(NAME))
                .or(() ->
                        options.contains(NAME)
                                ? Optional.ofNullable(StartupOptions.parse(options).get(NAME))
                                : Optional.empty())
                .filter(name -> !name.isEmpty());
    }

    /// Whether no group can have this name.
    public static boolean isTooLong(String name) {
        return name.length() > LONGEST;
    }
}
