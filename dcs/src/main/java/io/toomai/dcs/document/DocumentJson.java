package io.toomai.dcs.document;

import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/// How all documents are read and written: compact, fields in the order they were put, ASCII only
/// as Patroni writes; reading never fails, garbage is a missing node.
final class DocumentJson {
    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private DocumentJson() {}

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    static String text(JsonNode node) {
        return MAPPER.writeValueAsString(node);
    }

    static JsonNode parse(String text) {
        if (text.isBlank()) {
            return MissingNode.getInstance();
        }
        try {
            return MAPPER.readTree(text);
        } catch (JacksonException e) {
            return MissingNode.getInstance();
        }
    }

    /// The node itself, or what it holds when it is JSON inside a string (Kubernetes annotations).
    static JsonNode unwrapped(JsonNode node) {
        return node.isString() ? parse(node.stringValue()) : node;
    }

    static Optional<String> string(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.isString() ? Optional.of(value.stringValue()) : Optional.empty();
    }

    /// An integer, also one written as a string.
    static OptionalLong integer(JsonNode value) {
        if (value.isIntegralNumber() && value.canConvertToLong()) {
            return OptionalLong.of(value.longValue());
        }
        if (value.isString()) {
            try {
                return OptionalLong.of(Long.parseLong(value.stringValue().strip()));
            } catch (NumberFormatException e) {
                return OptionalLong.empty();
            }
        }
        return OptionalLong.empty();
    }

    static Optional<Lsn> lsn(JsonNode value) {
        OptionalLong bytes = integer(value);
        return bytes.isPresent() && bytes.getAsLong() >= 0
                ? Optional.of(new Lsn(bytes.getAsLong()))
                : Optional.empty();
    }

    /// A member's name; blank or impossible names are no name.
    static Optional<MemberName> name(String text) {
        return text.isBlank() || text.indexOf('/') >= 0
                ? Optional.empty()
                : Optional.of(new MemberName(text));
    }
}
