package io.toomai.cli.rest;

import io.toomai.cli.rest.Http.Request;
import io.toomai.cli.rest.Reply.Answered;
import io.toomai.cli.rest.Reply.NoAnswer;
import io.toomai.cli.view.ClusterAnswer;
import io.toomai.cli.view.ClusterAnswer.MemberRow;
import io.toomai.settings.ToomaiSettings.Compatibility;
import io.toomai.settings.json.Json;
import io.toomai.settings.text.SettingsException;
import java.time.Duration;
import java.util.Optional;

/// One cluster as a command sees it: what it is made of comes from a member or from the store, and
/// what shall be done is asked of its members. Not thread-safe; whoever opened it closes it.
public abstract sealed class Cluster implements AutoCloseable permits ViaMembers, ViaStore {
    /// For questions; a member answers them from memory or with one store read.
    public static final Duration QUICK = Duration.ofSeconds(5);

    private final Http http;
    private final Compatibility compatibility;

    Cluster(Http http, Compatibility compatibility) {
        this.http = http;
        this.compatibility = compatibility;
    }

    /// What the settings that name the cluster want of this program.
    public final Compatibility compatibility() {
        return compatibility;
    }

    /// Members and what is going on, with the system identifier, as it is now.
    ///
    /// @throws io.toomai.cli.CliException NO_ANSWER naming whoever was asked
    public abstract ClusterAnswer view();

    /// The dynamic configuration.
    ///
    /// @throws io.toomai.cli.CliException also FAILED where there is none
    public abstract Json config();

    /// Past promotions, as `GET /history` tells them.
    public abstract Json history();

    /// Sends to the first member that answers at all.
    public abstract Reply ask(Request request, Duration limit);

    /// Sends to that member and no other.
    public final Reply call(MemberRow member, Request request, Duration limit) {
        return node(member)
                .map(node -> http.send(node, request, limit))
                .orElseGet(() ->
                        new NoAnswer("member " + member.name() + " has published no API URL"));
    }

    /// That member's own status document; empty when it does not answer.
    public final Optional<Json> status(MemberRow member) {
        return statusDocument(call(member, Request.get("/patroni"), QUICK));
    }

    @Override
    public void close() {}

    final Reply send(Node node, Request request, Duration limit) {
        return http.send(node, request, limit);
    }

    static Optional<Json> statusDocument(Reply reply) {
        try {
            return reply instanceof Answered answer && answer.ok()
                    ? Optional.of(Json.parse(answer.body()))
                    : Optional.empty();
        } catch (SettingsException e) {
            return Optional.empty();
        }
    }

    static Optional<Node> node(MemberRow member) {
        try {
            return member.apiUrl().isEmpty()
                    ? Optional.empty()
                    : Optional.of(Node.parse(member.apiUrl()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
