package io.toomai.api.heartbeat;

import static io.toomai.api.heartbeat.HeartbeatSource.NOTHING_SEEN;
import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.heartbeat.HeartbeatSource.Next;
import io.toomai.core.ha.Heartbeat.Clients;
import io.toomai.core.ha.ProxyStanding;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HeartbeatSourceTest {
    private static final Duration BOUND = Duration.ofSeconds(10);
    private static final Duration NEVER = Duration.ofHours(1);

    private final AtomicLong now = new AtomicLong(1_000_000_000_000L);
    private final HeartbeatSource source =
            new HeartbeatSource(
                    new HeartbeatLine.Sender("batman", 7), () -> new MonoTime(now.get()));

    private Next.Line line(long seen) throws InterruptedException {
        return (Next.Line) source.await(seen);
    }

    @Test
    void beforeTheFirstCycleThereIsNothingToTell() throws InterruptedException {
        source.loopIsAlive(BOUND);

        assertThat(source.await(NOTHING_SEEN)).isEqualTo(new Next.Silence());
        assertThat(source.present()).isEmpty();
    }

    @Test
    void onlyAChangeCounts() throws InterruptedException {
        source.loopIsAlive(BOUND);
        source.tell(Beats.at(100), NEVER);
        Next.Line first = line(NOTHING_SEEN);
        source.tell(Beats.at(100), NEVER);
        assertThat(line(NOTHING_SEEN)).isEqualTo(first);
        source.tell(Beats.at(200), NEVER);
        Next.Line second = line(first.count());

        assertThat(HeartbeatLine.read(second.text()))
                .contains(Beats.line(7, second.count(), Beats.at(200)));
        assertThat(second.count()).isGreaterThan(first.count());
    }

    /// A view may be told later than it was taken, and a proxy says the same only once.
    @Test
    void aHeartbeatDoesNotTakeBackWhatAProxyHasTold() {
        ProxyStanding quiet = new ProxyStanding("front", OptionalLong.of(7), 0);
        source.tell(List.of(quiet));
        source.tell(Beats.at(100), NEVER);
        assertThat(source.present().orElseThrow().clients().proxies()).containsExactly(quiet);

        source.tell(List.of());
        source.tell(Beats.at(200).with(new Clients(OptionalLong.of(7), List.of(quiet))), NEVER);

        assertThat(source.present().orElseThrow().clients())
                .isEqualTo(new Clients(OptionalLong.of(7), List.of()));
    }

    @Test
    void withoutAChangeTheSameIsRepeated() throws InterruptedException {
        source.loopIsAlive(BOUND);
        source.tell(Beats.at(100), Duration.ZERO);
        Next.Line first = line(NOTHING_SEEN);

        assertThat(source.await(first.count())).isEqualTo(first);
    }

    /// A loop that hangs is a dead leader, though its process could go on repeating.
    @Test
    void aLoopThatHangsFallsSilentAndIsHeardAgainWhenItMoves() throws InterruptedException {
        source.loopIsAlive(BOUND);
        source.tell(Beats.at(100), NEVER);
        now.addAndGet(BOUND.toNanos());
        assertThat(source.await(NOTHING_SEEN)).isEqualTo(new Next.Silence());
        source.tell(Beats.at(200), NEVER);
        assertThat(source.await(NOTHING_SEEN)).isEqualTo(new Next.Silence());

        source.loopIsAlive(BOUND);

        assertThat(source.await(NOTHING_SEEN)).isInstanceOf(Next.Line.class);
    }
}
