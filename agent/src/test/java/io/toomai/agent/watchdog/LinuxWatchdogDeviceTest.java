package io.toomai.agent.watchdog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.toomai.agent.watchdog.WatchdogDevice.Activation;
import io.toomai.agent.watchdog.WatchdogDevice.Disarming;
import io.toomai.agent.watchdog.WatchdogDevice.Petting;
import io.toomai.core.ha.WatchdogPolicy.Stoppable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real descriptors: what is no watchdog says so, and one made by FUSE is armed, petted, stopped.
class LinuxWatchdogDeviceTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(25);

    @SuppressWarnings("NullAway.Init") // set by JUnit
    @TempDir
    private Path directory;

    private final LinuxWatchdogDevice driver = new LinuxWatchdogDevice();

    private String failure(Path device) {
        return driver.activate(device, TIMEOUT) instanceof Activation.Unusable(var why)
                ? why
                : "it was armed";
    }

    @Test
    void aMissingDeviceIsNamedWithWhatToDo() {
        Path missing = directory.resolve("watchdog");
        assertThat(failure(missing))
                .isEqualTo(
                        "Can't open watchdog device: [Errno 2] No such file or directory: '"
                                + missing
                                + "'. Load its driver (softdog, where there is no hardware), or set"
                                + " watchdog.mode to off")
                .isEqualTo(driver.hindrance(missing).orElse("fine"));
    }

    /// sysfs refuses it even to root.
    @Test
    void aDeviceThatMayNotBeWrittenSaysSo() {
        Path readOnly = Path.of("/sys/kernel/uevent_seqnum");
        assumeTrue(Files.exists(readOnly), "no sysfs here");
        assertThat(failure(readOnly))
                .isEqualTo(
                        "Can't open watchdog device: [Errno 13] Permission denied:"
                                + " '/sys/kernel/uevent_seqnum'. Give the agent's user write access"
                                + " to it (a udev rule)");
    }

    @Test
    void whatIsNoWatchdogIsLeftAsItIs() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "precious");
        assertThat(failure(file))
                .startsWith(
                        "Could not get information about watchdog device: [Errno 25] Inappropriate"
                                + " ioctl for device: '"
                                + file)
                .endsWith("is not a watchdog. Correct watchdog.device");
        assertThat(file).hasContent("precious");
        assertThat(failure(Path.of("/dev/null"))).contains("[Errno 25]");
        assertThat(driver.pet()).isEqualTo(new Petting.Failed("Watchdog device is closed"));
        assertThat(driver.disarm(file)).isInstanceOf(Disarming.StillRunning.class);
        assertThat(file).hasContent("precious");
    }

    @Test
    void isArmedPettedAndStoppedByTheMagicClose() throws IOException {
        try (FuseWatchdog fuse = FuseWatchdog.mount(directory, FuseWatchdog.USUAL)) {
            Path device = fuse.device();
            assertThat(driver.hindrance(device)).isEmpty();
            assertThat(fuse.told()).as("looking does not start it").isEmpty();
            assertThat(driver.activate(device, TIMEOUT))
                    .isEqualTo(
                            new Activation.Active(
                                    "FUSE watchdog (firmware 7) at " + device,
                                    TIMEOUT,
                                    Stoppable.YES));
            assertThat(driver.pet()).isInstanceOf(Petting.Petted.class);
            assertThat(driver.activate(device, Duration.ofSeconds(20)))
                    .as("a new timeout, the same descriptor")
                    .isInstanceOf(Activation.Active.class);
            assertThat(driver.disarm(device)).isInstanceOf(Disarming.Disarmed.class);
            assertThat(fuse.untilReleased())
                    .containsExactly(
                            "open",
                            "support",
                            "timeout 25",
                            "keepalive",
                            "timeout 20",
                            "options",
                            "write V",
                            "release stopped");
        }
    }

    @Test
    void whatAnEarlierProcessLeftRunningIsOpenedToBeStopped() throws IOException {
        try (FuseWatchdog fuse = FuseWatchdog.mount(directory, FuseWatchdog.USUAL)) {
            assertThat(driver.disarm(fuse.device())).isInstanceOf(Disarming.Disarmed.class);
            assertThat(fuse.untilReleased())
                    .containsExactly("open", "support", "options", "write V", "release stopped");
        }
    }

    /// That is what it is for. The next process finds it as it was left.
    @Test
    void aProcessThatIsKilledLeavesItCounting() throws IOException {
        try (FuseWatchdog fuse = FuseWatchdog.mount(directory, FuseWatchdog.USUAL)) {
            Process holder =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "--enable-native-access=ALL-UNNAMED",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    ArmedProcess.class.getName(),
                                    fuse.device().toString())
                            .redirectErrorStream(true)
                            .start();
            try {
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> fuse.told().contains("timeout 25") || !holder.isAlive());
            } finally {
                holder.destroyForcibly();
            }
            assertThat(fuse.untilReleased())
                    .containsExactly("open", "support", "timeout 25", "release counting");

            assertThat(driver.activate(fuse.device(), TIMEOUT))
                    .isInstanceOf(Activation.Active.class);
            assertThat(driver.disarm(fuse.device())).isInstanceOf(Disarming.Disarmed.class);
        }
    }

    @Test
    void aDeviceThatSomebodyElseHoldsSaysSo() throws IOException {
        try (FuseWatchdog fuse = FuseWatchdog.mount(directory, FuseWatchdog.USUAL)) {
            LinuxWatchdogDevice other = new LinuxWatchdogDevice();
            assertThat(other.activate(fuse.device(), TIMEOUT))
                    .isInstanceOf(Activation.Active.class);
            assertThat(failure(fuse.device()))
                    .contains("[Errno 16] Device or resource busy", "Another program holds it");
            assertThat(other.disarm(fuse.device())).isInstanceOf(Disarming.Disarmed.class);
        }
    }

    @Test
    void aSimpleDeviceKeepsItsTimeoutAndIsPettedByWriting() throws IOException {
        try (FuseWatchdog fuse = FuseWatchdog.mount(directory, 0, "fixed=60")) {
            assertThat(driver.activate(fuse.device(), TIMEOUT))
                    .isEqualTo(
                            new Activation.Active(
                                    "FUSE watchdog (firmware 7) at " + fuse.device(),
                                    Duration.ofSeconds(60),
                                    Stoppable.NO));
            assertThat(driver.pet()).isInstanceOf(Petting.Petted.class);
            await().atMost(Duration.ofSeconds(30))
                    .until(() ->
                            fuse.told().equals(List.of("open", "support", "write 1", "write 1")));
            assertThat(driver.disarm(fuse.device())).isInstanceOf(Disarming.Disarmed.class);
        }
    }

    @Test
    void aDriverThatMustNotBeStoppedIsToldApart() throws IOException {
        try (FuseWatchdog fuse = FuseWatchdog.mount(directory, FuseWatchdog.USUAL, "nowayout")) {
            assertThat(driver.activate(fuse.device(), TIMEOUT))
                    .isInstanceOf(Activation.Active.class);
            assertThat(driver.disarm(fuse.device()))
                    .isInstanceOfSatisfying(
                            Disarming.StillRunning.class,
                            still -> assertThat(still.why()).contains("nowayout"));
        }
    }

    /// A process that dies in the middle of this test resets the machine, so only who names the
    /// device runs it.
    @Test
    void theKernelsSoftdogIsArmedAndStopped() throws IOException {
        String named = System.getenv().getOrDefault("TOOMAI_SOFTDOG", "");
        assumeTrue(
                !named.isEmpty(),
                "softdog is not tested: set TOOMAI_SOFTDOG to its device, e.g. /dev/watchdog0");
        Path device = Path.of(named);
        Path facts = Path.of("/sys/class/watchdog").resolve(device.getFileName());
        assertThat(Files.readString(facts.resolve("identity"))).contains("Software Watchdog");
        assertThat(Files.readString(facts.resolve("nowayout"))).startsWith("0");
        try {
            assertThat(driver.activate(device, Duration.ofSeconds(60)))
                    .isInstanceOf(Activation.Active.class);
            assertThat(driver.pet()).isInstanceOf(Petting.Petted.class);
            assertThat(Files.readString(facts.resolve("state"))).startsWith("active");
        } finally {
            assertThat(driver.disarm(device)).isInstanceOf(Disarming.Disarmed.class);
        }
        assertThat(Files.readString(facts.resolve("state"))).startsWith("inactive");
    }
}
