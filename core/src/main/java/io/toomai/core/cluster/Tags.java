package io.toomai.core.cluster;

import io.toomai.core.model.MemberName;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// A member's tags (contract §4.8). Values are Boolean, Long, Double or String; unknown names are
/// kept.
public record Tags(Map<String, Object> values) {
    public static final Tags NONE = new Tags(Map.of());

    public Tags {
        values = Collections.unmodifiableMap(new TreeMap<>(values));
    }

    public boolean nofailover() {
        return isTrue("nofailover") || failoverPriority() <= 0;
    }

    public boolean nosync() {
        return isTrue("nosync") || number("sync_priority", 1) <= 0;
    }

    public boolean noloadbalance() {
        return isTrue("noloadbalance");
    }

    public boolean clonefrom() {
        return isTrue("clonefrom");
    }

    public boolean nostream() {
        return isTrue("nostream");
    }

    /// Greater wins at equal WAL position; 0 or less never leads.
    public long failoverPriority() {
        return isTrue("nofailover") ? 0 : number("failover_priority", 1);
    }

    /// Greater is chosen first as synchronous standby.
    public long syncPriority() {
        return isTrue("nosync") ? 0 : number("sync_priority", 1);
    }

    public Optional<MemberName> replicatefrom() {
        return Optional.ofNullable(values.get("replicatefrom"))
                .map(Object::toString)
                .filter(name -> !name.isBlank() && name.indexOf('/') < 0)
                .map(MemberName::new);
    }

    private boolean isTrue(String name) {
        Object value = values.get(name);
        return value instanceof Boolean flag
                ? flag
                : value instanceof String text && text.equalsIgnoreCase("true");
    }

    private long number(String name, long absent) {
        return values.get(name) instanceof Number number ? number.longValue() : absent;
    }
}
