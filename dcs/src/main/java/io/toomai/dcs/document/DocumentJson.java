package io.toomai.dcs.document;

import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.settings.json.Json;
import io.toomai.settings.text.SettingsException;
import java.util.Optional;
import java.util.OptionalLong;

/// How all documents are read: nothing fails, garbage reads as null.
final class DocumentJson {
    private DocumentJson() {}

    static Json parse(String text) {
        try {
            return Json.parse(text);
        } catch (SettingsException e) {
            return Json.Null.VALUE;
        }
    }

    /// The value itself, or what it holds when it is JSON inside a string (Kubernetes annotations).
    static Json unwrapped(Json value) {
        return value.string().map(DocumentJson::parse).orElse(value);
    }

    static Optional<String> string(Json object, String field) {
        return object.at(field).string();
    }

    /// An integer, also one written as a string.
    static OptionalLong integer(Json value) {
        try {
            return value instanceof Json.Text(var text)
                    ? OptionalLong.of(Long.parseLong(text.strip()))
                    : value.whole();
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    static Optional<Lsn> lsn(Json value) {
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
