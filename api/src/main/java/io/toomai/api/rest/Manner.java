package io.toomai.api.rest;

import io.toomai.settings.RestApiSettings;
import io.toomai.settings.ToomaiSettings.Compatibility;
import java.util.Optional;

/// How answers look that say the same (contract §2.1): what the `Server` header tells, and whether
/// sentences are plain text or, as in Patroni, HTML. Pure.
///
/// @param server `Server` header for a version; none is sent where it is absent
public record Manner(Optional<ServerHeader> server, Sentences sentences) {
    /// Says nothing about the program; plain text, because sentences repeat what the caller sent.
    public static final Manner PLAIN = new Manner(Optional.empty(), Sentences.PLAIN);

    /// `restapi.server_tokens` where it asks for a header of its own.
    public enum ServerHeader {
        PRODUCT,
        PRODUCT_AND_VERSION;

        String text(String version) {
            return this == PRODUCT ? "Patroni" : "Patroni/" + version;
        }
    }

    /// What sentences are labelled as.
    public enum Sentences {
        PLAIN,
        HTML
    }

    static Manner of(RestApiSettings settings, Compatibility compatibility) {
        Optional<ServerHeader> server =
                switch (settings.serverTokens()) {
                    case "productonly" -> Optional.of(ServerHeader.PRODUCT);
                    case "minimal" -> Optional.of(ServerHeader.PRODUCT_AND_VERSION);
                    default -> Optional.empty();
                };
        return new Manner(
                server,
                switch (compatibility) {
                    case OFF -> Sentences.PLAIN;
                    case STRICT -> Sentences.HTML;
                });
    }

    /// The header that goes with a body of that kind.
    String contentType(Reply.Kind kind) {
        return switch (kind) {
            case NOTHING -> "";
            case JSON -> "application/json";
            case METRICS -> "text/plain; version=0.0.4; charset=utf-8";
            case TEXT -> sentences == Sentences.HTML ? "text/html" : "text/plain; charset=utf-8";
            case ERROR ->
                    sentences == Sentences.HTML
                            ? "text/html;charset=utf-8"
                            : "text/plain; charset=utf-8";
        };
    }

    /// The body as it is sent.
    String body(Reply reply) {
        return reply.kind() == Reply.Kind.ERROR && sentences == Sentences.HTML
                ? page(reply)
                : reply.body();
    }

    private static String page(Reply reply) {
        return """
        <!DOCTYPE HTML>
        <html lang="en"><head><meta charset="utf-8"><title>Error response</title></head>
        <body><h1>Error response</h1><p>Error code: %d</p><p>Message: %s.</p></body></html>
        """
                .formatted(reply.code(), escaped(reply.body()));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
