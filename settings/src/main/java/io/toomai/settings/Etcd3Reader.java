package io.toomai.settings;

import io.toomai.core.model.Secret;
import io.toomai.settings.Etcd3Settings.Protocol;
import io.toomai.settings.Etcd3Settings.Server;
import io.toomai.settings.Etcd3Settings.Servers;
import io.toomai.settings.Etcd3Settings.Srv;
import io.toomai.settings.text.Position;
import io.toomai.settings.text.Tree;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Reads `etcd3` (contract §4.2). Of `proxy`, `url`, `srv`, `hosts` and `host` the first that is
/// there counts. Used once.
final class Etcd3Reader {
    static final String SECTION = "etcd3";

    private static final int USUAL_PORT = 2379;

    private final Values values;
    private final Findings findings;

    Etcd3Reader(Values values, Findings findings) {
        this.values = values;
        this.findings = findings;
    }

    /// What a URL says: a server, and perhaps a user.
    private record Url(Server server, Optional<Credentials> credentials) {}

    Etcd3Settings etcd3() {
        Optional<Url> proxy = url("etcd3.proxy");
        Optional<Url> url = proxy.or(() -> url("etcd3.url"));
        Optional<Srv> srv =
                values.text("etcd3.srv")
                        .filter(_ -> url.isEmpty())
                        .map(domain -> new Srv(domain, values.text("etcd3.srv_suffix")));
        List<Server> servers =
                url.map(u -> List.of(u.server()))
                        .orElseGet(() -> srv.isPresent() ? List.of() : hosts());
        if (servers.isEmpty() && srv.isEmpty() && findings.isClean()) {
            problem(
                    SECTION,
                    "names no server; set etcd3.hosts, such as 10.0.0.1:2379,10.0.0.2:2379");
        }
        if (values.path("etcd3.cert").isPresent() && values.path("etcd3.cacert").isEmpty()) {
            problem("etcd3.cert", "is shown only to servers that are checked; set etcd3.cacert");
        }
        return new Etcd3Settings(
                servers,
                proxy.isPresent() || values.flag("etcd3.use_proxies")
                        ? Servers.PROXIES
                        : Servers.MEMBERS,
                srv,
                credentials().or(() -> url.flatMap(Url::credentials)),
                values.path("etcd3.cacert"),
                values.path("etcd3.cert"),
                values.path("etcd3.key"));
    }

    private Optional<Credentials> credentials() {
        return values.text("etcd3.username")
                .map(user ->
                        new Credentials(
                                user, values.secret("etcd3.password").orElse(new Secret(""))));
    }

    private List<Server> hosts() {
        List<String> texts = values.texts("etcd3.hosts");
        String key = texts.isEmpty() ? "etcd3.host" : "etcd3.hosts";
        if (texts.isEmpty()) {
            texts = values.text("etcd3.host").stream().toList();
        }
        Protocol protocol =
                Protocol.valueOf(values.requiredText("etcd3.protocol").toUpperCase(Locale.ROOT));
        List<Server> servers = new ArrayList<>();
        for (String text : texts) {
            try {
                servers.add(new Server(protocol, HostPort.parse(text, USUAL_PORT)));
            } catch (IllegalArgumentException e) {
                problem(key, String.valueOf(e.getMessage()));
            }
        }
        return servers;
    }

    private Optional<Url> url(String key) {
        Optional<String> text = values.text(key);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Optional<Url> url = parse(text.get());
        if (url.isEmpty()) {
            problem(key, "expected a URL such as http://10.0.0.1:2379"); // it may hold a password
        }
        return url;
    }

    private static Optional<Url> parse(String text) {
        try {
            URI uri = new URI(text.strip());
            if (uri.getHost() == null
                    || !("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
                return Optional.empty();
            }
            String[] user = Optional.ofNullable(uri.getUserInfo()).orElse("").split(":", 2);
            Optional<Credentials> credentials =
                    user.length == 2
                            ? Optional.of(new Credentials(user[0], new Secret(user[1])))
                            : Optional.empty();
            HostPort address =
                    new HostPort(
                            uri.getHost().replaceAll("[\\[\\]]", ""),
                            uri.getPort() < 0 ? USUAL_PORT : uri.getPort());
            Protocol protocol = Protocol.valueOf(uri.getScheme().toUpperCase(Locale.ROOT));
            return Optional.of(new Url(new Server(protocol, address), credentials));
        } catch (URISyntaxException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private void problem(String key, String message) {
        Position at =
                values.at(key).or(() -> values.at(SECTION)).map(Tree::at).orElse(Position.NOWHERE);
        findings.problem(at, key, message);
    }
}
