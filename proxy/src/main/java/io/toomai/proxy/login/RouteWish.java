package io.toomai.proxy.login;

import io.toomai.proxy.route.Route;
import java.util.Map;
import java.util.Optional;

/// Where a client wants to be led, if its startup says so: `toomai.route`, as a parameter of its
/// own or in `options`.
public sealed interface RouteWish {
    String NAME = "toomai.route";

    record None() implements RouteWish {}

    record Wanted(Route route) implements RouteWish {}

    /// @param text for the client
    record Unknown(String text) implements RouteWish {}

    /// @throws io.toomai.proxy.relay.ProtocolViolation when `options` cannot be read
    static RouteWish of(Opening.Start start) {
        Map<String, String> parameters = start.parameters();
        String options = parameters.getOrDefault("options", "");
        Optional<String> word =
                Optional.ofNullable(parameters.get(NAME))
                        .or(() ->
                                options.contains(NAME)
                                        ? Optional.ofNullable(
                                                StartupOptions.parse(options).get(NAME))
                                        : Optional.empty());
        if (word.isEmpty()) {
            return new None();
        }
        return Route.of(word.get())
                .<RouteWish>map(Wanted::new)
                .orElseGet(() ->
                        new Unknown(
                                "invalid value for parameter \""
                                        + NAME
                                        + "\": \""
                                        + word.get()
                                        + "\"; it is one of "
                                        + String.join(", ", Route.WORDS)));
    }
}
