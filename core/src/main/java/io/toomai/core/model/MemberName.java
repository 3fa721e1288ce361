package io.toomai.core.model;

import java.util.Locale;

/// The name a node registers under in the DCS; unique within a scope.
public record MemberName(String value) implements Comparable<MemberName> {
    private static final int MAX_SLOT_NAME = 63;

    public MemberName {
        if (value.isBlank()) {
            throw new IllegalArgumentException("member name is blank");
        }
        if (value.indexOf('/') >= 0) {
            throw new IllegalArgumentException("member name must not contain '/': " + value);
        }
    }

    /// The replication slot of this member on its upstream (contract §1.3).
    public String slotName() {
        StringBuilder slot = new StringBuilder();
        value.toLowerCase(Locale.ROOT).codePoints().forEach(c -> appendSlotCharacter(slot, c));
        return slot.substring(0, Math.min(slot.length(), MAX_SLOT_NAME));
    }

    private static void appendSlotCharacter(StringBuilder slot, int c) {
        if (c == '-' || c == '.') {
            slot.append('_');
        } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_') {
            slot.append((char) c);
        } else {
            slot.append(String.format(Locale.ROOT, "u%04d", c));
        }
    }

    @Override
    public int compareTo(MemberName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
