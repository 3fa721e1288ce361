package io.toomai.settings;

import io.toomai.settings.text.Tree;
import io.toomai.settings.text.Tree.Kind;
import io.toomai.settings.text.Tree.Mapping;
import io.toomai.settings.text.Tree.Scalar;
import io.toomai.settings.text.Tree.Sequence;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// A document that may be shown: every secret is a row of asterisks, also under names that the
/// catalogue does not have but that sound like one. Stateless.
final class Unsecret {
    private static final Pattern SUSPECT = Pattern.compile(".*(password|passwd|secret|token).*");

    private Unsecret() {}

    static Mapping of(Mapping written) {
        return mapping(written, "");
    }

    private static Mapping mapping(Mapping mapping, String section) {
        Map<String, Tree> shown = new LinkedHashMap<>();
        mapping.entries().forEach((name, value) -> shown.put(name, value(name, value, section)));
        return new Mapping(mapping.at(), shown);
    }

    private static Tree value(String name, Tree value, String section) {
        String path = section.isEmpty() ? name : section + "." + name;
        boolean secret =
                Catalogue.INSTANCE.find(path).filter(key -> key.type().isSecret()).isPresent()
                        || SUSPECT.matcher(name.toLowerCase(Locale.ROOT)).matches();
        return switch (value) {
            case Scalar scalar when scalar.kind() == Kind.NULL -> scalar;
            case Tree any when secret -> new Scalar(any.at(), Kind.TEXT, "********");
            case Mapping inner -> mapping(inner, path);
            case Sequence _, Scalar _ -> value;
        };
    }
}
