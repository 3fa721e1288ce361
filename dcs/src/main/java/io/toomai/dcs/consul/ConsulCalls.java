package io.toomai.dcs.consul;

import io.toomai.dcs.Deadline;
import io.toomai.dcs.consul.ConsulReply.KeyValue;
import io.toomai.dcs.http.Endpoint;
import io.toomai.dcs.http.HttpCalls;
import io.toomai.dcs.http.HttpConnection;
import io.toomai.dcs.http.HttpRequest;
import io.toomai.dcs.http.HttpRequest.Credentials;
import io.toomai.dcs.http.HttpRequest.Method;
import io.toomai.dcs.http.Refusal;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Requests in Consul's language, with its token and datacenter. Thread-safe.
final class ConsulCalls {
    /// A query parameter that makes a read see all that was written before it.
    static final String CONSISTENT = "consistent";

    private final HttpCalls http;
    private final Optional<Credentials> credentials;
    private final String datacenter;

    /// @param onFailure hears when the agent failed
    ConsulCalls(ConsulDcsSettings settings, Consumer<Endpoint> onFailure) {
        this.credentials =
                settings.access().token().map(token -> new Credentials("X-Consul-Token", token));
        this.datacenter = settings.access().datacenter().map(dc -> "&dc=" + encoded(dc)).orElse("");
        this.http =
                new HttpCalls(
                        "Consul at " + settings.agent() + " (member " + settings.member() + ")",
                        List.of(settings.agent()),
                        settings.tls(),
                        settings.ttl().dividedBy(2),
                        onFailure);
    }

    String who() {
        return http.who();
    }

    /// How long the agent may take.
    Duration hop() {
        return http.hop();
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /// Of the store.
    ///
    /// @param query parameters, encoded, joined by `&`; may be empty
    HttpRequest request(Method method, String path, String query, String json) {
        return new HttpRequest(method, "/v1/" + path + "?" + query + datacenter, credentials, json);
    }

    /// Of the agent itself, which knows no datacenter.
    HttpRequest agentRequest(Method method, String path, String json) {
        return new HttpRequest(method, "/v1/agent/" + path, credentials, json);
    }

    HttpRequest read(String path, String query) {
        return request(Method.GET, "kv/" + encoded(path).replace("%2F", "/"), query, "");
    }

    /// One connection, for the time of one conversation.
    final class Line {
        private final HttpConnection connection;
        private final Deadline deadline;

        private Line(HttpConnection connection, Deadline deadline) {
            this.connection = connection;
            this.deadline = deadline;
        }

        ConsulReply ask(HttpRequest request) throws IOException, Refusal {
            return ConsulReply.of(connection.exchange(request, deadline));
        }

        /// What it has written; empty when a condition did not hold.
        Optional<List<KeyValue>> commit(Txn txn) throws IOException, Refusal {
            return ask(request(Method.PUT, "txn", "", txn.json())).written();
        }

        /// Not older than this call.
        Optional<KeyValue> look(String key) throws IOException, Refusal {
            return ask(read(key, CONSISTENT)).keys().stream().findFirst();
        }
    }

    /// What is asked on one line.
    interface Conversation<T> {
        T on(Line line) throws IOException, Refusal;
    }

    private <T> HttpCalls.Conversation<T> inConsulsLanguage(Conversation<T> conversation) {
        return (connection, deadline) -> conversation.on(new Line(connection, deadline));
    }

    /// What may be asked again, as one of few calls at a time.
    <T> T repeatable(Conversation<T> conversation, Deadline deadline) {
        return http.converseInTurn(inConsulsLanguage(conversation), deadline);
    }

    /// The same without waiting for its turn, so the lease guard waits for nobody.
    <T> T converse(Conversation<T> conversation, Deadline deadline) {
        return http.converse(inConsulsLanguage(conversation), deadline);
    }

    /// A transaction that must not be carried out twice; empty when a condition did not hold.
    ///
    /// @throws io.toomai.dcs.DcsException DCS_TIMEOUT or DCS_CONNECTION also when it may have been
    ///   carried out
    Optional<List<KeyValue>> once(Txn txn, Deadline deadline) throws Refusal {
        return http.once(inConsulsLanguage(line -> line.commit(txn)), deadline);
    }

    /// For requests whose answers take longer than a call; the caller closes it.
    HttpConnection openForLong(Deadline deadline) throws IOException {
        return http.openForLong(deadline);
    }

    /// Calls that wait between two tries end, and all later ones fail.
    void close() {
        http.close();
    }
}
