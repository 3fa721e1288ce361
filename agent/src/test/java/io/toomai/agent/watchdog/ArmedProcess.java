package io.toomai.agent.watchdog;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A process of its own that arms the named device and waits to be killed.
final class ArmedProcess {
    private ArmedProcess() {}

    public static void main(String[] arguments) throws InterruptedException {
        WatchdogDevice driver = new LinuxWatchdogDevice();
        System.out.println(driver.activate(Path.of(arguments[0]), Duration.ofSeconds(25)));
        if (new CountDownLatch(1).await(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException("nobody counts down");
        }
    }
}
