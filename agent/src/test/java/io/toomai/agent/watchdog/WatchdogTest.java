package io.toomai.agent.watchdog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.WatchdogPolicy.Mode;
import io.toomai.core.ha.WatchdogPolicy.Terms;
import io.toomai.core.model.MonoTime;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The thread that owns the device, with a device in memory and with one made by FUSE.
class WatchdogTest {
    private static final Duration TTL = Duration.ofSeconds(30);

    @SuppressWarnings("NullAway.Init") // set by JUnit
    @TempDir
    private Path directory;

    private final FakeWatchdogDevice device = new FakeWatchdogDevice(WatchdogTest::now);
    private volatile Mode mode = Mode.AUTOMATIC;
    private volatile String path = "/dev/watchdog";
    private volatile long margin = 5;
    private final Watchdog watchdog = new Watchdog(device, this::terms, WatchdogTest::now);

    private static MonoTime now() {
        return new MonoTime(System.nanoTime());
    }

    private Terms terms() {
        return new Terms(
                mode,
                path,
                Optional.of(Duration.ofSeconds(margin)),
                TTL,
                Duration.ofSeconds(10),
                HaSettings.Maintenance.OFF);
    }

    @BeforeEach
    void start() {
        watchdog.start();
    }

    @AfterEach
    void stop() {
        watchdog.close();
    }

    private void awaitCalls(String... calls) {
        await().atMost(Duration.ofSeconds(10)).until(() -> device.calls().equals(List.of(calls)));
    }

    @Test
    void switchedOffItIsNeverTouched() {
        mode = Mode.OFF;
        assertThat(watchdog.begin(now().plus(TTL))).isEmpty();
        watchdog.renewed(now().plus(TTL));
        watchdog.end();
        watchdog.close();
        assertThat(device.calls()).isEmpty();
    }

    @Test
    void aLeaseThatEndsTooSoonIsNotPettedFor() {
        assertThat(watchdog.begin(now().plus(TTL))).isEmpty();
        watchdog.renewed(now().plus(Duration.ofSeconds(24)));
        watchdog.end();
        awaitCalls("activate 25", "disarm");
    }

    @Test
    void aNewTimeoutIsSetWithTheNextRenewal() {
        assertThat(watchdog.begin(now().plus(TTL))).isEmpty();
        margin = 10;
        watchdog.renewed(now().plus(TTL));
        awaitCalls("activate 25", "activate 20");
    }

    @Test
    void anotherDeviceTakesOver() {
        assertThat(watchdog.begin(now().plus(TTL))).isEmpty();
        path = "/dev/watchdog1";
        watchdog.renewed(now().plus(TTL));
        awaitCalls("activate 25", "disarm");
        watchdog.renewed(now().plus(TTL));
        awaitCalls("activate 25", "disarm", "activate 25");
    }

    @Test
    void aTimeoutThatIsNotSafeWillNotDoWhereItIsRequired() {
        device.countsAlways(Duration.ofSeconds(60));
        mode = Mode.REQUIRED;
        assertThat(watchdog.begin(now().plus(TTL)))
                .contains(
                        "Configuration requires watchdog, but a safe watchdog timeout 25 could not"
                                + " be configured. Watchdog timeout is 60");
        assertThat(device.isRunning()).isFalse();

        mode = Mode.AUTOMATIC;
        assertThat(watchdog.begin(now().plus(TTL))).isEmpty();
        assertThat(device.isRunning()).isTrue();
    }

    @Test
    void aDeviceThatCannotBeStoppedIsPettedOnceMore() {
        device.cannotBeStopped();
        assertThat(watchdog.begin(now().plus(TTL))).isEmpty();
        watchdog.end();
        awaitCalls("activate 25", "pet", "disarm");
        assertThat(device.isRunning()).isTrue();
    }

    @Test
    void afterAFailureTheNextLeaseTriesAgain() {
        mode = Mode.REQUIRED;
        device.breaks("no such device");
        assertThat(watchdog.begin(now().plus(TTL))).contains("no such device");
        device.isMended();
        assertThat(watchdog.unusable()).as("others shall get the key").contains("no such device");
        assertThat(watchdog.begin(now().plus(TTL))).isEmpty();
        assertThat(watchdog.unusable()).isEmpty();
    }

    @Test
    void aDriverThatHangsIsNotWaitedForAndIsStoppedWhenItWakes() {
        mode = Mode.REQUIRED;
        device.hangs();
        MonoTime before = now();
        try {
            assertThat(watchdog.begin(now().plus(TTL)).orElse("")).contains("did not answer");
            assertThat(now().since(before)).isLessThan(Duration.ofSeconds(10));
            watchdog.end();
        } finally {
            device.answersAgain();
        }
        awaitCalls("activate 25", "disarm");
        assertThat(device.isRunning()).isFalse();
    }

    @Test
    void aRealDescriptorStaysOpenUntilItIsStopped() throws IOException {
        try (FuseWatchdog fuse = FuseWatchdog.mount(directory, FuseWatchdog.USUAL)) {
            path = fuse.device().toString();
            mode = Mode.REQUIRED;
            try (Watchdog real =
                    new Watchdog(new LinuxWatchdogDevice(), this::terms, WatchdogTest::now)) {
                real.start();
                assertThat(real.unusable()).isEmpty();
                assertThat(real.begin(now().plus(TTL))).isEmpty();
                real.renewed(now().plus(TTL));
                await().atMost(Duration.ofSeconds(10))
                        .until(() -> fuse.told().contains("keepalive"));
                assertThat(fuse.told()).doesNotContain("release counting", "write V");
                real.end();
            }
            assertThat(fuse.untilReleased())
                    .containsExactly(
                            "open",
                            "support",
                            "timeout 25",
                            "keepalive",
                            "options",
                            "write V",
                            "release stopped");
        }
    }
}
