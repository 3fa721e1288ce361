package io.toomai.api.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.proxy.ProxyRoll.Picture;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.ha.ProxyStanding;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ProxyRollTest {
    private MonoTime now = new MonoTime(1_000_000_000L);
    private final AtomicInteger news = new AtomicInteger();
    private final ProxyRoll roll = new ProxyRoll(() -> now, _ -> news.incrementAndGet());

    private static ProxyStanding standing(String name, int open) {
        return new ProxyStanding(name, OptionalLong.of(4), open);
    }

    @Test
    void onlyWhatIsNewIsNews() {
        roll.report(standing("front", 2));
        roll.report(standing("front", 2));
        assertThat(news).hasValue(1);
        roll.report(standing("front", 1));
        assertThat(news).hasValue(2);
        roll.leave("front");
        roll.leave("front");
        assertThat(news).hasValue(3);
    }

    @Test
    void thatAnotherIsGoneIsNewsToo() {
        roll.report(standing("front", 2));
        now = now.plus(Duration.ofSeconds(2));
        roll.report(standing("back", 2));
        assertThat(news).hasValue(2);
        now = now.plus(Duration.ofSeconds(2));
        roll.report(standing("back", 2));
        assertThat(news).hasValue(3);
    }

    @Test
    void whoTellsNothingAnyMoreIsGone() {
        roll.report(standing("front", 2));
        now = now.plus(ProxyRoll.PATIENCE.minusMillis(1));
        assertThat(roll.standings()).containsExactly(standing("front", 2));
        now = now.plus(Duration.ofMillis(1));
        assertThat(roll.standings()).isEmpty();
    }

    @Test
    void moreThanThereIsRoomForAreRefused() {
        assertThat(IntStream.range(0, 64).allMatch(i -> roll.report(standing("p" + i, 0))))
                .isTrue();
        assertThat(roll.report(standing("one more", 0))).isFalse();
        assertThat(roll.report(standing("p3", 1))).as("known").isTrue();
        now = now.plus(ProxyRoll.PATIENCE);
        assertThat(roll.report(standing("one more", 0))).as("all others are gone").isTrue();
    }

    @Test
    void aPictureThatIsSeenIsWaitedFor() throws InterruptedException {
        roll.tell(new Picture(ClusterView.EMPTY, OptionalLong.of(4)));
        ProxyRoll.Numbered first = roll.await(0, Duration.ofSeconds(60));
        assertThat(first.picture().hold()).hasValue(4);
        roll.tell(new Picture(ClusterView.EMPTY, OptionalLong.of(4)));
        assertThat(roll.await(first.count(), Duration.ZERO)).isEqualTo(first);
        Thread other =
                Thread.startVirtualThread(
                        () -> roll.tell(new Picture(ClusterView.EMPTY, OptionalLong.empty())));
        ProxyRoll.Numbered second = roll.await(first.count(), Duration.ofSeconds(60));
        assertThat(second.picture().hold()).isEmpty();
        other.join();
    }

    @Test
    void thatAProxyDiedIsNews() throws InterruptedException {
        CountDownLatch told = new CountDownLatch(2);
        ProxyRoll real =
                new ProxyRoll(() -> new MonoTime(System.nanoTime()), _ -> told.countDown());
        real.report(standing("front", 2));
        assertThat(told.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(real.standings()).isEmpty();
    }

    @Test
    void aTermThatTheStoreForgetsIsRemembered() throws InterruptedException {
        ClusterView view = ClusterView.EMPTY;
        roll.tell(new Picture(view, OptionalLong.empty()));
        assertThat(told().leader()).as("nothing is known").isEqualTo(new LeaderKey.Vacant());
        roll.tell(
                new Picture(
                        view.with(
                                new LeaderKey.HeldBy(
                                        new MemberName("a"),
                                        12,
                                        LeaderKey.Ownership.ANOTHER_PROCESS)),
                        OptionalLong.empty()));
        roll.tell(new Picture(view, OptionalLong.empty()));
        assertThat(told().leader()).isEqualTo(new LeaderKey.Vacant(12, Optional.empty()));
    }

    private ClusterView told() throws InterruptedException {
        return roll.await(0, Duration.ofSeconds(60)).picture().cluster();
    }
}
