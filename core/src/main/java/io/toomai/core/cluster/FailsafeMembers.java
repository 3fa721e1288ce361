package io.toomai.core.cluster;

import io.toomai.core.model.MemberName;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The `failsafe` key (contract §1.2): who must agree that the leader goes on without the store,
/// with the URL of each one's status. Nobody else may take the leader key while it names anybody.
public record FailsafeMembers(SortedMap<MemberName, String> apiUrls) {
    public static final FailsafeMembers NONE = new FailsafeMembers(new TreeMap<>());

    public FailsafeMembers {
        apiUrls = Collections.unmodifiableSortedMap(new TreeMap<>(apiUrls));
    }

    public static FailsafeMembers of(Map<MemberName, String> apiUrls) {
        return new FailsafeMembers(new TreeMap<>(apiUrls));
    }

    public boolean names(MemberName name) {
        return apiUrls.containsKey(name);
    }

    public boolean isEmpty() {
        return apiUrls.isEmpty();
    }

    /// Both lists together; where both have a URL, that of `other`.
    public FailsafeMembers and(FailsafeMembers other) {
        TreeMap<MemberName, String> both = new TreeMap<>(apiUrls);
        both.putAll(other.apiUrls());
        return new FailsafeMembers(both);
    }

    /// All but this one.
    public FailsafeMembers without(MemberName name) {
        TreeMap<MemberName, String> rest = new TreeMap<>(apiUrls);
        rest.remove(name);
        return new FailsafeMembers(rest);
    }
}
