package io.toomai.settings;

import io.toomai.settings.text.Tree;
import io.toomai.settings.text.Tree.Kind;
import io.toomai.settings.text.Tree.Mapping;
import io.toomai.settings.text.Tree.Scalar;
import io.toomai.settings.text.Tree.Sequence;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Optional;

/// Judges one value by its row of the catalogue. Stateless; never quotes a secret.
final class ValueCheck {
    private static final int LONGEST_QUOTE = 60;

    private ValueCheck() {}

    /// Why the value cannot be used; empty when it can. Null is always fine: it means not set.
    static Optional<String> complaint(Key key, Tree tree) {
        if (tree instanceof Scalar scalar && scalar.kind() == Kind.NULL) {
            return Optional.empty();
        }
        boolean fits =
                switch (key.type()) {
                    case ANY, ALIAS -> true;
                    case MAP -> tree instanceof Mapping;
                    case LIST -> tree instanceof Sequence;
                    case TEXTS -> isTexts(tree);
                    case TEXT_MAP, SECRET_MAP -> isTextMap(tree);
                    case TEXT,
                            SECRET,
                            WHOLE,
                            FLAG,
                            WORD,
                            SECONDS,
                            DURATION,
                            SIZE,
                            ADDRESS,
                            LISTEN,
                            PATH,
                            CIPHERS,
                            SCALAR ->
                            tree instanceof Scalar scalar && scalarFits(key, scalar.text());
                };
        if (fits) {
            return Optional.empty();
        }
        return key.type() == Key.Type.CIPHERS && tree instanceof Scalar scalar
                ? CipherList.complaint(scalar.text())
                : Optional.of(message(key, tree));
    }

    private static boolean isTexts(Tree tree) {
        return tree instanceof Scalar
                || (tree instanceof Sequence sequence
                        && sequence.items().stream().allMatch(Scalar.class::isInstance));
    }

    private static boolean isTextMap(Tree tree) {
        return tree instanceof Mapping mapping
                && mapping.entries().values().stream().allMatch(Scalar.class::isInstance);
    }

    private static boolean scalarFits(Key key, String text) {
        try {
            return switch (key.type()) {
                case WHOLE, SECONDS -> wholeFits(key, text);
                case FLAG -> Values.isFlag(text);
                case WORD -> key.limits().words().contains(Values.word(text, key));
                case DURATION -> durationFits(key, Values.duration(text));
                case SIZE -> key.limits().allows((double) Values.bytes(text));
                case ADDRESS ->
                        (key.name().equals("listen")
                                                ? HostPort.listening(text)
                                                : HostPort.parse(text))
                                        .port()
                                >= 0;
                case LISTEN -> ListenAddresses.parse(text).port() >= 0;
                case CIPHERS -> CipherList.complaint(text).isEmpty();
                case PATH -> text.indexOf('\0') < 0 && !isMissing(key, text);
                case TEXT, SECRET, SCALAR, ANY, ALIAS, MAP, LIST, TEXTS, TEXT_MAP, SECRET_MAP ->
                        true;
            };
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private static boolean isMissing(Key key, String text) {
        return text.isBlank() && key.presence() == Key.Presence.REQUIRED;
    }

    private static boolean wholeFits(Key key, String text) {
        BigInteger number = new BigInteger(text.strip());
        return number.bitLength() < Integer.SIZE && key.limits().allows(number.doubleValue());
    }

    private static boolean durationFits(Key key, Duration duration) {
        return key.limits().allows(duration.toNanos() / 1e9);
    }

    private static String message(Key key, Tree tree) {
        String limits = key.limits().toString();
        String expected = "expected " + key.type().caption + (limits.isEmpty() ? "" : " " + limits);
        return expected + ", found " + found(key, tree);
    }

    private static String found(Key key, Tree tree) {
        return switch (tree) {
            case Mapping _ -> "a mapping";
            case Sequence _ -> "a list";
            case Scalar scalar ->
                    key.type().isSecret()
                            ? "a value that is not shown"
                            : "'" + shortened(scalar.text()) + "'";
        };
    }

    /// What an operator needs of a long value to find it.
    static String shortened(String text) {
        return text.length() <= LONGEST_QUOTE ? text : text.substring(0, LONGEST_QUOTE) + "…";
    }
}
