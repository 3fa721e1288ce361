package io.toomai.settings;

import io.toomai.settings.ConsulSettings.Consistency;
import io.toomai.settings.Etcd3Settings.Protocol;
import io.toomai.settings.Etcd3Settings.Server;
import io.toomai.settings.Etcd3Settings.Servers;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// A store as patronictl takes it on its command line: `scheme://host:port/namespace`, each part of
/// which may be missing (contract §3.1).
///
/// @param namespace absent when the URL names none
public record StoreUrl(Scheme scheme, HostPort address, Optional<String> namespace) {
    private static final String USUAL_HOST = "localhost";

    /// What is there. The order is that in which a port without a scheme is looked up.
    public enum Scheme {
        ZOOKEEPER(2181),
        /// Tells where the servers of a ZooKeeper are.
        EXHIBITOR(8181),
        CONSUL(8500),
        /// Patroni means the older interface; here it is the newer one, as with `ETCD3`.
        ETCD(2379),
        ETCD3(2379);

        private final int port;

        Scheme(int port) {
            this.port = port;
        }

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// Empty for what names no store: the address of a member's REST interface, which is
    /// `http://…`, `https://…`, or has neither a scheme nor the usual port of a store.
    ///
    /// @throws IllegalArgumentException with the reason, which does not repeat the text
    public static Optional<StoreUrl> parse(String text) {
        String stripped = text.strip();
        int slashes = stripped.indexOf("://");
        if (slashes < 0) {
            return schemeless(stripped);
        }
        String word = stripped.substring(0, slashes);
        if (word.equals("http") || word.equals("https")) {
            return Optional.empty();
        }
        Scheme scheme =
                Arrays.stream(Scheme.values())
                        .filter(known -> known.text().equals(word))
                        .findFirst()
                        .orElseThrow(() ->
                                new IllegalArgumentException(
                                        "Unknown dcs scheme: "
                                                + ValueCheck.shortened(word)
                                                + " (expected one of "
                                                + Arrays.stream(Scheme.values())
                                                        .map(Scheme::text)
                                                        .collect(Collectors.joining(", "))
                                                + ")"));
        return Optional.of(of(scheme, stripped.substring(slashes + 3)));
    }

    /// Only a port that a store usually has makes a store of it; Patroni would try an etcd.
    private static Optional<StoreUrl> schemeless(String text) {
        String rest = text.startsWith("//") ? text.substring(2) : text;
        return Arrays.stream(Scheme.values())
                .filter(scheme -> rest.matches("[^/,]*:" + scheme.port + "(/.*)?"))
                .findFirst()
                .map(scheme -> of(scheme, rest));
    }

    private static StoreUrl of(Scheme scheme, String rest) {
        int slash = rest.indexOf('/');
        String authority = slash < 0 ? rest : rest.substring(0, slash);
        String path = slash < 0 ? "" : rest.substring(slash);
        if (authority.indexOf('@') >= 0) {
            throw new IllegalArgumentException(
                    "a user name is not taken here; put it into a settings file (-c)");
        }
        String full = authority.isEmpty() || authority.startsWith(":") ? USUAL_HOST : "";
        try {
            URI uri = new URI("store://" + full + authority + path);
            if (uri.getHost() == null || uri.getRawQuery() != null || uri.getFragment() != null) {
                throw new IllegalArgumentException("expected scheme://host:port/namespace");
            }
            return new StoreUrl(
                    scheme,
                    new HostPort(
                            uri.getHost().replaceAll("[\\[\\]]", ""),
                            uri.getPort() < 0 ? scheme.port : uri.getPort()),
                    Optional.of(uri.getPath()).filter(p -> !p.replace("/", "").isEmpty()));
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("expected scheme://host:port/namespace", e);
        }
    }

    /// The store behind the URL, without credentials.
    ///
    /// @param ensemble servers of the ZooKeeper that an Exhibitor names; else the address itself
    public ConsensusStore store(List<HostPort> ensemble) {
        return switch (scheme) {
            case ZOOKEEPER, EXHIBITOR ->
                    new ZooKeeperSection(
                            ensemble, "", Optional.empty(), new TreeMap<>(), List.of());
            case CONSUL ->
                    new ConsulSettings(
                            ConsulSettings.Protocol.HTTP,
                            address,
                            new ConsulSettings.Tls(
                                    ConsulSettings.Verify.CHECKED,
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.empty()),
                            Optional.empty(),
                            Optional.empty(),
                            Consistency.DEFAULT,
                            List.of(),
                            Optional.empty());
            case ETCD, ETCD3 ->
                    new Etcd3Settings(
                            List.of(new Server(Protocol.HTTP, address)),
                            Servers.MEMBERS,
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty());
        };
    }
}
