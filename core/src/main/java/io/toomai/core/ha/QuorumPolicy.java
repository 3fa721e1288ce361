package io.toomai.core.ha;

import io.toomai.core.model.MemberName;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/// Mode `quorum` of synchronous replication: the next single change of `/sync` or of
/// `synchronous_standby_names` on the way from what is to what is wanted (contract §4.11.2,
/// decision 0009).
///
/// The promise to keep, before and after each change: *any quorum + 1 voters include one that has a
/// confirmed commit*, that is, at most `quorum` voters lack it. Commits of the future are confirmed
/// by `count` of `names`: at most |voters ∪ names| − count voters lack them. Commits of the past
/// are bound by what the present key promises, and by who has everything since the parameter came
/// into force.
final class QuorumPolicy {
    private QuorumPolicy() {}

    /// What `/sync` promises.
    record Key(SortedSet<MemberName> voters, int quorum) {
        static final Key EMPTY = new Key(Collections.emptySortedSet(), 0);

        Key {
            voters = Collections.unmodifiableSortedSet(new TreeSet<>(voters));
        }
    }

    /// The one change to make now.
    sealed interface Next {
        /// Nothing is missing.
        record Settled() implements Next {}

        /// Standbys must confirm more before `/sync` may say so.
        record Waiting() implements Next {}

        record WriteKey(Key key) implements Next {}

        record SetParameter(SyncParameter parameter) implements Next {}
    }

    /// @param key as stored
    /// @param live the parameter in force
    /// @param ready standbys that have everything confirmed before `live` came into force
    /// @param target the parameter that is wanted
    static Next next(
            Key key, SyncParameter live, SortedSet<MemberName> ready, SyncParameter target) {
        if (!live.equals(target)) {
            return isAllowed(key, target)
                    ? new Next.SetParameter(target)
                    : new Next.WriteKey(bridge(key, live, ready, target));
        }
        SortedSet<MemberName> voters = target.names();
        int quorum = Math.max(lackingLater(voters, target), lackingBefore(key, voters, ready));
        Key wanted = new Key(voters, quorum);
        if (voters.isEmpty()) {
            return key.equals(Key.EMPTY) ? new Next.Settled() : new Next.WriteKey(Key.EMPTY);
        }
        if (quorum >= voters.size()) {
            return new Next.Waiting();
        }
        if (!wanted.equals(key)) {
            return new Next.WriteKey(wanted);
        }
        return quorum == voters.size() - target.count() ? new Next.Settled() : new Next.Waiting();
    }

    /// Whether the key's promise holds for what the parameter lets through. Sets that neither
    /// contain the other are avoided: Patroni's resolver does not know them.
    static boolean isAllowed(Key key, SyncParameter parameter) {
        return key.voters().isEmpty()
                || (key.quorum() >= lackingLater(key.voters(), parameter)
                        && areNested(key.voters(), parameter.names()));
    }

    /// A key under which both the live parameter and the target are allowed; without one nobody is
    /// promised anything for a while.
    private static Key bridge(
            Key key, SyncParameter live, SortedSet<MemberName> ready, SyncParameter target) {
        SortedSet<MemberName> all = union(key.voters(), target.names());
        TreeSet<MemberName> common = new TreeSet<>(key.voters());
        common.retainAll(target.names());
        for (SortedSet<MemberName> voters : List.of(target.names(), all, common)) {
            int quorum =
                    Math.max(
                            lackingBefore(key, voters, ready),
                            Math.max(lackingLater(voters, live), lackingLater(voters, target)));
            Key candidate = new Key(voters, quorum);
            if (quorum < voters.size()
                    && areNested(voters, live.names())
                    && areNested(voters, target.names())
                    && !candidate.equals(key)) {
                return candidate;
            }
        }
        return Key.EMPTY;
    }

    /// How many of these voters may lack a commit that the parameter lets through.
    private static int lackingLater(SortedSet<MemberName> voters, SyncParameter parameter) {
        return union(voters, parameter.names()).size() - parameter.count();
    }

    /// How many of these voters may lack what was confirmed until now under earlier parameters: by
    /// the promise of the present key, and by who is ready.
    private static int lackingBefore(
            Key key, SortedSet<MemberName> voters, SortedSet<MemberName> ready) {
        TreeSet<MemberName> unready = new TreeSet<>(voters);
        unready.removeAll(ready);
        if (key.voters().isEmpty()) {
            return unready.size();
        }
        TreeSet<MemberName> added = new TreeSet<>(voters);
        added.removeAll(key.voters());
        return Math.min(unready.size(), key.quorum() + added.size());
    }

    private static boolean areNested(SortedSet<MemberName> one, SortedSet<MemberName> other) {
        return one.containsAll(other) || other.containsAll(one);
    }

    private static SortedSet<MemberName> union(
            SortedSet<MemberName> one, SortedSet<MemberName> other) {
        TreeSet<MemberName> all = new TreeSet<>(one);
        all.addAll(other);
        return all;
    }
}
