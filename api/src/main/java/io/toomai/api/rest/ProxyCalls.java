package io.toomai.api.rest;

import io.toomai.api.Node;
import io.toomai.api.Query;
import io.toomai.api.proxy.PictureDocument;
import io.toomai.api.proxy.ProxyRoll;
import io.toomai.api.proxy.StandingDocument;
import io.toomai.api.proxy.StandingDocument.Word;
import io.toomai.settings.json.Json;
import java.time.Duration;
import java.util.Optional;

/// The calls of proxies that run elsewhere. Thread safe.
final class ProxyCalls {
    /// So often a proxy hears that this member is here.
    private static final Duration LONGEST_WAIT = ProxyRoll.PATIENCE.dividedBy(3);

    private final Node node;

    ProxyCalls(Node node) {
        this.node = node;
    }

    /// Waits for another picture than the one seen. A loop that hangs tells nothing new, so another
    /// member is to be asked.
    Reply picture(Query query, String scope) {
        Optional<String> text = query.first("seen").filter(seen -> seen.matches("\\d{1,18}"));
        long seen = text.map(Long::parseLong).orElse(0L);
        try {
            ProxyRoll.Numbered latest = node.proxies().await(seen, LONGEST_WAIT);
            return node.heartbeats().isLoopAlive()
                    ? Reply.json(200, PictureDocument.of(latest, seen, scope))
                    : Reply.text(503, "the HA loop of this node shows no life");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Reply.text(503, "this node is stopping");
        }
    }

    Reply standing(Json.Obj body) {
        return StandingDocument.read(body)
                .map(this::heard)
                .orElseGet(() ->
                        Reply.text(
                                400,
                                "name and open are needed, and one of them is missing or cannot"
                                        + " be"));
    }

    private Reply heard(Word word) {
        return switch (word) {
            case Word.Stands(var standing) ->
                    node.proxies().report(standing)
                            ? Reply.text(200, "OK")
                            : Reply.text(503, "no room for one more proxy; ask another member");
            case Word.Leaves(var name) -> {
                node.proxies().leave(name);
                yield Reply.text(200, "OK");
            }
        };
    }
}
