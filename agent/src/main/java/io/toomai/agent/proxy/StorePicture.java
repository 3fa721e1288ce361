package io.toomai.agent.proxy;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.LeaderKey.HeldBy;
import io.toomai.core.cluster.LeaderKey.Vacant;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import io.toomai.proxy.route.Epoch;
import io.toomai.proxy.route.Picture;
import io.toomai.proxy.route.Picture.Leadership;
import io.toomai.proxy.route.Place;
import io.toomai.proxy.route.Place.Condition;
import java.util.Optional;
import java.util.OptionalLong;

/// What a proxy is told of what the store says. Stateless.
final class StorePicture {
    private StorePicture() {}

    /// A member whose URL cannot be read is no place: nobody could connect to it.
    ///
    /// @param before the epoch of the picture before this one: a store may forget the term of a
    ///   leader that has left
    static Picture of(ClusterView view, Epoch before) {
        return new Picture(
                new Epoch(term(view.leader(), before), timeline(view)),
                view.leader() instanceof HeldBy ? Leadership.HELD : Leadership.VACANT,
                primary(view),
                view.members().stream()
                        .filter(member -> !member.host().isEmpty())
                        .map(member -> place(member, view))
                        .toList());
    }

    private static long term(LeaderKey leader, Epoch before) {
        return switch (leader) {
            case HeldBy held -> held.revision();
            case Vacant vacant ->
                    vacant.lastTerm() == LeaderKey.UNKNOWN_TERM ? before.term() : vacant.lastTerm();
        };
    }

    /// A leader that is not promoted yet still tells the timeline that it has left.
    private static Timeline timeline(ClusterView view) {
        return view.leaderMember()
                .filter(leader -> leader.role() == MemberRole.PRIMARY)
                .map(leader -> leader.position().timeline())
                .orElse(Timeline.UNKNOWN);
    }

    /// The leader of a standby cluster takes no writes. One whose own key is not seen at this
    /// moment leads nevertheless: a store does not read all keys at once.
    private static Optional<MemberName> primary(ClusterView view) {
        boolean isStandby =
                view.leaderMember()
                        .filter(leader -> leader.role() == MemberRole.STANDBY_LEADER)
                        .isPresent();
        return view.leader() instanceof HeldBy held && !isStandby
                ? Optional.of(held.leader())
                : Optional.empty();
    }

    /// One that says it is primary after another has taken the leader key has not heard of it yet:
    /// who reads there reads what is over.
    private static boolean isLeftBehind(Member member, LeaderKey leader) {
        return member.role() == MemberRole.PRIMARY
                && leader instanceof HeldBy held
                && !held.leader().equals(member.name());
    }

    private static Place place(Member member, ClusterView view) {
        Lsn end = view.status().optime();
        return new Place(
                member.name(),
                member.host(),
                member.port(),
                member.isRunning() && !isLeftBehind(member, view.leader())
                        ? Condition.RUNNING
                        : Condition.AWAY,
                member.position().timeline(),
                member.position()
                        .location()
                        .map(at -> OptionalLong.of(Math.max(0, at.lagBehind(end))))
                        .orElse(OptionalLong.empty()),
                member.tags());
    }
}
