package io.toomai.proxy.config;

import io.toomai.core.model.Secret;
import io.toomai.proxy.config.Database.Balance;
import io.toomai.proxy.config.Database.Limits;
import io.toomai.proxy.config.Database.Lookup;
import io.toomai.proxy.config.SettingKind.OneOf;
import io.toomai.proxy.config.UserLimits.Times;
import io.toomai.proxy.route.Route;
import io.toomai.settings.Nearest;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/// Reads the words of one entry of `[databases]`, `[users]` or `[peers]`. Each word is taken once;
/// what is left over is unknown.
final class Entries {
    private static final int USUAL_PORT = 5432;
    private static final List<String> STARTUP =
            List.of("client_encoding", "datestyle", "timezone", "application_name");

    private final Map<String, String> words;

    private Entries(String text, List<String> known) {
        this.words = new HashMap<>(ConnectWords.parse(text));
        for (String word : words.keySet()) {
            if (!known.contains(word)) {
                throw new IllegalArgumentException(
                        "has no word "
                                + word
                                + Nearest.to(word, known)
                                        .map(near -> ", did you mean " + near + "?")
                                        .orElse(""));
            }
        }
    }

    /// @throws IllegalArgumentException saying what is wrong, without a password
    static Database database(String name, String text) {
        Entries entry =
                new Entries(
                        text,
                        List.of(
                                "host",
                                "port",
                                "dbname",
                                "user",
                                "password",
                                "auth_user",
                                "auth_query",
                                "auth_dbname",
                                "pool_size",
                                "min_pool_size",
                                "reserve_pool_size",
                                "reserve_pool",
                                "connect_query",
                                "pool_mode",
                                "query_wait_timeout",
                                "load_balance_hosts",
                                "route",
                                "max_db_connections",
                                "max_db_client_connections",
                                "server_lifetime",
                                "client_encoding",
                                "datestyle",
                                "timezone",
                                "application_name"));
        return new Database(
                name,
                Stream.of(entry.text("host").orElse("").split(",", -1))
                        .map(String::strip)
                        .filter(host -> !host.isEmpty())
                        .map(entry::host)
                        .toList(),
                entry.number("port", 1, 65535).orElse(USUAL_PORT),
                entry.text("dbname"),
                entry.text("user"),
                entry.text("password").map(Secret::new),
                new Lookup(
                        entry.text("auth_user"),
                        entry.text("auth_query"),
                        entry.text("auth_dbname")),
                new Limits(
                        entry.number("pool_size"),
                        entry.number("min_pool_size"),
                        entry.either("reserve_pool_size", "reserve_pool"),
                        entry.number("max_db_connections"),
                        entry.number("max_db_client_connections"),
                        entry.mode(),
                        entry.time("server_lifetime"),
                        entry.time("query_wait_timeout")),
                entry.balance(),
                entry.route(),
                entry.text("connect_query"),
                entry.startup());
    }

    /// @throws IllegalArgumentException saying what is wrong
    static UserLimits user(String name, String text) {
        Entries entry =
                new Entries(
                        text,
                        List.of(
                                "pool_size",
                                "reserve_pool_size",
                                "pool_mode",
                                "max_user_connections",
                                "max_user_client_connections",
                                "query_timeout",
                                "query_wait_timeout",
                                "idle_transaction_timeout",
                                "transaction_timeout",
                                "client_idle_timeout"));
        return new UserLimits(
                name,
                entry.number("pool_size"),
                entry.number("reserve_pool_size"),
                entry.mode(),
                entry.number("max_user_connections"),
                entry.number("max_user_client_connections"),
                new Times(
                        entry.time("query_timeout"),
                        entry.time("query_wait_timeout"),
                        entry.time("idle_transaction_timeout"),
                        entry.time("transaction_timeout"),
                        entry.time("client_idle_timeout")));
    }

    /// @throws IllegalArgumentException saying what is wrong
    static Peer peer(String name, String text, int usualPoolSize) {
        Entries entry = new Entries(text, List.of("host", "port", "pool_size"));
        if (!name.matches("\\d{1,5}")
                || Integer.parseInt(name) < 1
                || Integer.parseInt(name) > 16383) {
            throw new IllegalArgumentException("is no peer: its id is a number from 1 to 16383");
        }
        return new Peer(
                Integer.parseInt(name),
                entry.text("host")
                        .map(entry::host)
                        .orElseThrow(() -> new IllegalArgumentException("says no host")),
                entry.number("port", 1, 65535).orElse(6432),
                entry.number("pool_size").orElse(usualPoolSize));
    }

    private String host(String host) {
        check("host", host, new SettingKind.SocketPlace());
        return host;
    }

    private Optional<String> text(String word) {
        return Optional.ofNullable(words.get(word)).filter(value -> !value.isEmpty());
    }

    private OptionalInt number(String word) {
        return number(word, 0, Integer.MAX_VALUE);
    }

    private OptionalInt number(String word, int least, int most) {
        Optional<String> value = text(word);
        if (value.isEmpty()) {
            return OptionalInt.empty();
        }
        check(word, value.get(), new SettingKind.WholeNumber(least, most));
        return OptionalInt.of(Integer.parseInt(value.get()));
    }

    private OptionalInt either(String name, String older) {
        OptionalInt value = number(name);
        return value.isPresent() ? value : number(older);
    }

    private Optional<Duration> time(String word) {
        text(word).ifPresent(value -> check(word, value, new SettingKind.Seconds()));
        return text(word).map(ValuesOf::seconds);
    }

    private Optional<PoolMode> mode() {
        return oneOf("pool_mode", Catalogue.POOL_MODE).map(PoolMode::of);
    }

    private Balance balance() {
        return oneOf("load_balance_hosts", new OneOf(List.of("round-robin", "disable")))
                .filter(word -> word.equals("disable"))
                .map(_ -> Balance.DISABLE)
                .orElse(Balance.ROUND_ROBIN);
    }

    private Optional<Route> route() {
        return oneOf("route", new OneOf(Route.WORDS)).flatMap(Route::of);
    }

    private Optional<String> oneOf(String word, OneOf kind) {
        text(word).ifPresent(value -> check(word, value, kind));
        return text(word).map(kind::spelled);
    }

    private Map<String, String> startup() {
        Map<String, String> startup = new HashMap<>();
        for (String name : STARTUP) {
            text(name).ifPresent(value -> startup.put(name, value));
        }
        return startup;
    }

    private void check(String word, String value, SettingKind kind) {
        kind.fault(value)
                .ifPresent(fault -> {
                    throw new IllegalArgumentException(word + " " + fault);
                });
    }
}
