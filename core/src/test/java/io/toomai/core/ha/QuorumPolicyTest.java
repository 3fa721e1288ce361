package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.ha.QuorumPolicy.Next;
import io.toomai.core.model.MemberName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Every world of three standbys that the policy can lead to, walked through whole: whatever is
/// wanted next, whoever has confirmed, and whenever a commit slips in between two steps.
class QuorumPolicyTest {
    private static final List<SortedSet<MemberName>> SETS = sets("a", "b", "c");
    private static final SortedSet<MemberName> ALL = SETS.getLast();

    /// Some confirmed commit, and who has it.
    ///
    /// @param age whether it was confirmed before the live parameter came into force
    private record State(
            QuorumPolicy.Key key, SyncParameter live, SortedSet<MemberName> having, Age age) {}

    private enum Age {
        BEFORE_PARAMETER,
        UNDER_PARAMETER
    }

    private static List<SortedSet<MemberName>> sets(String... names) {
        List<SortedSet<MemberName>> sets = new ArrayList<>();
        for (int bits = 0; bits < 1 << names.length; bits++) {
            TreeSet<MemberName> set = new TreeSet<>();
            for (int i = 0; i < names.length; i++) {
                if ((bits & 1 << i) != 0) {
                    set.add(new MemberName(names[i]));
                }
            }
            sets.add(set);
        }
        return sets;
    }

    private static List<SyncParameter> targets() {
        Set<SyncParameter> targets = new LinkedHashSet<>();
        for (SortedSet<MemberName> names : SETS) {
            for (int wanted = 1; wanted <= ALL.size(); wanted++) {
                targets.add(SyncParameter.any(wanted, names));
            }
        }
        return List.copyOf(targets);
    }

    @Test
    void anyQuorumOfVotersHasEveryConfirmedCommit() {
        Set<State> seen = new LinkedHashSet<>();
        Deque<State> open = new ArrayDeque<>();
        open.add(
                new State(
                        QuorumPolicy.Key.EMPTY,
                        SyncParameter.NOBODY,
                        SETS.getFirst(),
                        Age.UNDER_PARAMETER));
        while (!open.isEmpty()) {
            State state = open.remove();
            if (seen.add(state)) {
                TreeSet<MemberName> lacking = new TreeSet<>(state.key().voters());
                lacking.removeAll(state.having());
                assertThat(lacking.size())
                        .as("%s", state)
                        .isLessThanOrEqualTo(state.key().quorum());
                assertThat(QuorumPolicy.isAllowed(state.key(), state.live()))
                        .as("%s", state)
                        .isTrue();
                open.addAll(successors(state));
            }
        }
        assertThat(seen).hasSizeGreaterThan(300);
    }

    private static List<State> successors(State state) {
        List<State> next = new ArrayList<>();
        for (SortedSet<MemberName> set : SETS) {
            if (state.live().names().containsAll(set) && set.size() == state.live().count()) {
                next.add(new State(state.key(), state.live(), set, Age.UNDER_PARAMETER));
            }
            if (set.containsAll(state.having())) {
                next.add(new State(state.key(), state.live(), set, state.age()));
            }
        }
        for (SyncParameter target : targets()) {
            for (SortedSet<MemberName> ready : SETS) {
                boolean possible =
                        state.live().names().containsAll(ready)
                                && (state.age() == Age.UNDER_PARAMETER
                                        || state.having().containsAll(ready));
                if (possible) {
                    step(state, ready, target, next);
                }
            }
        }
        return next;
    }

    private static void step(
            State state, SortedSet<MemberName> ready, SyncParameter target, List<State> next) {
        switch (QuorumPolicy.next(state.key(), state.live(), ready, target)) {
            case Next.WriteKey(var key) ->
                    next.add(new State(key, state.live(), state.having(), state.age()));
            case Next.SetParameter(var parameter) ->
                    next.add(
                            new State(
                                    state.key(), parameter, state.having(), Age.BEFORE_PARAMETER));
            case Next.Waiting _, Next.Settled _ -> {}
        }
    }

    @Test
    void whatIsWantedIsReachedFromEverywhere() {
        for (SyncParameter first : targets()) {
            for (SyncParameter target : targets()) {
                QuorumPolicy.Key key = QuorumPolicy.Key.EMPTY;
                SyncParameter live = SyncParameter.NOBODY;
                int steps = 0;
                for (SyncParameter goal : List.of(first, target)) {
                    Next next = QuorumPolicy.next(key, live, live.names(), goal);
                    while (!(next instanceof Next.Settled)) {
                        switch (next) {
                            case Next.WriteKey(var written) -> key = written;
                            case Next.SetParameter(var set) -> live = set;
                            case Next.Waiting _, Next.Settled _ ->
                                    throw new AssertionError(
                                            "stuck between " + key + " and " + goal);
                        }
                        assertThat(steps++).as("from %s to %s", first, target).isLessThan(12);
                        next = QuorumPolicy.next(key, live, live.names(), goal);
                    }
                }
                assertThat(key)
                        .isEqualTo(
                                new QuorumPolicy.Key(
                                        target.names(), target.names().size() - target.count()));
            }
        }
    }

    @Test
    void aDeadStandbyLeavesTheParameterBeforeTheVoters() {
        SortedSet<MemberName> two = sets("a", "b").getLast();
        SortedSet<MemberName> one = sets("a").getLast();
        QuorumPolicy.Key key = new QuorumPolicy.Key(two, 1);
        SyncParameter live = SyncParameter.any(1, two);
        SyncParameter target = SyncParameter.any(1, one);
        assertThat(QuorumPolicy.next(key, live, two, target))
                .isEqualTo(new Next.SetParameter(target));
        assertThat(QuorumPolicy.next(key, target, one, target))
                .isEqualTo(new Next.WriteKey(new QuorumPolicy.Key(one, 0)));
    }

    @Test
    void whereAllMustConfirmTheVotersShrinkFirst() {
        SortedSet<MemberName> two = sets("a", "b").getLast();
        SortedSet<MemberName> one = sets("a").getLast();
        assertThat(
                        QuorumPolicy.next(
                                new QuorumPolicy.Key(two, 0),
                                SyncParameter.any(2, two),
                                two,
                                SyncParameter.any(2, one)))
                .isEqualTo(new Next.WriteKey(new QuorumPolicy.Key(one, 0)));
    }
}
