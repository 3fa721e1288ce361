package io.toomai.core.model;

/// The number that initdb gives a database system; replicas share it with their primary. Kept as
/// unsigned decimal text, as in the DCS.
public record SystemIdentifier(String digits) {
    private static final int MIN_DIGITS = 10;

    public SystemIdentifier {
        if (!isValid(digits)) {
            throw new IllegalArgumentException("not a system identifier: '" + digits + "'");
        }
    }

    /// Whether the text can be one: at least ten digits (contract §1.2).
    public static boolean isValid(String text) {
        return text.length() >= MIN_DIGITS && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    @Override
    public String toString() {
        return digits;
    }
}
