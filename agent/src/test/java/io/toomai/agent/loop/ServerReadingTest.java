package io.toomai.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.Serving;
import io.toomai.core.model.MonoTime;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// A look at PostgreSQL that hangs holds up neither the loop nor the next look.
class ServerReadingTest {
    private static final MonoTime NOW = new MonoTime(1_000_000_000_000L);
    private static final LocalPostgres.Primary PRIMARY = (LocalPostgres.Primary) Views.primary();
    private static final Serving DOUBTFUL =
            new Serving.Serves().failed(Serving.Trouble.STALLED_DISK, NOW, "it stalls");

    @Test
    void aLookThatHangsIsNotRepeatedAndThePrimaryCountsAsSilent() throws InterruptedException {
        CountDownLatch stalled = new CountDownLatch(1);
        AtomicInteger looks = new AtomicInteger();
        try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
            ServerReading reading =
                    new ServerReading(
                            _ -> {
                                if (looks.incrementAndGet() == 2) {
                                    await(stalled);
                                }
                                return PRIMARY;
                            },
                            readers,
                            () -> NOW);
            reading.begin(new Serving.Serves());
            assertThat(reading.end().server()).isEqualTo(PRIMARY);

            for (int cycle = 0; cycle < 3; cycle++) {
                reading.begin(DOUBTFUL);
                assertThat(reading.end().server())
                        .isEqualTo(
                                new LocalPostgres.Unresponsive(
                                        PRIMARY.control(),
                                        LocalPostgres.LastRole.PRIMARY,
                                        NOW,
                                        "looking at PostgreSQL takes too long"));
            }
            assertThat(looks).hasValue(2);

            // What that look saw is old by now: only the next one counts.
            stalled.countDown();
            boolean seen = false;
            while (!seen) {
                reading.begin(new Serving.Serves());
                seen = reading.end().server().equals(PRIMARY);
                assertThat(looks.get()).isEqualTo(seen ? 3 : 2);
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
