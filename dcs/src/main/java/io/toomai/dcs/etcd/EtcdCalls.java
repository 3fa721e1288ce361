package io.toomai.dcs.etcd;

import io.toomai.core.model.Secret;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.http.Endpoint;
import io.toomai.dcs.http.Endpoints;
import io.toomai.dcs.http.HttpCalls;
import io.toomai.dcs.http.HttpConnection;
import io.toomai.dcs.http.HttpRequest;
import io.toomai.dcs.http.HttpRequest.Credentials;
import io.toomai.dcs.http.Refusal;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/// Requests in etcd's language, with its token, to whichever server answers. Thread-safe.
final class EtcdCalls {
    private final HttpCalls http;
    private final EtcdLogin login;

    // Guarded by this.
    private String cluster = "";
    private long term;

    /// @param onFailure hears of each server that failed
    EtcdCalls(EtcdSettings settings, Consumer<Endpoint> onFailure) {
        this.login = new EtcdLogin(settings.login());
        this.http =
                new HttpCalls(
                        "etcd " + settings.endpoints() + " (member " + settings.member() + ")",
                        settings.endpoints(),
                        settings.tls(),
                        settings.ttl(),
                        onFailure);
    }

    String who() {
        return http.who();
    }

    Endpoints endpoints() {
        return http.endpoints();
    }

    /// How long one server may take before the next is asked.
    Duration hop() {
        return http.hop();
    }

    /// One request.
    static HttpRequest request(String path, Json body, Optional<Secret> token) {
        return HttpRequest.post(
                path, token.map(t -> new Credentials("Authorization", t)), body.compact());
    }

    /// One connection to one server, for the time of one conversation.
    final class Line {
        private final HttpConnection connection;
        private final Deadline deadline;

        private Line(HttpConnection connection, Deadline deadline) {
            this.connection = connection;
            this.deadline = deadline;
        }

        GatewayReply ask(String path, Json body) throws IOException, Refusal {
            Optional<Secret> token = login.token(connection, deadline);
            try {
                return checked(connection.exchange(request(path, body, token), deadline));
            } catch (Refusal e) {
                if (e.kind() != Refusal.Kind.TOKEN || !login.forget(token)) {
                    throw e;
                }
                Optional<Secret> fresh = login.token(connection, deadline);
                return checked(connection.exchange(request(path, body, fresh), deadline));
            }
        }
    }

    private GatewayReply checked(HttpConnection.Answer answer) throws IOException, Refusal {
        GatewayReply reply = GatewayReply.of(answer);
        rememberTerm(reply);
        return reply;
    }

    /// What is asked on one line; may be asked again on another.
    interface Conversation<T> {
        T on(Line line) throws IOException, Refusal;
    }

    private <T> HttpCalls.Conversation<T> inEtcdsLanguage(Conversation<T> conversation) {
        return (connection, deadline) -> conversation.on(new Line(connection, deadline));
    }

    GatewayReply repeatable(String path, Json body, Deadline deadline) {
        return http.converseInTurn(inEtcdsLanguage(line -> line.ask(path, body)), deadline);
    }

    /// The same for an answer that a server left behind by the others could give: it must not be of
    /// an earlier term than one that this process has seen (contract §1.4).
    GatewayReply repeatableNotStale(String path, Json body, Deadline deadline) {
        return http.converseInTurn(
                inEtcdsLanguage(line -> notStale(line.ask(path, body))), deadline);
    }

    /// Does not wait for its turn, so the lease guard waits for nobody.
    <T> T converse(Conversation<T> conversation, Deadline deadline) {
        return http.converse(inEtcdsLanguage(conversation), deadline);
    }

    /// A short wait between two tries.
    void rest(Deadline deadline) {
        http.rest(deadline);
    }

    /// A request that must not be carried out twice.
    ///
    /// @throws io.toomai.dcs.DcsException DCS_TIMEOUT or DCS_CONNECTION also when it may have been
    ///   carried out
    GatewayReply once(String path, Json body, Deadline deadline) throws Refusal {
        return http.once(inEtcdsLanguage(line -> line.ask(path, body)), deadline);
    }

    /// Begins an answer that goes on; the caller closes the connection.
    HttpConnection stream(String path, Json body, Deadline deadline) throws IOException, Refusal {
        HttpConnection connection = http.openForLong(deadline);
        try {
            Optional<Secret> token = login.token(connection, deadline);
            HttpConnection.Answer begun = connection.stream(request(path, body, token), deadline);
            if (begun.status() != 200) {
                login.forget(token);
                checked(begun); // throws
            }
            return connection;
        } catch (IOException e) {
            endpoints().failed(connection.endpoint(), e);
            connection.close();
            throw e;
        } catch (Refusal e) {
            connection.close();
            throw e;
        }
    }

    private synchronized void rememberTerm(GatewayReply reply) {
        if (!reply.clusterId().equals(cluster)) {
            cluster = reply.clusterId(); // another store counts its own terms
            term = 0;
        }
        term = Math.max(term, reply.term());
    }

    private synchronized GatewayReply notStale(GatewayReply reply) throws IOException {
        if (reply.clusterId().equals(cluster) && reply.term() < term) {
            throw new IOException(
                    "it is left behind and not believed: its term is "
                            + reply.term()
                            + ", that of the others "
                            + term
                            + "; see to its network, or restart Toomai on every node if all of the"
                            + " store was restored from a backup");
        }
        return reply;
    }

    /// Calls that wait between two tries end, and all later ones fail.
    void close() {
        http.close();
    }
}
