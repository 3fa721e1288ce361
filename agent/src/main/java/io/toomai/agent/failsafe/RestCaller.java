package io.toomai.agent.failsafe;

import io.toomai.api.peer.HttpAnswer;
import io.toomai.api.peer.HttpCall;
import io.toomai.api.peer.PeerClient;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Secret;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/// One `POST /failsafe` (contract §2.6). The body is Patroni's, and `ttl_ms`, which Patroni
/// ignores: for how long the caller counts on the answer.
///
/// @param authorization the header that `restapi.authentication` of the members asks for now
public record RestCaller(
        MemberName me,
        String connUrl,
        String apiUrl,
        Supplier<Optional<Secret>> authorization,
        PeerClient peers)
        implements FailsafeCaller {

    @Override
    public Optional<String> ask(String statusUrl, Duration ttl, Duration limit) {
        try {
            HttpAnswer answer =
                    peers.call(
                            new HttpCall(
                                    "POST",
                                    URI.create(statusUrl).resolve("/failsafe"),
                                    Optional.of(body(ttl)),
                                    authorization.get()),
                            limit);
            return answer.code() == 200 && answer.body().strip().equals("Accepted")
                    ? Optional.empty()
                    : Optional.of("it answered " + answer.code() + " " + answer.body().strip());
        } catch (IOException e) {
            return Optional.of(e.getMessage() == null ? e.toString() : e.getMessage());
        } catch (IllegalArgumentException e) {
            return Optional.of("its api_url cannot be used: " + statusUrl);
        }
    }

    private String body(Duration ttl) {
        return Json.object()
                .put("name", me.value())
                .put("conn_url", connUrl)
                .put("api_url", apiUrl)
                .put("ttl_ms", ttl.toMillis())
                .done()
                .compact();
    }
}
