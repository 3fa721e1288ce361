package io.toomai.proxy.net;

import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.toomai.proxy.auth.HbaMethod;
import io.toomai.proxy.auth.StoredPassword;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.login.ReplicationWish;
import io.toomai.proxy.route.Route;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// More databases whose users are looked up than connections are kept for.
final class AuthDesksTest {
    private static final int MOST = 100;

    private final MultiThreadIoEventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(1, Transport.NIO.handlers());
    private final EventLoop loop = (EventLoop) loops.next();
    private final Dialer dialer = new Dialer(loop, DialerTest.commons());
    private final AuthDesks desks = new AuthDesks(dialer, Directions.BY_HOST);

    @AfterEach
    void close() {
        loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private record Someone(boolean isGone) implements AuthDesks.Asker {
        @Override
        public void known(Optional<StoredPassword> stored) {}

        @Override
        public void unknown() {}

        @Override
        public void failed(String why) {}
    }

    private static Applicant in(int database, Configuration configuration) {
        Arrival arrival =
                Arrival.plain(
                        Optional.of(InetAddress.getLoopbackAddress()),
                        1,
                        Route.WRITE,
                        OptionalInt.empty());
        Identity anna =
                new Identity(
                        1,
                        "anna",
                        "d" + database,
                        Map.of(),
                        ReplicationWish.NONE,
                        Optional.empty(),
                        arrival.origin());
        return new Applicant(
                anna,
                arrival,
                Pools.databaseOf(configuration.settings(), anna.database()),
                Route.WRITE,
                new Gate.Proof.By(HbaMethod.SCRAM, Optional.empty()),
                configuration);
    }

    @Test
    void oneThatIsOpenedForNobodyIsClosed() throws Exception {
        CountDownLatch letsIn = new CountDownLatch(1);
        try (FakeServer server = new FakeServer(FakeServer.obliging(), FakeServer.after(letsIn))) {
            Map<String, String> databases = new TreeMap<>();
            for (int i = 0; i <= MOST; i++) {
                databases.put("d" + i, "host=127.0.0.1 port=" + server.port());
            }
            Configuration configuration =
                    Pair.configuration(
                            "auth_user = postgres\nserver_tls_sslmode = disable", databases);
            onLoop(() -> {
                dialer.configure(configuration);
                desks.find(in(0, configuration), new Someone(true));
            });
            await().atMost(Duration.ofSeconds(60)).until(() -> !server.peers().isEmpty());
            onLoop(() -> {
                desks.tick(System.nanoTime(), new AuthDesk.Times(0, 0, 0));
                for (int i = 1; i <= MOST; i++) {
                    desks.find(in(i, configuration), new Someone(false));
                }
            });
            letsIn.countDown();
            await().atMost(Duration.ofSeconds(60)).until(() -> server.peers().getFirst().hasLeft());
        }
    }

    private void onLoop(Runnable what) throws Exception {
        loop.submit(what).get(60, TimeUnit.SECONDS);
    }
}
