package io.toomai.api.proxy;

import io.toomai.core.ha.ProxyStanding;
import io.toomai.settings.json.Json;
import io.toomai.settings.json.JsonFields;
import java.util.Optional;
import java.util.OptionalLong;

/// The body of `POST /proxy`: what a proxy elsewhere tells a member of itself.
public final class StandingDocument {
    private static final int LONGEST_NAME = 200;
    private static final String NAME = "name";
    private static final String LEAVES = "leaves";
    private static final String HOLDS = "holds";
    private static final String OPEN = "open";

    private StandingDocument() {}

    /// What it has to say.
    public sealed interface Word {
        /// It is here.
        record Stands(ProxyStanding standing) implements Word {}

        /// It ends, and nobody needs to wait for it.
        record Leaves(String name) implements Word {}
    }

    public static Json of(Word word) {
        return switch (word) {
            case Word.Stands(var standing) -> {
                JsonFields fields = Json.object().put(NAME, standing.name());
                standing.holds().ifPresent(request -> fields.put(HOLDS, request));
                yield fields.put(OPEN, standing.open()).done();
            }
            case Word.Leaves(var name) -> Json.object().put(NAME, name).put(LEAVES, true).done();
        };
    }

    /// Empty where the body says something else. Names are shown to operators and travel in
    /// heartbeats.
    public static Optional<Word> read(Json body) {
        String name = body.textAt(NAME);
        if (name.isBlank()
                || name.length() > LONGEST_NAME
                || name.chars().anyMatch(Character::isISOControl)) {
            return Optional.empty();
        }
        if (body.isTrueAt(LEAVES)) {
            return Optional.of(new Word.Leaves(name));
        }
        OptionalLong open = body.longAt(OPEN);
        return open.isPresent() && open.getAsLong() >= 0 && open.getAsLong() <= Integer.MAX_VALUE
                ? Optional.of(
                        new Word.Stands(
                                new ProxyStanding(
                                        name, body.longAt(HOLDS), (int) open.getAsLong())))
                : Optional.empty();
    }
}
