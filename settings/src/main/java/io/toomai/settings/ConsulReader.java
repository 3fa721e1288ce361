package io.toomai.settings;

import io.toomai.settings.ConsulSettings.Consistency;
import io.toomai.settings.ConsulSettings.Protocol;
import io.toomai.settings.ConsulSettings.Service;
import io.toomai.settings.ConsulSettings.Tls;
import io.toomai.settings.ConsulSettings.Verify;
import io.toomai.settings.text.Position;
import io.toomai.settings.text.Tree;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/// Reads `consul` (contract §4.2). A `url` counts before `scheme`, `host` and `port`, and a port in
/// `host` before `port`. Used once.
final class ConsulReader {
    static final String SECTION = "consul";

    /// Consul's own bounds of a duration are wide; these keep out what is none.
    private static final String DURATION = "\\d{1,9}(ms|s|m|h)";

    private final Values values;
    private final Findings findings;

    ConsulReader(Values values, Findings findings) {
        this.values = values;
        this.findings = findings;
    }

    /// Where the agent listens.
    private record Agent(Protocol protocol, HostPort address) {}

    ConsulSettings consul() {
        Agent agent = url().orElseGet(this::host);
        Verify verify = values.flag("consul.verify") ? Verify.CHECKED : Verify.ANYTHING;
        if (values.path("consul.cert").isPresent()
                && values.path("consul.cacert").isEmpty()
                && verify == Verify.CHECKED) {
            problem("consul.cert", "is shown only to an agent that is checked; set consul.cacert");
        }
        return new ConsulSettings(
                agent.protocol(),
                agent.address(),
                new Tls(
                        verify,
                        values.path("consul.cacert"),
                        values.path("consul.cert"),
                        values.path("consul.key")),
                values.secret("consul.token"),
                values.text("consul.dc"),
                Consistency.valueOf(word("consul.consistency")),
                values.texts("consul.checks"),
                service());
    }

    private String word(String key) {
        return values.requiredText(key).toUpperCase(Locale.ROOT);
    }

    private Optional<Service> service() {
        String interval = values.requiredText("consul.service_check_interval");
        if (!interval.matches(DURATION)) {
            problem("consul.service_check_interval", "expected a duration such as 5s");
        }
        return values.flag("consul.register_service")
                ? Optional.of(
                        new Service(
                                values.texts("consul.service_tags"),
                                interval,
                                values.text("consul.service_check_tls_server_name")))
                : Optional.empty();
    }

    private Agent host() {
        Protocol protocol = Protocol.valueOf(word("consul.scheme"));
        String host = values.requiredText("consul.host");
        try {
            return new Agent(protocol, HostPort.parse(host, values.whole("consul.port")));
        } catch (IllegalArgumentException e) {
            problem("consul.host", String.valueOf(e.getMessage()));
            return new Agent(protocol, new HostPort("127.0.0.1", 0)); // not used
        }
    }

    private Optional<Agent> url() {
        Optional<String> text = values.text("consul.url");
        Optional<Agent> agent = text.flatMap(this::parse);
        if (text.isPresent() && agent.isEmpty()) {
            problem("consul.url", "expected a URL such as http://127.0.0.1:8500");
        }
        return agent;
    }

    private Optional<Agent> parse(String text) {
        try {
            URI uri = new URI(text.strip());
            if (uri.getHost() == null || uri.getScheme() == null) {
                return Optional.empty();
            }
            Protocol protocol = Protocol.valueOf(uri.getScheme().toUpperCase(Locale.ROOT));
            int port = uri.getPort() < 0 ? values.whole("consul.port") : uri.getPort();
            return Optional.of(
                    new Agent(
                            protocol,
                            new HostPort(uri.getHost().replaceAll("[\\[\\]]", ""), port)));
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
