package io.toomai.agent.proxy;

import io.toomai.core.model.Secret;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.Configuration.Loading;
import io.toomai.proxy.net.Routing;
import io.toomai.proxy.route.Route;
import io.toomai.proxy.route.RouteRules;
import io.toomai.proxy.route.RouteRules.Balance;
import io.toomai.proxy.route.RouteRules.Fallback;
import io.toomai.settings.PostgresSettings.Login;
import io.toomai.settings.Problem;
import io.toomai.settings.ProxySection;
import io.toomai.settings.Warning;
import io.toomai.settings.text.Position;
import io.toomai.settings.text.Tree.Kind;
import io.toomai.settings.text.Tree.Mapping;
import io.toomai.settings.text.Tree.Scalar;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/// `toomai: proxy:` in the proxy's own words, whoever runs it. Stateless.
final class Section {
    private Section() {}

    /// Reads its settings, and the files that they name.
    ///
    /// @param superuser asks PostgreSQL for the passwords of others
    /// @param written the document that has it, for messages
    /// @throws IOException if a file cannot be read
    static Loading read(ProxySection section, Login superuser, Mapping written) throws IOException {
        Optional<Problem> misread = misread(written);
        if (misread.isPresent()) {
            return new Loading.Rejected(List.of(misread.get()));
        }
        Map<String, String> pgbouncer = new TreeMap<>();
        pgbouncer.put("unix_socket_dir", "");
        superuser.username().ifPresent(name -> pgbouncer.put("auth_user", name));
        pgbouncer.putAll(section.pgbouncer());
        pgbouncer.put("listen_addr", section.listen().host());
        pgbouncer.put("listen_port", String.valueOf(section.listen().port()));
        Map<String, String> databases =
                section.databases().isEmpty() ? Map.of("*", "") : section.databases();
        Loading loading =
                Configuration.of(
                        new Configuration.Sections(pgbouncer, databases, section.users()),
                        new Written(written),
                        known(superuser));
        return loading instanceof Loading.Loaded(var configuration, var warnings)
                ? new Loading.Loaded(
                        configuration,
                        Stream.of(
                                        warnings.stream(),
                                        passedOver(section, written),
                                        wideOpen(section, written))
                                .flatMap(each -> each)
                                .toList())
                : loading;
    }

    /// Where it listens is said beside them.
    private static Stream<Warning> passedOver(ProxySection section, Mapping written) {
        Written places = new Written(written);
        return Stream.of("listen_addr", "listen_port")
                .filter(name -> section.pgbouncer().containsKey(name))
                .map(name -> {
                    Position at = places.of("pgbouncer", name);
                    return new Warning(
                            places.key("pgbouncer", name),
                            at.source(),
                            at.line(),
                            "has no effect here: toomai.proxy.listen says where the proxy listens");
                });
    }

    /// The superuser is among those whom it would let in.
    private static Stream<Warning> wideOpen(ProxySection section, Mapping written) {
        String name = "auth_type";
        String type = section.pgbouncer().getOrDefault(name, "").toLowerCase(Locale.ROOT);
        if (isLoopback(section.listen().host()) || !(type.equals("trust") || type.equals("any"))) {
            return Stream.empty();
        }
        Written places = new Written(written);
        Position at = places.of("pgbouncer", name);
        return Stream.of(
                new Warning(
                        places.key("pgbouncer", name),
                        at.source(),
                        at.line(),
                        type
                                + ": whoever reaches "
                                + section.listen()
                                + " is let in unproven, as the superuser, too; use scram-sha-256, or"
                                + " listen on the loopback"));
    }

    private static boolean isLoopback(String host) {
        try {
            return host.equals("localhost") || InetAddress.ofLiteral(host).isLoopbackAddress();
        } catch (IllegalArgumentException _) { // a name, or all addresses
            return false;
        }
    }

    /// YAML takes `0660` for the number 432, which would be other permissions than were written.
    private static Optional<Problem> misread(Mapping written) {
        String key = "unix_socket_mode";
        return child(child(child(Optional.of(written), "toomai"), "proxy"), "pgbouncer")
                .flatMap(settings -> settings.child(key))
                .filter(mode -> mode instanceof Scalar scalar && scalar.kind() != Kind.TEXT)
                .map(mode ->
                        new Problem(
                                "toomai.proxy.pgbouncer." + key,
                                mode.at().source(),
                                mode.at().line(),
                                "must stand in quotes, such as \"0660\": YAML takes a number that"
                                        + " begins with 0 for another one"));
    }

    private static Optional<Mapping> child(Optional<Mapping> of, String name) {
        return of.flatMap(mapping -> mapping.child(name))
                .filter(Mapping.class::isInstance)
                .map(Mapping.class::cast);
    }

    /// @param document whole
    private record Written(Mapping document) implements Configuration.Places {
        @Override
        public String key(String section, String name) {
            return "toomai.proxy." + section + "." + name;
        }

        @Override
        public Position of(String section, String name) {
            return document.placeOf(List.of("toomai", "proxy", section, name));
        }
    }

    private static Map<String, Secret> known(Login login) {
        Map<String, Secret> known = new TreeMap<>();
        login.username()
                .ifPresent(
                        name -> login.password().ifPresent(password -> known.put(name, password)));
        return known;
    }

    static Routing routing(ProxySection section) {
        Map<Route, Integer> ports = new TreeMap<>();
        section.readPort().ifPresent(port -> ports.put(Route.READ, port));
        return new Routing(rules(section.reads()), ports);
    }

    static RouteRules rules(ProxySection.Reads reads) {
        return new RouteRules(
                reads.maximumLag(),
                reads.tags(),
                switch (reads.fromPrimary()) {
                    case ALLOWED -> Fallback.PRIMARY;
                    case NEVER -> Fallback.NONE;
                },
                switch (reads.balance()) {
                    case LEAST_CONNECTIONS -> Balance.LEAST_CONNECTIONS;
                    case ROUND_ROBIN -> Balance.ROUND_ROBIN;
                },
                reads.slowStart());
    }
}
