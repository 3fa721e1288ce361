package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.DefaultEventLoop;
import io.toomai.core.cluster.Tags;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import io.toomai.proxy.console.Overview.RouteLine;
import io.toomai.proxy.route.Epoch;
import io.toomai.proxy.route.Picture;
import io.toomai.proxy.route.Picture.Leadership;
import io.toomai.proxy.route.Place;
import io.toomai.proxy.route.Place.Condition;
import io.toomai.proxy.route.Route;
import io.toomai.proxy.route.RouteRules;
import io.toomai.proxy.route.RouteRules.Balance;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Names of hosts, which may be known late or not at all.
final class RoutingTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final DefaultEventLoop loop = new DefaultEventLoop();
    private final AtomicReference<Addresses.Lookup> names =
            new AtomicReference<>(_ -> InetAddress.ofLiteral("10.0.0.1"));
    private final AtomicInteger news = new AtomicInteger();
    private final Routing routing =
            new Routing(RouteRules.USUAL, Map.of(), host -> names.get().of(host));

    RoutingTest() {
        routing.begin(loop, news::incrementAndGet);
    }

    @AfterEach
    void close() {
        loop.shutdownGracefully().awaitUninterruptibly();
    }

    private static Picture picture(long term, String primary) {
        return picture(term, primary, "a", "b", "c");
    }

    private static Picture picture(long term, String primary, String... members) {
        return new Picture(
                new Epoch(term, Timeline.UNKNOWN),
                Leadership.HELD,
                Optional.of(new MemberName(primary)),
                Stream.of(members).map(RoutingTest::place).toList());
    }

    private static Place place(String name) {
        return new Place(
                new MemberName(name),
                name + ".example",
                5432,
                Condition.RUNNING,
                Timeline.UNKNOWN,
                OptionalLong.of(0),
                new Tags(Map.of()));
    }

    private Optional<String> primary() {
        return routing.rows().stream()
                .filter(row -> row.role().equals("primary"))
                .map(RouteLine::member)
                .findFirst();
    }

    private void untilWritesGoTo(String name) {
        await().atMost(PATIENCE).until(() -> primary().equals(Optional.of(name)));
    }

    @Test
    void anAddressThatIsKnownOutlivesItsName() {
        routing.take(picture(1, "a"));
        untilWritesGoTo("a");
        names.set(host -> {
            throw new UnknownHostException(host);
        });
        routing.take(picture(2, "b"));
        untilWritesGoTo("b");
        assertThat(routing.led(Route.WRITE).next().map(Destination.Target::address))
                .contains(new InetSocketAddress(InetAddress.ofLiteral("10.0.0.1"), 5432));
    }

    private static List<String> some(Destination to, int count) {
        return Stream.generate(() -> to.next().orElseThrow().name()).limit(count).toList();
    }

    /// One that cannot be reached has the fewest connections.
    @ParameterizedTest
    @EnumSource(Balance.class)
    void aMemberThatFailsIsTakenWhereThereIsNoOther(Balance balance) {
        RouteRules usual = RouteRules.USUAL;
        routing.rules(
                new RouteRules(
                        usual.mostLag(),
                        usual.tags(),
                        usual.fallback(),
                        balance,
                        usual.slowStart()));
        routing.take(picture(1, "a"));
        untilWritesGoTo("a");
        Destination reads = routing.led(Route.READ);
        Destination.Target first = reads.next().orElseThrow();
        reads.left(first);
        reads.failed(first);
        assertThat(some(reads, 5)).doesNotContain(first.name());
        Destination.Target other = reads.next().orElseThrow();
        reads.failed(other);
        assertThat(some(reads, 2)).isNotEmpty();
        reads.reached(first);
        assertThat(some(reads, 5)).containsOnly(first.name());
    }

    private static InetAddress addressAfter(CountDownLatch answers) {
        try {
            answers.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return InetAddress.ofLiteral("10.0.0.2");
    }

    /// An outage of the name server, too: the members are where they were.
    @Test
    void aNameServerThatIsSilentHoldsUpNoPicture() {
        CountDownLatch answers = new CountDownLatch(1);
        routing.take(picture(1, "a"));
        untilWritesGoTo("a");
        names.set(_ -> addressAfter(answers));
        routing.take(picture(2, "b"));
        untilWritesGoTo("b");
        assertThat(routing.led(Route.WRITE).next().map(Destination.Target::address))
                .contains(new InetSocketAddress(InetAddress.ofLiteral("10.0.0.1"), 5432));
        answers.countDown();
    }

    @Test
    void whatANameServerSaysLateIsTaken() {
        CountDownLatch answers = new CountDownLatch(1);
        names.set(_ -> addressAfter(answers));
        routing.take(picture(1, "a"));
        untilWritesGoTo("a");
        assertThat(routing.led(Route.WRITE).next()).isEmpty();
        await().atMost(PATIENCE).until(() -> news.get() > 0);
        int before = news.get();
        answers.countDown();
        await().atMost(PATIENCE).until(() -> news.get() > before);
        untilWritesGoTo(InetAddress.ofLiteral("10.0.0.2"), routing);
    }

    /// One picture after the other is looked at, so the first of two has been when the second is.
    private void twoOlderOnesCome(Picture older, AtomicInteger looked) {
        int before = looked.get();
        await().atMost(PATIENCE)
                .until(() -> {
                    routing.take(older);
                    return looked.get() >= before + 2;
                });
    }

    @Test
    void anOlderPictureTakesNoAddressAway() {
        AtomicInteger looked = new AtomicInteger();
        routing.take(picture(2, "a"));
        untilWritesGoTo("a");
        names.set(host -> {
            if (host.startsWith("a")) {
                looked.incrementAndGet();
            }
            throw new UnknownHostException(host);
        });
        twoOlderOnesCome(picture(1, "a", "a", "b"), looked);
        routing.take(picture(3, "c"));
        untilWritesGoTo("c");
        assertThat(routing.led(Route.WRITE).next().map(Destination.Target::address))
                .contains(new InetSocketAddress(InetAddress.ofLiteral("10.0.0.1"), 5432));
    }

    @Test
    void anOlderPictureHidesNoLateAnswer() {
        AtomicInteger looked = new AtomicInteger();
        CountDownLatch answers = new CountDownLatch(1);
        names.set(host -> {
            if (host.startsWith("a")) {
                looked.incrementAndGet();
            }
            return host.startsWith("c") ? addressAfter(answers) : InetAddress.ofLiteral("10.0.0.1");
        });
        routing.take(picture(2, "c"));
        untilWritesGoTo("c");
        twoOlderOnesCome(picture(1, "a", "a", "b"), looked);
        answers.countDown();
        untilWritesGoTo(InetAddress.ofLiteral("10.0.0.2"), routing);
    }

    private static void untilWritesGoTo(InetAddress address, Routing by) {
        await().atMost(PATIENCE)
                .until(() ->
                        by.led(Route.WRITE)
                                .next()
                                .map(Destination.Target::address)
                                .equals(Optional.of(new InetSocketAddress(address, 5432))));
    }

    /// What it is given first it does when it is told to.
    private static final class LateLoop extends DefaultEventLoop {
        final CompletableFuture<Runnable> first = new CompletableFuture<>();
        final AtomicInteger others = new AtomicInteger();

        @Override
        public void execute(Runnable task) {
            if (!first.complete(task)) {
                super.execute(task);
                others.incrementAndGet();
            }
        }

        void doTheFirst() {
            super.execute(first.join());
        }
    }

    @Test
    void anAnswerThatOvertakesItsPictureIsNotLost() {
        CountDownLatch answers = new CountDownLatch(1);
        LateLoop late = new LateLoop();
        Routing overtaken = new Routing(RouteRules.USUAL, Map.of(), _ -> addressAfter(answers));
        overtaken.begin(late, () -> {});
        overtaken.take(picture(1, "a"));
        await().atMost(PATIENCE).until(late.first::isDone);
        answers.countDown();
        await().atMost(PATIENCE).until(() -> late.others.get() == 3);
        late.doTheFirst();
        untilWritesGoTo(InetAddress.ofLiteral("10.0.0.2"), overtaken);
        late.shutdownGracefully().awaitUninterruptibly();
    }

    @Test
    void anOlderPictureDoesNotReplaceANewerOneThatWaits() throws Exception {
        CountDownLatch looked = new CountDownLatch(1);
        CountDownLatch answers = new CountDownLatch(1);
        names.set(_ -> {
            looked.countDown();
            return addressAfter(answers);
        });
        routing.take(picture(1, "a"));
        looked.await();
        routing.take(picture(3, "b"));
        routing.take(picture(2, "a"));
        answers.countDown();
        untilWritesGoTo("b");
    }
}
