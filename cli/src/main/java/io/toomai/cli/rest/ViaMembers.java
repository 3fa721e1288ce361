package io.toomai.cli.rest;

import io.toomai.cli.CliException;
import io.toomai.cli.rest.Http.Request;
import io.toomai.cli.rest.Reply.Answered;
import io.toomai.cli.rest.Reply.NoAnswer;
import io.toomai.cli.view.ClusterAnswer;
import io.toomai.settings.ToomaiSettings.Compatibility;
import io.toomai.settings.json.Json;
import io.toomai.settings.text.SettingsException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/// One cluster, reached through any of its members: the given addresses first, then the ones they
/// told us about last time.
final class ViaMembers extends Cluster {
    private final Addresses addresses;
    private final PeerCache cache;
    private Optional<Node> answering = Optional.empty();

    ViaMembers(Addresses addresses, PeerCache cache) {
        super(new Http(addresses.access()), addresses.compatibility());
        this.addresses = addresses;
        this.cache = cache;
    }

    /// Where the members are.
    ///
    /// @param given at least one
    /// @param group that they are of, in a Citus cluster
    /// @param compatibility what the settings that name the cluster want of this program
    record Addresses(
            List<Node> given, Access access, Optional<Integer> group, Compatibility compatibility) {
        Addresses {
            if (given.isEmpty()) {
                throw new IllegalArgumentException("at least one address is needed");
            }
            given = List.copyOf(given);
        }

        Node first() {
            return given.getFirst();
        }
    }

    @Override
    public ClusterAnswer view() {
        Json document = fetch("/cluster");
        Optional<Json> told =
                answering
                        .map(node -> send(node, Request.get("/patroni"), QUICK))
                        .flatMap(Cluster::statusDocument);
        String identity = identity(told, document);
        Json whole = withScope(document, told);
        ClusterAnswer answer =
                addresses
                        .group()
                        .map(group -> ClusterAnswer.ofGroup(group, identity, whole))
                        .orElseGet(() -> new ClusterAnswer(identity, whole));
        List<Node> members = answer.members().stream().flatMap(m -> node(m).stream()).toList();
        if (!members.isEmpty()) {
            cache.remember(addresses.first(), members);
        }
        return answer;
    }

    @Override
    public Json config() {
        return fetch("/config");
    }

    @Override
    public Json history() {
        return fetch("/history");
    }

    /// The answer of the first member that gives one, as JSON.
    ///
    /// @throws CliException NO_ANSWER naming every address tried, FAILED with what the member said
    private Json fetch(String path) {
        return switch (ask(Request.get(path), QUICK)) {
            case Answered answer when answer.ok() -> json(path, answer.body());
            case Answered(int status, String body) ->
                    throw new CliException(
                            CliException.Code.FAILED,
                            "GET " + path + " was answered with status " + status + said(body));
            case NoAnswer(String reason) ->
                    throw new CliException(CliException.Code.NO_ANSWER, reason);
        };
    }

    @Override
    public Reply ask(Request request, Duration limit) {
        var reasons = new ArrayList<String>();
        for (Node node : candidates()) {
            switch (send(node, request, limit)) {
                case Answered answer -> {
                    answering = Optional.of(node);
                    return answer;
                }
                case NoAnswer(String reason) -> reasons.add(reason);
            }
        }
        return new NoAnswer(
                "no member of the cluster answers ("
                        + String.join("; ", reasons)
                        + "). Is the agent running? Name another member (-d HOST:PORT), or the store"
                        + " (-d URL, such as etcd3://10.0.0.1:2379)");
    }

    private List<Node> candidates() {
        var nodes = new LinkedHashSet<Node>();
        answering.ifPresent(nodes::add);
        nodes.addAll(addresses.given());
        nodes.addAll(cache.peers(addresses.first()));
        return List.copyOf(nodes);
    }

    /// Patroni before 3.3 tells the scope in a member's own status only.
    private static Json withScope(Json document, Optional<Json> told) {
        Optional<Json> scope = told.map(status -> status.at("patroni").at("scope"));
        if (!(document instanceof Json.Obj(var fields))
                || !document.textAt("scope").isEmpty()
                || scope.isEmpty()) {
            return document;
        }
        var more = new LinkedHashMap<>(fields);
        more.put("scope", scope.get());
        return new Json.Obj(more);
    }

    /// Only a member's own status says the system identifier. The one that answered may not have a
    /// data directory yet, so the leader is asked too.
    private String identity(Optional<Json> told, Json document) {
        var members = new ClusterAnswer("", document);
        boolean starting =
                members.members().stream().anyMatch(m -> m.state().startsWith("initializing"));
        return told.flatMap(ViaMembers::identifier)
                .or(() -> members.leader().flatMap(this::status).flatMap(ViaMembers::identifier))
                .orElse(starting ? "initializing" : "uninitialized");
    }

    private static Optional<String> identifier(Json status) {
        return Optional.of(status.textAt("database_system_identifier"))
                .filter(text -> !text.isEmpty());
    }

    private Json json(String path, String body) {
        try {
            return Json.parse(body);
        } catch (SettingsException e) {
            throw new CliException(
                    CliException.Code.BAD_ANSWER,
                    "the answer of "
                            + answering.map(Node::toString).orElse("the member")
                            + " to "
                            + path
                            + " is "
                            + e.getMessage());
        }
    }

    /// Errors come as text or as a web page; only text is worth showing.
    private static String said(String body) {
        return body.isBlank() || body.stripLeading().startsWith("<") ? "" : ": " + body.strip();
    }
}
