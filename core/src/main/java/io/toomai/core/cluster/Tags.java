package io.toomai.core.cluster;

import io.toomai.core.model.MemberName;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// A member's tags (contract §4.8). Values are Boolean, Long, Double or String; unknown names are
/// kept.
public record Tags(Map<String, Object> values) {
    public static final Tags NONE = new Tags(Map.of());

    private static final Set<String> YES = Set.of("on", "true", "yes", "1");

    public Tags {
        values = Collections.unmodifiableMap(new TreeMap<>(values));
    }

    /// The flag wins over the priority where it is set, also as `false`.
    public boolean nofailover() {
        return flag("nofailover").orElseGet(() -> number("failover_priority") <= 0);
    }

    /// As with `nofailover`.
    public boolean nosync() {
        return flag("nosync").orElseGet(() -> number("sync_priority") <= 0);
    }

    public boolean noloadbalance() {
        return isTrue("noloadbalance");
    }

    public boolean clonefrom() {
        return isTrue("clonefrom");
    }

    public boolean nostream() {
        return values.get("nostream") instanceof String text
                ? YES.contains(text.toLowerCase(Locale.ROOT))
                : isTrue("nostream");
    }

    /// Greater wins at equal WAL position; 0 or less never leads, unless `nofailover` is `false`.
    public long failoverPriority() {
        return isTrue("nofailover") ? 0 : number("failover_priority");
    }

    /// Greater is chosen first as synchronous standby.
    public long syncPriority() {
        return isTrue("nosync") ? 0 : number("sync_priority");
    }

    public Optional<MemberName> replicatefrom() {
        return Optional.ofNullable(values.get("replicatefrom"))
                .map(Object::toString)
                .filter(name -> !name.isBlank() && name.indexOf('/') < 0)
                .map(MemberName::new);
    }

    private boolean isTrue(String name) {
        return flag(name).orElse(false);
    }

    /// As a member of Patroni takes what its file says, so that others see of it what it does: a
    /// text is true, whatever it says, and 0 is false.
    private Optional<Boolean> flag(String name) {
        return Optional.ofNullable(values.get(name))
                .map(value ->
                        switch (value) {
                            case Boolean flag -> flag;
                            case Number number -> number.doubleValue() != 0;
                            default -> !value.toString().isEmpty();
                        });
    }

    /// A text counts as the number that it holds; what is no number counts as 1, the default.
    private long number(String name) {
        return switch (values.get(name)) {
            case Number number -> rounded(number.doubleValue());
            case String text -> rounded(text);
            case null, default -> 1;
        };
    }

    private static long rounded(String text) {
        try {
            return rounded(Double.parseDouble(text));
        } catch (NumberFormatException _) {
            return 1;
        }
    }

    private static long rounded(double number) {
        return Double.isNaN(number)
                ? 1
                : Math.clamp(Math.round(number), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
}
