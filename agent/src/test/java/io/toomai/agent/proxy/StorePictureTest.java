package io.toomai.agent.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.LeaderKey.HeldBy;
import io.toomai.core.cluster.LeaderKey.Ownership;
import io.toomai.core.cluster.LeaderKey.Vacant;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.cluster.Status;
import io.toomai.core.cluster.Tags;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import io.toomai.proxy.route.Epoch;
import io.toomai.proxy.route.Picture;
import io.toomai.proxy.route.Place;
import io.toomai.proxy.route.Place.Condition;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StorePictureTest {
    private static final MemberName A = new MemberName("a");
    private static final Epoch BEFORE = new Epoch(9, new Timeline(2));

    private static Member member(String name, MemberRole role, MemberState state, long location) {
        return member(name, "postgres://10.0.0.1:5433/postgres", role, state, location);
    }

    private static Member member(
            String name, String url, MemberRole role, MemberState state, long location) {
        return new Member(
                new MemberName(name),
                url,
                "",
                state,
                role,
                "4.1.4",
                new Member.Position(
                        Optional.of(new Lsn(location)),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        new Timeline(3)),
                Tags.NONE,
                Set.of(),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    private static ClusterView view(LeaderKey leader, MemberRole role) {
        return view(
                leader,
                member("a", role, MemberState.RUNNING, 1000),
                member("b", MemberRole.REPLICA, MemberState.STARTING, 900));
    }

    private static ClusterView view(LeaderKey leader, Member... members) {
        ClusterView empty = ClusterView.EMPTY;
        return new ClusterView(
                empty.initialize(),
                empty.config(),
                leader,
                List.of(members),
                empty.failover(),
                empty.sync(),
                new Status(new Lsn(1000), Map.of(), List.of()),
                empty.history(),
                empty.failsafe());
    }

    private static LeaderKey held() {
        return new HeldBy(A, 12, Ownership.ANOTHER_PROCESS);
    }

    /// It was cut off from the store: a reader would see what the others have left behind.
    @Test
    void whoStillSaysPrimaryBesideTheHolderOfTheKeyIsNotThere() {
        ClusterView view =
                view(
                        new HeldBy(new MemberName("b"), 13, Ownership.ANOTHER_PROCESS),
                        MemberRole.PRIMARY);
        Picture picture = StorePicture.of(view, BEFORE);
        assertThat(picture.place(A).orElseThrow().condition()).isEqualTo(Condition.AWAY);
    }

    @Test
    void theHolderOfTheKeyIsThePrimary() {
        Picture picture = StorePicture.of(view(held(), MemberRole.PRIMARY), BEFORE);

        assertThat(picture.epoch()).isEqualTo(new Epoch(12, new Timeline(3)));
        assertThat(picture.primary()).contains(A);
        Place b = picture.place(new MemberName("b")).orElseThrow();
        assertThat(b.host()).isEqualTo("10.0.0.1");
        assertThat(b.port()).isEqualTo(5433);
        assertThat(b.condition()).isEqualTo(Condition.AWAY);
        assertThat(b.lag()).isEqualTo(OptionalLong.of(100));
    }

    /// Nobody could connect to it, and nobody else is to suffer from what it publishes.
    @Test
    void aMemberWhosePortCannotBeOneIsNoPlace() {
        ClusterView view =
                view(
                        held(),
                        member("a", MemberRole.PRIMARY, MemberState.RUNNING, 1000),
                        member(
                                "b",
                                "postgres://10.0.0.2:70000/postgres",
                                MemberRole.REPLICA,
                                MemberState.RUNNING,
                                1000));
        assertThat(StorePicture.of(view, BEFORE).places())
                .extracting(Place::name)
                .containsExactly(A);
    }

    @Test
    void aHolderThatIsNotPromotedYetTellsAnOldTimeline() {
        Picture picture = StorePicture.of(view(held(), MemberRole.REPLICA), BEFORE);

        assertThat(picture.epoch()).isEqualTo(new Epoch(12, Timeline.UNKNOWN));
        assertThat(picture.primary()).contains(A);
    }

    @Test
    void theLeaderOfAStandbyClusterTakesNoWritesAndItsTermGoesOn() {
        Picture picture = StorePicture.of(view(held(), MemberRole.STANDBY_LEADER), BEFORE);

        assertThat(picture.primary()).isEmpty();
        assertThat(picture.leadership()).isEqualTo(Picture.Leadership.HELD);
    }

    @Test
    void aHolderWhoseOwnKeyIsNotSeenLeadsAllTheSame() {
        LeaderKey other = new HeldBy(new MemberName("c"), 12, Ownership.ANOTHER_PROCESS);

        Picture picture = StorePicture.of(view(other, MemberRole.REPLICA), BEFORE);

        assertThat(picture.epoch()).isEqualTo(new Epoch(12, Timeline.UNKNOWN));
        assertThat(picture.primary()).contains(new MemberName("c"));
        assertThat(picture.leadership()).isEqualTo(Picture.Leadership.HELD);
    }

    @Test
    void aVacantKeyKeepsItsTerm() {
        assertThat(StorePicture.of(view(new Vacant(), MemberRole.REPLICA), BEFORE).leadership())
                .isEqualTo(Picture.Leadership.VACANT);
        assertThat(StorePicture.of(view(new Vacant(), MemberRole.REPLICA), BEFORE).epoch().term())
                .isEqualTo(9);
        assertThat(
                        StorePicture.of(
                                        view(new Vacant(12, Optional.of(A)), MemberRole.REPLICA),
                                        BEFORE)
                                .epoch()
                                .term())
                .isEqualTo(12);
    }
}
