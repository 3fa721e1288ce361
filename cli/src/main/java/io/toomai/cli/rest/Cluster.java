package io.toomai.cli.rest;

import io.toomai.cli.CliException;
import io.toomai.cli.rest.Http.Request;
import io.toomai.cli.rest.Reply.Answered;
import io.toomai.cli.rest.Reply.NoAnswer;
import io.toomai.cli.view.ClusterAnswer;
import io.toomai.cli.view.ClusterAnswer.MemberRow;
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
/// told us about last time. Not thread-safe.
public final class Cluster {
    /// For questions; a member answers them from memory or with one store read.
    public static final Duration QUICK = Duration.ofSeconds(5);

    private final List<Node> given;
    private final Http http;
    private final PeerCache cache;
    private final Compatibility compatibility;
    private Optional<Node> answering = Optional.empty();

    /// @param compatibility what the settings that name the cluster want of this program
    public Cluster(List<Node> given, Http http, PeerCache cache, Compatibility compatibility) {
        if (given.isEmpty()) {
            throw new IllegalArgumentException("at least one address is needed");
        }
        this.given = List.copyOf(given);
        this.http = http;
        this.cache = cache;
        this.compatibility = compatibility;
    }

    public Compatibility compatibility() {
        return compatibility;
    }

    /// Members and what is going on, with the system identifier.
    public ClusterAnswer view() {
        Json document = fetch("/cluster");
        Optional<Json> told =
                answering
                        .map(node -> http.send(node, Request.get("/patroni"), QUICK))
                        .flatMap(Cluster::statusDocument);
        var answer = new ClusterAnswer(identity(told, document), withScope(document, told));
        List<Node> members = answer.members().stream().flatMap(m -> node(m).stream()).toList();
        if (!members.isEmpty()) {
            cache.remember(given.getFirst(), members);
        }
        return answer;
    }

    /// The answer of the first member that gives one, as JSON.
    ///
    /// @throws CliException NO_ANSWER naming every address tried, FAILED with what the member said
    public Json fetch(String path) {
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

    /// Sends to the first member that answers at all.
    public Reply ask(Request request, Duration limit) {
        var reasons = new ArrayList<String>();
        for (Node node : candidates()) {
            switch (http.send(node, request, limit)) {
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
                        + "). Is the agent running? Name another member with -d HOST:PORT");
    }

    /// Sends to that member and no other.
    public Reply call(MemberRow member, Request request, Duration limit) {
        return node(member)
                .map(node -> http.send(node, request, limit))
                .orElseGet(() ->
                        new NoAnswer("member " + member.name() + " has published no API URL"));
    }

    /// That member's own status document; empty when it does not answer.
    public Optional<Json> status(MemberRow member) {
        return statusDocument(call(member, Request.get("/patroni"), QUICK));
    }

    private static Optional<Json> statusDocument(Reply reply) {
        try {
            return reply instanceof Answered answer && answer.ok()
                    ? Optional.of(Json.parse(answer.body()))
                    : Optional.empty();
        } catch (SettingsException e) {
            return Optional.empty();
        }
    }

    private List<Node> candidates() {
        var nodes = new LinkedHashSet<Node>();
        answering.ifPresent(nodes::add);
        nodes.addAll(given);
        nodes.addAll(cache.peers(given.getFirst()));
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
        return told.flatMap(Cluster::identifier)
                .or(() -> members.leader().flatMap(this::status).flatMap(Cluster::identifier))
                .orElse(starting ? "initializing" : "uninitialized");
    }

    private static Optional<String> identifier(Json status) {
        return Optional.of(status.textAt("database_system_identifier"))
                .filter(text -> !text.isEmpty());
    }

    private static Optional<Node> node(MemberRow member) {
        try {
            return member.apiUrl().isEmpty()
                    ? Optional.empty()
                    : Optional.of(Node.parse(member.apiUrl()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
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
