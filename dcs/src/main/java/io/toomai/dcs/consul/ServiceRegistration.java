package io.toomai.dcs.consul;

import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.consul.ConsulDcsSettings.Service;
import io.toomai.dcs.document.MemberDocument;
import io.toomai.dcs.http.HttpRequest;
import io.toomai.dcs.http.HttpRequest.Method;
import io.toomai.settings.json.Json;
import io.toomai.settings.json.JsonFields;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The member as a service of its agent (contract §1.4), so that clients find the primary by
/// Consul's DNS. Follows the member's document; whether that succeeds matters to nobody here, so
/// all of it happens on the thread that looks after the session.
final class ServiceRegistration {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceRegistration.class);

    /// A service whose check fails for so long is dropped by the agent.
    private static final int DEREGISTER_TTLS = 10;

    private static final int MAX_NAME = 230;

    private final ConsulDcsSettings settings;
    private final Service service;
    private final ConsulCalls calls;
    private final String id;

    private volatile Optional<String> published = Optional.empty();
    private Optional<Json.Obj> registered = Optional.empty();
    private Deadline fresh = Deadline.in(Duration.ZERO);

    ServiceRegistration(ConsulDcsSettings settings, Service service, ConsulCalls calls) {
        this.settings = settings;
        this.service = service;
        this.calls = calls;
        this.id = settings.scope() + "/" + settings.member();
    }

    /// The member's document is this one from now on.
    void published(String json) {
        published = Optional.of(json);
    }

    /// Tells the agent what changed, and from time to time what did not: an agent forgets services
    /// whose check failed for long.
    ///
    /// @throws DcsException when it could not be told; it is told again
    synchronized void follow(Duration ttl, Deadline deadline) {
        Optional<Member> member =
                published.map(json -> MemberDocument.read(settings.member(), json));
        Optional<Json.Obj> wanted = member.flatMap(m -> wanted(m, ttl));
        if (wanted.isPresent() && (!wanted.equals(registered) || fresh.isOver())) {
            ask("service/register", wanted.get().compact(), deadline);
            if (!wanted.equals(registered)) {
                LOG.info("{}: registered as service {}", calls.who(), wanted.get().textAt("Name"));
            }
            registered = wanted;
            fresh = Deadline.in(ttl);
        } else if (member.filter(m -> m.state() == MemberState.STOPPED).isPresent()) {
            deregister(deadline);
        }
    }

    /// The service is no more.
    ///
    /// @throws DcsException when the agent could not be told
    synchronized void close(Deadline deadline) {
        published = Optional.empty();
        deregister(deadline);
    }

    private void deregister(Deadline deadline) {
        if (registered.isPresent()) {
            ask("service/deregister/" + ConsulCalls.encoded(id), "", deadline);
            registered = Optional.empty();
        }
    }

    private void ask(String path, String json, Deadline deadline) {
        HttpRequest request = calls.agentRequest(Method.PUT, path, json);
        ConsulReply _ = calls.repeatable(line -> line.ask(request), deadline);
    }

    /// What a running member is registered as; nothing for another, whose service stays as it was.
    private Optional<Json.Obj> wanted(Member member, Duration ttl) {
        Optional<URI> postgres = uri(member.connUrl());
        Optional<URI> rest = uri(member.apiUrl());
        if (member.state() != MemberState.RUNNING || postgres.isEmpty() || rest.isEmpty()) {
            return Optional.empty();
        }
        String role = member.role().text().replace('_', '-');
        List<String> tags = new ArrayList<>(service.tags());
        tags.add(role);
        if (member.role() == MemberRole.PRIMARY) {
            tags.add("master"); // style: Patroni registers this older name beside the new one
        }
        String check = rest.get().getScheme() + "://" + rest.get().getAuthority() + "/" + role;
        JsonFields fields =
                Json.object()
                        .put("HTTP", check)
                        .put("Interval", service.checkInterval())
                        .put(
                                "DeregisterCriticalServiceAfter",
                                ttl.multipliedBy(DEREGISTER_TTLS).toSeconds() + "s");
        service.tlsServerName().ifPresent(name -> fields.put("TLSServerName", name));
        return Optional.of(
                Json.object()
                        .put("ID", id)
                        .put("Name", serviceName(settings.scope()))
                        .put("Address", host(postgres.get()))
                        .put("Port", postgres.get().getPort())
                        .put("Tags", Json.texts(tags.stream()))
                        .put("EnableTagOverride", true)
                        .put("Check", fields.done())
                        .done());
    }

    private static Optional<URI> uri(String text) {
        try {
            return Optional.of(new URI(text)).filter(uri -> uri.getHost() != null);
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    private static String host(URI uri) {
        return uri.getHost().replaceAll("[\\[\\]]", "");
    }

    /// What the DNS takes for a name.
    static String serviceName(String scope) {
        StringBuilder name = new StringBuilder();
        scope.toLowerCase(Locale.ROOT)
                .codePoints()
                .forEach(c -> {
                    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-') {
                        name.appendCodePoint(c);
                    } else if (c == '.' || c == '_' || c == ' ') {
                        name.append('-');
                    } else {
                        name.append("u%04d".formatted(c));
                    }
                });
        return name.substring(0, Math.min(name.length(), MAX_NAME));
    }
}
